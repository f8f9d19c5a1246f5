import type { BilledLine } from '@sluice/contract';
import { countOf, dayOf, type ExportRow, nameOf, nanosOf, requireUsd } from './export-fields.ts';

/**
 * A result of `GET /v1/organization/usage/completions`, or a row of the dashboard's `completions_usage_….csv`, which
 * has the same fields. `input_tokens` holds the cached ones; audio is counted apart; `output_tokens` holds reasoning.
 * Days are UTC. (https://developers.openai.com/api/reference, Usage, and the published `openai` package 7.55.0; the
 * CSV's columns from exports that users published; read 2026-11-21.)
 * @returns `null` for the empty row of a day without usage.
 */
export function parseOpenAiUsage(row: ExportRow): BilledLine | null {
  const requests = countOf(row, 'num_model_requests');
  const input = countOf(row, 'input_tokens');
  const cache_read_tokens = countOf(row, 'input_cached_tokens');
  const cache_write_tokens = countOf(row, 'input_cache_write_tokens');
  const output_tokens = countOf(row, 'output_tokens');
  const model = nameOf(row, 'model');
  if (model === null && requests + input + output_tokens === 0) return null;
  return {
    day: dayOf(row, 'start_time'),
    model,
    requests,
    tokens: {
      input_tokens: Math.max(0, input - cache_read_tokens - cache_write_tokens),
      cache_read_tokens,
      cache_write_tokens,
      output_tokens,
      input_audio_tokens: countOf(row, 'input_audio_tokens'),
      output_audio_tokens: countOf(row, 'output_audio_tokens'),
    },
    usd_nanos: null,
  };
}

/**
 * A result of `GET /v1/organization/costs` or a row of the dashboard's cost CSV (`amount_value`). Grouped by line item
 * it names the model before a comma (`gpt-4o-2024-08-06, input`); else it is of the whole day. Days are UTC.
 * (Sources as above; read 2026-11-21.)
 */
export function parseOpenAiCost(row: ExportRow): BilledLine | null {
  const { amount } = row.values;
  const money: ExportRow =
    typeof amount === 'object' && amount !== null
      ? { where: row.where, values: { ...amount } as Record<string, unknown> }
      : {
          where: row.where,
          values: { value: row.values['amount_value'], currency: row.values['amount_currency'] },
        };
  if (money.values['value'] === undefined || money.values['value'] === '') return null;
  requireUsd(money, 'currency');
  const item = nameOf(row, 'line_item');
  return {
    day: dayOf(row, 'start_time'),
    model: item === null ? null : (item.split(',')[0] ?? item).trim(),
    requests: null,
    tokens: null,
    usd_nanos: nanosOf(money, 'value', 1),
  };
}
