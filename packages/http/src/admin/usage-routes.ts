import type { UsageQuery, UsageRow, UsageSums } from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import type {
  MoneySums,
  SpendSumsShown,
  TokenSums,
  UsageSumsShown,
} from '../described/answers/usage-answers.ts';
import type { AdminApp } from './create-admin.ts';
import { type Cell, exportRows, type Pages } from './export-rows.ts';
import type { AdminPorts } from './ports.ts';
import { readQuery } from './read-body.ts';
import { renderTime } from './render-key.ts';
import { onePageOnly, parseUsageQuery, renderUsageCursor, sourceOf, usageQuery } from './usage-query.ts';

const EXPORT_PAGE_ROWS = 2_000;

type Render = (sums: UsageSums) => Record<string, Cell>;

/** `/admin/v1/usage` and `/admin/v1/spend`: the same sums, the one with everything, the other with the money. */
export function addUsageRoutes(app: AdminApp, ports: AdminPorts): void {
  for (const [name, render] of [
    ['usage', renderUsage],
    ['spend', renderSpend],
  ] as const) {
    app.get(`/${name}`, async (c) => {
      const asked = readQuery(c, usageQuery);
      const { organization_id } = c.get('admin');
      const { query, after } = await parseUsageQuery(ports, organization_id, asked);
      const format = asked.format ?? (c.req.header('accept')?.startsWith('text/csv') ? 'csv' : null);
      if (format !== null && query.order !== undefined) throw onePageOnly();
      if (format !== null)
        return await exportRows(
          format,
          fileNameOf(name, query),
          [...query.groups, ...Object.keys(render(NO_SUMS))],
          pagesOf(ports, organization_id, query, render),
          c.req.raw,
        );
      const [{ rows, next }, totals] = await Promise.all([
        ports.usage.page(organization_id, query, asked.limit, after),
        ports.usage.totals(organization_id, query),
      ]);
      if (
        query.order === undefined &&
        !query.groups.some((group) => group === 'month' || group === 'day' || group === 'hour')
      )
        rows.sort((a, b) => b.cost_usd_nanos - a.cost_usd_nanos);
      const span = { from: renderTime(query.from_ms), to: renderTime(query.until_ms) };
      return c.json({
        ...span,
        since: span.from,
        until: span.to,
        time_zone: query.time_zone,
        source: sourceOf(query),
        totals: render(totals),
        data: rows.map((row) => renderRow(row, query, render)),
        next_cursor: next === null ? null : renderUsageCursor(query, next),
      });
    });
  }
}

async function* pagesOf(
  ports: AdminPorts,
  organization_id: string,
  query: UsageQuery,
  render: Render,
): AsyncGenerator<Record<string, Cell>[], void> & Pages {
  let after = null;
  do {
    const page = await ports.usage.page(organization_id, query, EXPORT_PAGE_ROWS, after);
    yield page.rows.map((row) => renderRow(row, query, render));
    after = page.next;
  } while (after !== null);
}

const fileNameOf = (name: string, query: UsageQuery): string =>
  `${name}-${renderTime(query.from_ms)?.slice(0, 10)}-${renderTime(query.until_ms - 1)?.slice(0, 10)}`;

const renderRow = (row: UsageRow, query: UsageQuery, render: Render): Record<string, Cell> => ({
  ...Object.fromEntries(query.groups.map((group) => [group, row[group] ?? null])),
  ...render(row),
});

/** Dollars, and the integer nano-dollars that they are made of. `total` = what the provider and the platform get. */
export const renderMoney = (sums: UsageSums): MoneySums => ({
  cost_usd: toUsd(sums.cost_usd_nanos),
  platform_fee_usd: toUsd(sums.platform_fee_usd_nanos),
  total_usd: toUsd(sums.cost_usd_nanos + sums.platform_fee_usd_nanos),
  savings_usd: toUsd(sums.savings_usd_nanos),
  cost_usd_nanos: sums.cost_usd_nanos,
  platform_fee_usd_nanos: sums.platform_fee_usd_nanos,
  savings_usd_nanos: sums.savings_usd_nanos,
});

export const renderTokens = (sums: UsageSums): TokenSums => ({
  input_tokens: sums.input_tokens,
  cache_read_tokens: sums.cache_read_tokens,
  cache_write_tokens: sums.cache_write_tokens,
  cache_write_1h_tokens: sums.cache_write_1h_tokens,
  output_tokens: sums.output_tokens,
  reasoning_tokens: sums.reasoning_tokens,
  input_audio_tokens: sums.input_audio_tokens,
  output_audio_tokens: sums.output_audio_tokens,
});

/** What the gateway's own cache answered, and what asking a provider would have cost. */
const renderCached = (sums: UsageSums) => ({
  cache_hits: sums.cache_hits,
  cache_saved_usd: toUsd(sums.cache_saved_usd_nanos),
  cache_saved_usd_nanos: sums.cache_saved_usd_nanos,
});

const renderUsage = (sums: UsageSums): UsageSumsShown => ({
  requests: sums.requests,
  errors: sums.errors,
  ...renderTokens(sums),
  ...renderMoney(sums),
  ...renderCached(sums),
  unpriced_requests: sums.unpriced_requests,
  estimated_requests: sums.estimated_requests,
  latency_ms_mean: sums.requests === 0 ? null : Math.round(sums.latency_ms_sum / sums.requests),
  ttft_ms_mean: sums.ttft_count === 0 ? null : Math.round(sums.ttft_ms_sum / sums.ttft_count),
  score_mean: scoreOf(sums),
  scored_requests: sums.quality_count,
});

/** 0 to 1, as clients give it; `null` = nobody said anything. */
const scoreOf = ({ quality_milli_sum, quality_count }: UsageSums): number | null =>
  quality_count === 0 ? null : Math.round(quality_milli_sum / quality_count) / 1_000;

const renderSpend = (sums: UsageSums): SpendSumsShown => ({
  requests: sums.requests,
  ...renderMoney(sums),
  ...renderCached(sums),
  unpriced_requests: sums.unpriced_requests,
});

/** Names the columns of an export that has no rows. */
const NO_SUMS: UsageSums = {
  requests: 0,
  errors: 0,
  input_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  cache_write_1h_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  input_audio_tokens: 0,
  output_audio_tokens: 0,
  cost_usd_nanos: 0,
  platform_fee_usd_nanos: 0,
  savings_usd_nanos: 0,
  cache_hits: 0,
  cache_saved_usd_nanos: 0,
  unpriced_requests: 0,
  estimated_requests: 0,
  latency_ms_sum: 0,
  ttft_ms_sum: 0,
  ttft_count: 0,
  quality_milli_sum: 0,
  quality_count: 0,
};
