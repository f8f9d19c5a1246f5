import type { BudgetPolicy, ScopePolicy, ScopeRule } from '@sluice/contract';
import { parseScopeName } from '@sluice/core/limits/scope-name';
import type { InferSelectModel } from 'drizzle-orm';
import { loadPolicy } from './keys.ts';
import { migrated } from './migrate.ts';
import { parseOrganizationConfig } from './organization-config.ts';
import { type OrganizationRow, selectOrganization } from './organizations.ts';
import type { budgets } from './schema.ts';
import { createTenant } from './tenant.ts';

export type BudgetRow = InferSelectModel<typeof budgets>;

/**
 * Everything that the ledger of a shared budget must know, read afresh.
 * @param name as `renderScopeName` makes it.
 * @returns `null` when no budget of a window is set there. @throws whatever D1 throws; the caller must refuse.
 */
export async function loadScopePolicy(env: { DB: D1Database }, name: string): Promise<ScopePolicy | null> {
  const parsed = parseScopeName(name);
  if (parsed === null) return null;
  const { organization_id, scope, subject } = parsed;
  if (scope === 'key') return loadKeyScope(env, name, organization_id, subject ?? '');
  const tenant = createTenant(env.DB, organization_id);
  const { results } = await migrated(env.DB, () =>
    tenant
      .prepare(
        'SELECT budgets.*, organizations.settings, organizations.config_version FROM budgets ' +
          'JOIN organizations ON organizations.id = budgets.organization_id ' +
          "WHERE budgets.organization_id = ?1 AND scope = ?2 AND subject IN ('', ?3)",
        scope,
        subject ?? '',
      )
      .all<BudgetRow & { settings: string; config_version: number }>(),
  );
  const [first] = results;
  if (first === undefined) return null;
  const { time_zone, usd_per_eur } = parseOrganizationConfig(first.settings);
  const policies = inForceAt(results, scope, subject ?? '').flatMap((row) => policyOf(row, usd_per_eur));
  if (policies.length === 0) return null;
  return {
    name,
    organization_id,
    scope,
    subject,
    version: first.config_version,
    budgets: policies,
    stored_ids: Object.fromEntries(
      policies.map(({ id }) => [id, storedIdsOf(results, scope, subject ?? '', id)]),
    ),
    time_zone,
  };
}

/** A key that is split over several ledgers has its own budgets in one that they share. */
async function loadKeyScope(
  env: { DB: D1Database },
  name: string,
  organization_id: string,
  key_id: string,
): Promise<ScopePolicy | null> {
  const [policy, organization] = await Promise.all([
    loadPolicy(env, key_id),
    selectOrganization(env.DB, organization_id).first<OrganizationRow>(),
  ]);
  if (policy === null || organization === null || policy.organization_id !== organization_id) return null;
  const { budgets, time_zone } = policy;
  const version = organization.config_version;
  return { name, organization_id, scope: 'key', subject: null, version, budgets, time_zone };
}

export const selectBudgets = (db: D1Database, organization_id: string): D1PreparedStatement =>
  createTenant(db, organization_id).prepare(
    'SELECT * FROM budgets WHERE organization_id = ?1 ORDER BY scope, subject',
  );

/** What isolates must know of all budgets of an organization: which there are, not how they stand. */
export function scopeRulesOf(budgets: BudgetRow[], usd_per_eur: number): ScopeRule[] {
  const rules: ScopeRule[] = [];
  for (const [scope, rows] of groupBy(budgets, (row) => row.scope))
    for (const subject of new Set(rows.map((row) => row.subject)))
      rules.push(ruleOf(scope, subject, inForceAt(rows, scope, subject), usd_per_eur));
  return rules;
}

/**
 * Of one scope: those that name the subject, and of those for each one what they do not replace. A pattern of many
 * models is no single one: it takes nothing over.
 */
function inForceAt<Row extends Pick<BudgetRow, 'subject' | 'window'>>(
  rows: Row[],
  scope: ScopeRule['scope'],
  subject: string,
): Row[] {
  const named = rows.filter((row) => row.subject === subject);
  if (standsAlone(scope, subject)) return named;
  const replaced = new Set(named.map((row) => row.window));
  return [...named, ...rows.filter((row) => row.subject === '' && !replaced.has(row.window))];
}

const standsAlone = (scope: ScopeRule['scope'], subject: string): boolean =>
  subject === '' || (scope === 'model' && subject.endsWith('*'));

/** Of one window: the subject's own and the one for each, whichever of them is in force. */
const storedIdsOf = (
  rows: BudgetRow[],
  scope: ScopeRule['scope'],
  subject: string,
  window: string,
): string[] =>
  rows
    .filter((row) => row.window === window && (row.subject === subject || !standsAlone(scope, subject)))
    .map((row) => row.id);

function ruleOf(
  scope: ScopeRule['scope'],
  subject: string,
  rows: BudgetRow[],
  usd_per_eur: number,
): ScopeRule {
  const per_request = rows.find((row) => row.window === 'per_request');
  const counted = rows.filter((row) => row.window !== 'per_request');
  return {
    scope,
    subject: subject === '' ? null : subject,
    per_request_limit_usd_nanos: per_request === undefined ? null : nanosOf(per_request, usd_per_eur),
    hard: counted.some((row) => row.hard === 1),
    counted: counted.length > 0,
  };
}

/**
 * The id is the window: a subject that gets a budget of its own, in place of the one for each, keeps what it has spent.
 * Budgets of a window only: what one request may cost is no matter for a ledger.
 */
function policyOf(row: BudgetRow, usd_per_eur: number): BudgetPolicy[] {
  const { window, currency, limit_amount } = row;
  if (window === 'per_request') return [];
  return [
    {
      id: window,
      window,
      limit_usd_nanos: nanosOf(row, usd_per_eur),
      currency,
      limit_amount,
      hard: row.hard === 1,
      alert_percents: JSON.parse(row.alert_percents) as number[],
    },
  ];
}

/** Euros at the organization's rate, rounded down: never above what the owner set. */
const nanosOf = ({ currency, limit_amount }: BudgetRow, usd_per_eur: number): number =>
  currency === 'usd' ? Math.round(limit_amount * 1e9) : Math.floor(limit_amount * usd_per_eur * 1e9);

function groupBy<Row, Key>(rows: Row[], keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}
