import type { BudgetPolicy, KeyPolicy, KeyRecord, KeySettings, KeyStore } from '@sluice/contract';
import { limitsOfPlan } from '@sluice/core/limits/plans';
import type { InferSelectModel } from 'drizzle-orm';
import { auditStatement } from './audit.ts';
import { migrated } from './migrate.ts';
import { parseOrganizationConfig } from './organization-config.ts';
import type { keys } from './schema.ts';
import { createTenant } from './tenant.ts';

type KeyRow = InferSelectModel<typeof keys>;

/**
 * Everything needed to serve a key, read afresh: what a `KeyLedger` starts from.
 * The only statement that begins at a key and not at an organization: the caller has shown nothing but the key.
 * @returns `null` when there is no such key. @throws whatever D1 throws; the caller must refuse, never let in.
 */
export async function loadPolicy(env: { DB: D1Database }, key_id: string): Promise<KeyPolicy | null> {
  const row = await migrated(env.DB, () =>
    env.DB.prepare(
      'SELECT keys.*, organizations.settings AS organization_settings, ' +
        'organizations.closed_at_ms AS organization_closed_at_ms FROM keys ' +
        'LEFT JOIN organizations ON keys.organization_id = organizations.id WHERE keys.key_id = ?1',
    )
      .bind(key_id)
      .first<KeyRow & { organization_settings: string | null; organization_closed_at_ms: number | null }>(),
  );
  if (row === null) return null;
  const settings = JSON.parse(row.settings) as KeySettings;
  const { time_zone, usd_per_eur } = parseOrganizationConfig(row.organization_settings);
  return {
    key_id: row.key_id,
    organization_id: row.organization_id,
    project_id: row.project_id,
    name: row.name,
    environment: row.environment,
    version: row.version,
    secrets: secretsOf(row),
    state: row.state === 'active' && row.organization_closed_at_ms !== null ? 'disabled' : row.state,
    expires_at_ms: row.expires_at_ms,
    model_allowlist: settings.model_allowlist,
    provider_allowlist: settings.provider_allowlist,
    ip_allowlist: settings.ip_allowlist,
    origins: settings.origins,
    routing_strategy: settings.routing_strategy,
    ...(settings.rules === undefined ? {} : { rules: settings.rules }),
    fallback_chain: settings.fallback_chain,
    limits: limitsOfPlan(settings.plan, settings.limits),
    per_request_limit_usd_nanos: settings.per_request_limit_usd_nanos,
    budgets: settings.budgets.map((budget) => inDollars(budget, usd_per_eur)),
    time_zone,
    body_receipt: settings.body_receipt,
    strict: settings.strict,
    ...(settings.shards === undefined ? {} : { shards: settings.shards }),
    metadata: settings.metadata,
    ...(settings.cache === null ? {} : { cache: settings.cache }),
    ...(settings.residency == null ? {} : { residency: settings.residency }),
    ...(settings.resumable_streams === true ? { resumable_streams: true } : {}),
  };
}

/** Euro budgets follow the organization's rate: converted when the policy is made. Rounded down, never above. */
function inDollars(budget: BudgetPolicy, usd_per_eur: number): BudgetPolicy {
  if (budget.currency === 'usd') return budget;
  return { ...budget, limit_usd_nanos: Math.floor(budget.limit_amount * usd_per_eur * 1e9) };
}

function secretsOf(row: KeyRow): KeyPolicy['secrets'] {
  const current = { hash: row.secret_hash, expires_at_ms: null };
  if (row.previous_secret_hash === null) return [current];
  return [current, { hash: row.previous_secret_hash, expires_at_ms: row.previous_expires_at_ms }];
}

/** Columns that administrators may see: no hash leaves this file but inside a policy. */
const SHOWN =
  'key_id, organization_id, project_id, name, environment, state, version, expires_at_ms, ' +
  'previous_expires_at_ms, created_at_ms, updated_at_ms, rotated_at_ms, settings';

const recordOf = (row: Omit<KeyRow, 'secret_hash' | 'previous_secret_hash'>): KeyRecord => ({
  ...row,
  settings: JSON.parse(row.settings) as KeySettings,
});

export const createKeyStore = (db: D1Database): KeyStore => ({
  async create(key, secret_hash, audit) {
    const tenant = createTenant(db, key.organization_id);
    await migrated(db, () =>
      db.batch([
        tenant.prepare(
          'INSERT INTO keys (organization_id, key_id, project_id, name, environment, secret_hash, state, ' +
            'expires_at_ms, settings, version, created_at_ms, updated_at_ms) ' +
            'VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)',
          key.key_id,
          key.project_id,
          key.name,
          key.environment,
          secret_hash,
          key.state,
          key.expires_at_ms,
          JSON.stringify(key.settings),
          key.version,
          key.created_at_ms,
          key.updated_at_ms,
        ),
        auditStatement(tenant, audit),
      ]),
    );
  },

  async find(organization_id, key_id) {
    const tenant = createTenant(db, organization_id);
    const row = await migrated(db, () =>
      tenant
        .prepare(`SELECT ${SHOWN} FROM keys WHERE organization_id = ?1 AND key_id = ?2`, key_id)
        .first<KeyRow>(),
    );
    return row === null ? null : recordOf(row);
  },

  async list(organization_id, limit, after) {
    const tenant = createTenant(db, organization_id);
    const { results } = await migrated(db, () =>
      tenant
        .prepare(
          `SELECT ${SHOWN} FROM keys WHERE organization_id = ?1 AND (created_at_ms, key_id) < (?2, ?3) ` +
            'ORDER BY created_at_ms DESC, key_id DESC LIMIT ?4',
          after?.at_ms ?? Number.MAX_SAFE_INTEGER,
          after?.id ?? '',
          limit,
        )
        .all<KeyRow>(),
    );
    return results.map(recordOf);
  },

  async update(key, secret_hash, audit) {
    const tenant = createTenant(db, key.organization_id);
    const expected_version = key.version - 1;
    const unchanged = `FROM keys WHERE organization_id = ?1 AND key_id = ?9 AND version = ?10`;
    const [, updated] = await db.batch([
      // Before the update, under the same condition: a lost race leaves no entry.
      auditStatement(tenant, audit, { from: unchanged, values: [key.key_id, expected_version] }),
      tenant.prepare(
        'UPDATE keys SET project_id = ?4, name = ?5, state = ?6, expires_at_ms = ?7, settings = ?8, ' +
          'version = ?9, updated_at_ms = ?10, rotated_at_ms = ?11, previous_expires_at_ms = ?12, ' +
          'previous_secret_hash = CASE WHEN ?13 IS NULL THEN previous_secret_hash ELSE secret_hash END, ' +
          'secret_hash = coalesce(?13, secret_hash) ' +
          'WHERE organization_id = ?1 AND key_id = ?2 AND version = ?3',
        key.key_id,
        expected_version,
        key.project_id,
        key.name,
        key.state,
        key.expires_at_ms,
        JSON.stringify(key.settings),
        key.version,
        key.updated_at_ms,
        key.rotated_at_ms,
        key.previous_expires_at_ms,
        secret_hash,
      ),
    ]);
    return updated?.meta.changes === 1;
  },
});
