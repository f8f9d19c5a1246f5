import type { BilledLine } from '@sluice/contract';
import { countOf, dayOf, type ExportRow, nameOf, nanosOf, requireUsd, textOf } from './export-fields.ts';

/**
 * A result of `GET /v1/organizations/usage_report/messages`, with `starting_at` of its bucket. Buckets are disjoint;
 * days are UTC. (https://platform.claude.com/docs/en/api/admin-api/usage-cost/get-messages-usage-report, read
 * 2026-11-21.)
 */
export function parseAnthropicUsage(row: ExportRow): BilledLine {
  const written = row.values['cache_creation'];
  const writes: ExportRow = {
    where: row.where,
    values: typeof written === 'object' && written !== null ? (written as Record<string, unknown>) : {},
  };
  return {
    day: dayOf(row, 'starting_at'),
    model: nameOf(row, 'model'),
    requests: null,
    tokens: {
      input_tokens: countOf(row, 'uncached_input_tokens'),
      cache_read_tokens: countOf(row, 'cache_read_input_tokens'),
      cache_write_tokens:
        countOf(writes, 'ephemeral_5m_input_tokens') + countOf(writes, 'ephemeral_1h_input_tokens'),
      output_tokens: countOf(row, 'output_tokens'),
    },
    usd_nanos: null,
  };
}

/**
 * A result of `GET /v1/organizations/cost_report`. `amount` is a decimal string in cents: `"123.45"` is $1.23. Without
 * `group_by[]=description` there is no model: then it is of the whole day. Priority Tier is not in it.
 * (https://platform.claude.com/docs/en/api/admin/cost_report, read 2026-11-21.)
 */
export function parseAnthropicCost(row: ExportRow): BilledLine {
  requireUsd(row, 'currency');
  return {
    day: dayOf(row, 'starting_at'),
    model: nameOf(row, 'model') ?? nameOf(row, 'cost_type'),
    requests: null,
    tokens: null,
    usd_nanos: nanosOf(row, 'amount', 100),
  };
}

/** A row of the console's usage CSV. (Columns from exports that users published, read 2026-11-21.) */
export const parseAnthropicUsageCsv = (row: ExportRow): BilledLine => ({
  day: dayOf(row, 'usage_date_utc'),
  model: textOf(row, 'model_version'),
  requests: null,
  tokens: {
    input_tokens: countOf(row, 'usage_input_tokens_no_cache'),
    cache_read_tokens: countOf(row, 'usage_input_tokens_cache_read'),
    cache_write_tokens:
      countOf(row, 'usage_input_tokens_cache_write_5m') + countOf(row, 'usage_input_tokens_cache_write_1h'),
    output_tokens: countOf(row, 'usage_output_tokens'),
  },
  usd_nanos: null,
});

/** A row of the console's cost CSV: dollars, models by their spoken names. (Source as above.) */
export const parseAnthropicCostCsv = (row: ExportRow): BilledLine => ({
  day: dayOf(row, 'usage_date_utc'),
  model: nameOf(row, 'model') ?? nameOf(row, 'cost_type') ?? nameOf(row, 'usage_type'),
  requests: null,
  tokens: null,
  usd_nanos: nanosOf(row, 'cost_usd', 1),
});
