import type {
  ModelOverride,
  OrganizationRecord,
  OrganizationStore,
  Prices,
  ProjectRecord,
  StoredModel,
} from '@sluice/contract';
import type { InferSelectModel } from 'drizzle-orm';
import { auditStatement } from './audit.ts';
import { migrated } from './migrate.ts';
import { DEFAULT_ORGANIZATION_ID, parseOrganizationConfig } from './organization-config.ts';
import type { organizations, price_overrides } from './schema.ts';
import { createTenant } from './tenant.ts';

export type OrganizationRow = InferSelectModel<typeof organizations>;
export type ModelRow = InferSelectModel<typeof price_overrides>;

/** @param now_ms for the row that is made when the default organization is first asked for. */
export const createOrganizationStore = (db: D1Database, now_ms: () => number): OrganizationStore => ({
  require: (organization_id) => requireOrganization(db, organization_id, now_ms()),

  async update(organization, audit) {
    const tenant = createTenant(db, organization.id);
    const expected_version = organization.config_version - 1;
    const [, updated] = await db.batch([
      auditStatement(tenant, audit, {
        from: 'FROM organizations WHERE id = ?1 AND config_version = ?9',
        values: [expected_version],
      }),
      db
        .prepare(
          'UPDATE organizations SET name = ?3, settings = ?4, config_version = ?5, updated_at_ms = ?6 ' +
            'WHERE id = ?1 AND config_version = ?2',
        )
        .bind(
          organization.id,
          expected_version,
          organization.name,
          JSON.stringify(organization.config),
          organization.config_version,
          organization.updated_at_ms,
        ),
    ]);
    return updated?.meta.changes === 1;
  },

  async projects(organization_id) {
    const tenant = createTenant(db, organization_id);
    const { results } = await migrated(db, () =>
      tenant.prepare('SELECT * FROM projects WHERE organization_id = ?1 ORDER BY name').all<ProjectRecord>(),
    );
    return results;
  },

  async createProject(project, audit) {
    const tenant = createTenant(db, project.organization_id);
    const [, , found] = await migrated(db, () =>
      db.batch<ProjectRecord>([
        auditStatement(tenant, audit, {
          from: 'WHERE NOT EXISTS (SELECT 1 FROM projects WHERE organization_id = ?1 AND name = ?9)',
          values: [project.name],
        }),
        tenant.prepare(
          'INSERT OR IGNORE INTO projects (organization_id, id, name, created_at_ms) VALUES (?1, ?2, ?3, ?4)',
          project.id,
          project.name,
          project.created_at_ms,
        ),
        tenant.prepare('SELECT * FROM projects WHERE organization_id = ?1 AND name = ?2', project.name),
      ]),
    );
    return found?.results[0] ?? project;
  },

  async renameProject(project, audit) {
    const tenant = createTenant(db, project.organization_id);
    const [, renamed] = await migrated(db, () =>
      db.batch([
        auditStatement(tenant, audit, {
          from:
            'WHERE EXISTS (SELECT 1 FROM projects WHERE organization_id = ?1 AND id = ?9) ' +
            'AND NOT EXISTS (SELECT 1 FROM projects WHERE organization_id = ?1 AND name = ?10 AND id <> ?9)',
          values: [project.id, project.name],
        }),
        tenant.prepare(
          'UPDATE OR IGNORE projects SET name = ?3 WHERE organization_id = ?1 AND id = ?2',
          project.id,
          project.name,
        ),
      ]),
    );
    return renamed?.meta.changes === 1;
  },

  models: (organization_id) => listModels(db, organization_id),

  async putModel(organization_id, provider, model, override, audit) {
    const tenant = createTenant(db, organization_id);
    const { prices, ...rest } = override ?? NO_OVERRIDE;
    const change =
      override === null
        ? tenant.prepare(
            'DELETE FROM price_overrides WHERE organization_id = ?1 AND provider = ?2 AND model = ?3',
            provider,
            model,
          )
        : tenant.prepare(
            'INSERT INTO price_overrides (organization_id, provider, model, prices, settings, updated_at_ms) ' +
              'VALUES (?1, ?2, ?3, ?4, ?5, ?6) ' +
              'ON CONFLICT DO UPDATE SET prices = ?4, settings = ?5, updated_at_ms = ?6',
            provider,
            model,
            JSON.stringify(prices),
            JSON.stringify(rest),
            audit.at_ms,
          );
    const [, , version] = await db.batch<{ config_version: number }>([
      change,
      auditStatement(tenant, audit),
      db
        .prepare(
          'UPDATE organizations SET config_version = config_version + 1, updated_at_ms = ?2 ' +
            'WHERE id = ?1 RETURNING config_version',
        )
        .bind(organization_id, audit.at_ms),
    ]);
    return version?.results[0]?.config_version ?? 0;
  },
});

/**
 * @returns the organization; the default one is made when it is missing.
 * @throws Error for any other that does not exist: its keys cannot exist either.
 */
export async function requireOrganization(
  db: D1Database,
  organization_id: string,
  now_ms: number,
): Promise<OrganizationRecord> {
  const row = await migrated(db, async () => {
    const read = selectOrganization(db, organization_id);
    const found = await read.first<OrganizationRow>();
    if (found !== null || organization_id !== DEFAULT_ORGANIZATION_ID) return found;
    await db
      .prepare(
        'INSERT OR IGNORE INTO organizations (id, name, created_at_ms, updated_at_ms) VALUES (?1, ?2, ?3, ?3)',
      )
      .bind(organization_id, 'Default', now_ms)
      .run();
    return await read.first<OrganizationRow>();
  });
  if (row === null) throw new Error(`No organization ${organization_id}`);
  return organizationOf(row);
}

export const selectOrganization = (db: D1Database, organization_id: string): D1PreparedStatement =>
  db.prepare('SELECT * FROM organizations WHERE id = ?1').bind(organization_id);

export const organizationOf = (row: OrganizationRow): OrganizationRecord => ({
  id: row.id,
  name: row.name,
  config: parseOrganizationConfig(row.settings),
  config_version: row.config_version,
  created_at_ms: row.created_at_ms,
  updated_at_ms: row.updated_at_ms,
});

const NO_OVERRIDE: ModelOverride = { prices: null, abilities: {}, quality: null, enabled: true, aliases: [] };

async function listModels(db: D1Database, organization_id: string): Promise<StoredModel[]> {
  const { results } = await migrated(db, () => selectModels(db, organization_id).all<ModelRow>());
  return results.map(modelOf);
}

export const selectModels = (db: D1Database, organization_id: string): D1PreparedStatement =>
  createTenant(db, organization_id).prepare(
    'SELECT provider, model, prices, settings, updated_at_ms FROM price_overrides ' +
      'WHERE organization_id = ?1 ORDER BY provider, model',
  );

export const modelOf = (row: ModelRow): StoredModel => ({
  ...NO_OVERRIDE,
  ...(JSON.parse(row.settings) as Partial<ModelOverride>),
  provider: row.provider,
  model: row.model,
  prices: JSON.parse(row.prices) as Prices | null,
  updated_at_ms: row.updated_at_ms,
});
