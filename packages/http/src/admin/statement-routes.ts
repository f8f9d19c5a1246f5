import type { StatementLine, UsageSums } from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import * as z from 'zod';
import type {
  StatementLineShown,
  StatementShown,
  StatementSums,
} from '../described/answers/billing-answers.ts';
import { type ReadStatement, readStatement } from './build-statement.ts';
import type { AdminApp } from './create-admin.ts';
import { exportRows } from './export-rows.ts';
import type { AdminPorts } from './ports.ts';
import { readQuery } from './read-body.ts';
import { renderTime } from './render-key.ts';
import { renderStatementPage, STATEMENT_CSP } from './statement-page.ts';
import { renderMoney, renderTokens } from './usage-routes.ts';

export const query = z.strictObject({ format: z.enum(['json', 'csv', 'html']).optional() });

/** `/admin/v1/statements`: closed months; `/statements/2026-10`: one month as JSON, CSV or a page to print. */
export function addStatementRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/statements', async (c) => {
    const months = await ports.statements.list(c.get('admin').organization_id);
    return c.json({
      data: months.map(({ month, frozen_at_ms, totals }) => ({
        month,
        closed_at: renderTime(frozen_at_ms),
        ...renderSums(totals),
      })),
      next_cursor: null,
    });
  });

  app.get('/statements/:month', async (c) => {
    const { format } = readQuery(c, query);
    const read = await readStatement(ports, c.get('admin').organization_id, c.req.param('month'));
    const accept = c.req.header('accept') ?? '';
    const wanted =
      format ?? (accept.startsWith('text/html') ? 'html' : accept.startsWith('text/csv') ? 'csv' : 'json');
    if (wanted === 'html')
      return c.html(renderStatementPage(read), 200, {
        'content-security-policy': STATEMENT_CSP,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
    if (wanted === 'csv') {
      const rows = read.statement.lines.map((line) => ({ month: read.statement.month, ...renderLine(line) }));
      return await exportRows(
        'csv',
        `statement-${read.statement.month}`,
        [...LINE_COLUMNS, ...Object.keys(renderSums(read.statement.totals))],
        onePage(rows),
        c.req.raw,
      );
    }
    return c.json(renderStatement(read));
  });
}

async function* onePage<Row>(rows: Row[]): AsyncGenerator<Row[], void> {
  yield rows;
}

const LINE_COLUMNS = ['month', 'project_id', 'project', 'key_id', 'key', 'model', 'provider'];

const renderSums = (sums: UsageSums): StatementSums => ({
  requests: sums.requests,
  errors: sums.errors,
  ...renderTokens(sums),
  ...renderMoney(sums),
  unpriced_requests: sums.unpriced_requests,
});

const renderLine = (line: StatementLine): StatementLineShown => ({
  project_id: line.project_id,
  project: line.project_name,
  key_id: line.key_id,
  key: line.key_name,
  model: line.model,
  provider: line.provider,
  ...renderSums(line),
});

const renderStatement = ({ statement, frozen_at_ms, late }: ReadStatement): StatementShown => ({
  month: statement.month,
  organization: statement.organization_name,
  time_zone: statement.time_zone,
  from: renderTime(statement.from_ms),
  to: renderTime(statement.until_ms),
  state: frozen_at_ms === null ? 'preliminary' : 'closed',
  closed_at: renderTime(frozen_at_ms),
  platform_fee_percent: statement.platform_fee_percent,
  totals: renderSums(statement.totals),
  late: late === null ? null : renderSums(late),
  lines: statement.lines.map(renderLine),
  folded_lines: statement.folded_lines,
  budgets: statement.budgets.map((budget) => ({
    key_id: budget.key_id,
    key: budget.key_name,
    limit_usd: toUsd(budget.limit_usd_nanos),
    spent_usd: toUsd(budget.spent_usd_nanos),
    remaining_usd: toUsd(Math.max(0, budget.limit_usd_nanos - budget.spent_usd_nanos)),
    hard: budget.hard,
    exceeded: budget.spent_usd_nanos >= budget.limit_usd_nanos,
  })),
});
