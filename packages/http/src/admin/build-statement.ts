import {
  GatewayError,
  type OrganizationRecord,
  type Statement,
  type StatementBudget,
  type StatementLine,
  type UsageQuery,
  type UsageRow,
  type UsageSums,
} from '@sluice/contract';
import type { AdminPorts } from './ports.ts';
import { parseMonth, type TimeRange } from './time-range.ts';

/**
 * After the end of a month traces may still be on their way: the queue tries for most of a day. Two days later the
 * statement is closed, and stays as it is.
 */
export const CLOSED_AFTER_MS = 2 * 86_400_000;

/** A statement is one value in D1; more lines than these are folded into one. */
const LINES_MAX = 3_000;
const KEYS_MAX = 5_000;

export type StatementPorts = Pick<AdminPorts, 'usage' | 'organizations' | 'keys' | 'statements' | 'clock'>;

export interface ReadStatement {
  statement: Statement;
  /** `null` = the month is not closed, and the statement may still grow. */
  frozen_at_ms: number | null;
  /** What came in after it was closed; `null` = the month is not closed. */
  late: UsageSums | null;
}

/**
 * The statement of a month: as it was closed, or as it would be now. One that is over for two days is closed here, if
 * the hourly run has not done so.
 * @throws GatewayError invalid_request for a month that has not begun.
 */
export async function readStatement(
  ports: StatementPorts,
  organization_id: string,
  month: string,
): Promise<ReadStatement> {
  const organization = await ports.organizations.require(organization_id);
  const frozen = await ports.statements.find(organization_id, month);
  if (frozen !== null) {
    const now = await ports.usage.totals(
      organization_id,
      queryOf(frozen.statement, frozen.statement.time_zone),
    );
    return { ...frozen, late: difference(now, frozen.statement.totals) };
  }
  const range = parseMonth(month, organization.config.time_zone);
  const now_ms = ports.clock.now_ms();
  if (range.from_ms > now_ms)
    throw new GatewayError('invalid_request', 'This month has not begun.', { param: 'month' });
  const statement = await buildStatement(ports, organization, month, range, now_ms);
  if (now_ms < range.until_ms + CLOSED_AFTER_MS) return { statement, frozen_at_ms: null, late: null };
  const closed = await ports.statements.freeze(statement, now_ms);
  return { ...closed, late: difference(statement.totals, closed.statement.totals) };
}

async function buildStatement(
  ports: StatementPorts,
  { id, name, config }: OrganizationRecord,
  month: string,
  range: TimeRange,
  now_ms: number,
): Promise<Statement> {
  const query = queryOf(range, config.time_zone);
  const [{ rows, next }, totals, keys, projects] = await Promise.all([
    ports.usage.page(id, query, 20_000, null),
    ports.usage.totals(id, query),
    ports.keys.list(id, KEYS_MAX, null),
    ports.organizations.projects(id),
  ]);
  if (next !== null)
    throw new GatewayError(
      'invalid_request',
      'This month has over 20,000 lines. Use GET /admin/v1/spend?group_by=month,key,model&format=csv instead.',
      { param: 'month' },
    );
  const key_names = new Map(keys.map((key) => [key.key_id, key.name]));
  const project_names = new Map(projects.map((project) => [project.id, project.name]));
  rows.sort((a, b) => b.cost_usd_nanos - a.cost_usd_nanos);
  const rest = rows.slice(LINES_MAX);
  const lines = rows
    .slice(0, LINES_MAX)
    .map((row) => lineOf(row, key_names.get(row.key ?? '') ?? null, project_names));
  if (rest.length > 0) lines.push(foldedLine(rest));
  const budgets: StatementBudget[] = keys.flatMap(({ key_id, name: key_name, settings }) =>
    settings.budgets
      .filter((budget) => budget.window === 'monthly')
      .map((budget) => ({
        key_id,
        key_name,
        limit_usd_nanos: budget.limit_usd_nanos,
        hard: budget.hard,
        spent_usd_nanos: rows
          .filter((row) => row.key === key_id)
          .reduce((sum, row) => sum + row.cost_usd_nanos, 0),
      })),
  );
  return {
    organization_id: id,
    organization_name: name,
    month,
    time_zone: config.time_zone,
    ...range,
    platform_fee_percent: config.platform_fee_percent,
    made_at_ms: now_ms,
    lines,
    folded_lines: rest.length,
    totals,
    budgets,
  };
}

const queryOf = (
  { from_ms, until_ms }: { from_ms: number; until_ms: number },
  time_zone: string,
): UsageQuery => ({
  groups: ['key', 'project', 'model', 'provider'],
  from_ms,
  until_ms,
  time_zone,
  filter: {},
});

function lineOf(row: UsageRow, key_name: string | null, project_names: Map<string, string>): StatementLine {
  const { key, project, model, provider, ...sums } = row;
  return {
    project_id: project ?? null,
    project_name: project === null || project === undefined ? null : (project_names.get(project) ?? null),
    key_id: key ?? '',
    key_name,
    model: model ?? null,
    provider: provider ?? null,
    ...sums,
  };
}

function foldedLine(rows: UsageRow[]): StatementLine {
  const [first, ...others] = rows.map((row) => lineOf({ ...row, key: '', project: null }, null, new Map()));
  if (first === undefined) throw new Error('Nothing cannot be folded.');
  const folded: StatementLine = { ...first, model: null, provider: null };
  for (const other of others) for (const name of sumNames(other)) folded[name] += other[name];
  return folded;
}

const sumNames = (sums: UsageSums): (keyof UsageSums)[] =>
  Object.entries(sums)
    .filter(([, value]) => typeof value === 'number')
    .map(([name]) => name as keyof UsageSums);

function difference(now: UsageSums, then: UsageSums): UsageSums {
  const late = { ...now };
  // What was closed before a sum was kept lacks it.
  for (const name of sumNames(late)) late[name] -= then[name] ?? 0;
  return late;
}
