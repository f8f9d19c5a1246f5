import type { UsageSums } from '@sluice/contract';
import { html } from 'hono/html';
import type { ReadStatement } from './build-statement.ts';

/** Nothing may be loaded, run or framed; only the page’s own style sheet counts. */
export const STATEMENT_CSP =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const usd = (usd_nanos: number): string => `$${(usd_nanos / 1e9).toFixed(6)}`;
const count = (value: number): string => value.toLocaleString('en');
const date = (at_ms: number, timeZone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(at_ms);

/** A statement for printing. All names are escaped by the template. */
export function renderStatementPage({ statement, frozen_at_ms, late }: ReadStatement) {
  const { totals, lines, budgets, time_zone } = statement;
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Statement ${statement.month}, ${statement.organization_name}</title>
<style>
  body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1d2733; }
  table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
  th, td { border-bottom: 1px solid #d5dce4; padding: .25rem .5rem; text-align: left; }
  td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
  tfoot td { font-weight: 600; }
  tr { break-inside: avoid; }
</style>
<h1>Statement ${statement.month}</h1>
<p>${statement.organization_name}. ${date(statement.from_ms, time_zone)} to ${date(statement.until_ms, time_zone)}, ${time_zone}.
Platform fee ${statement.platform_fee_percent} %.
${frozen_at_ms === null ? 'Preliminary: this month is not closed.' : `Closed ${date(frozen_at_ms, time_zone)}.`}</p>
<table>
<thead><tr><th>Project</th><th>Key</th><th>Model</th><th class="n">Requests</th><th class="n">Tokens</th><th class="n">Cost</th><th class="n">Fee</th><th class="n">Total</th></tr></thead>
<tbody>
${lines.map(
  (
    line,
  ) => html`<tr><td>${line.project_name ?? line.project_id ?? ''}</td><td>${nameOfKey(line.key_id, line.key_name, statement.folded_lines)}</td><td>${line.model ?? ''}</td>${numbers(line)}</tr>
`,
)}
</tbody>
<tfoot><tr><td colspan="3">Total</td>${numbers(totals)}</tr></tfoot>
</table>
<p>Saved by caches and cheaper routes: ${usd(totals.savings_usd_nanos)}. Requests without a known price: ${count(totals.unpriced_requests)}.
${late !== null && late.requests !== 0 ? `Came in after the month was closed, and is not in it: ${count(late.requests)} requests, ${usd(late.cost_usd_nanos)}.` : ''}</p>
${
  budgets.length === 0
    ? ''
    : html`<h2>Monthly budgets</h2>
<table>
<thead><tr><th>Key</th><th class="n">Limit</th><th class="n">Spent</th><th>State</th></tr></thead>
<tbody>
${budgets.map(
  (
    budget,
  ) => html`<tr><td>${budget.key_name}</td><td class="n">${usd(budget.limit_usd_nanos)}</td><td class="n">${usd(budget.spent_usd_nanos)}</td><td>${budget.spent_usd_nanos >= budget.limit_usd_nanos ? 'used up' : 'within'}</td></tr>
`,
)}
</tbody>
</table>`
}
</html>
`;
}

const nameOfKey = (key_id: string, key_name: string | null, folded_lines: number): string =>
  key_id === '' ? `${count(folded_lines)} more` : (key_name ?? key_id);

const numbers = (sums: UsageSums) =>
  html`<td class="n">${count(sums.requests)}</td><td class="n">${count(tokensOf(sums))}</td><td class="n">${usd(sums.cost_usd_nanos)}</td><td class="n">${usd(sums.platform_fee_usd_nanos)}</td><td class="n">${usd(sums.cost_usd_nanos + sums.platform_fee_usd_nanos)}</td>`;

const tokensOf = (sums: UsageSums): number =>
  sums.input_tokens +
  sums.cache_read_tokens +
  sums.cache_write_tokens +
  sums.cache_write_1h_tokens +
  sums.output_tokens +
  sums.reasoning_tokens +
  sums.input_audio_tokens +
  sums.output_audio_tokens;
