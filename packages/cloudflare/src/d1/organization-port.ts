import {
  GatewayError,
  type ModelOverride,
  type OrganizationPort,
  type OrganizationRecord,
  type OrganizationSettings,
  type PriceChange,
  type Prices,
  type StoredModel,
} from '@sluice/contract';
import { createRateRules } from '@sluice/core/limits/plans';
import { keepInside } from '@sluice/core/routing/residency';
import { type EnvironmentConnections, type ProviderDefaults, readConnections } from '../connections.ts';
import type { Env } from '../env.ts';
import type { ConnectionRow } from './connection-rows.ts';
import { migrated } from './migrate.ts';
import { DEFAULT_ORGANIZATION_ID } from './organization-config.ts';
import {
  type ModelRow,
  modelOf,
  type OrganizationRow,
  organizationOf,
  requireOrganization,
  selectModels,
  selectOrganization,
} from './organizations.ts';
import { type PriceChangeRow, priceChangeOf, selectPricesInForce } from './price-changes.ts';
import { type BudgetRow, scopeRulesOf, selectBudgets } from './scope-policy.ts';
import { mergeConnections, openConnections, selectConnections } from './stored-connections.ts';

/** While D1 cannot be read, an isolate goes on with what it knows for this long. */
const STALE_MS_MAX = 5 * 60_000;
/** And asks again no more often than this. */
const RETRY_MS = 2_000;

interface Cached {
  settings: OrganizationSettings;
  read_at_ms: number;
  /** Versions up to this one are answered from memory; ahead of the settings' own when the board knows better. */
  version: number;
  retry_at_ms: number;
}

export interface OrganizationPortOptions {
  providers: ProviderDefaults[];
  /** What the health board last said of the organization; 0 = nothing yet. No call. */
  configVersion: (organization_id: string) => number;
  now_ms: () => number;
  /** Is told, with all that is in force, whenever an organization is loaded. */
  pricesRead?: (changes: PriceChange[]) => void;
}

/**
 * Settings of organizations, kept by the isolate until the health board names a newer `config_version`. Concurrent
 * cold requests each read for themselves: a Worker must not wait on another request's I/O.
 * @throws GatewayError limits_unavailable from `settings` when D1 cannot be read and nothing recent is known.
 */
export function createOrganizationPort(env: Env, options: OrganizationPortOptions): OrganizationPort {
  const cache = new Map<string, Cached>();
  const of_environment = readConnections(env, options.providers, DEFAULT_ORGANIZATION_ID);

  return {
    async settings(organization_id) {
      const wanted = options.configVersion(organization_id);
      const known = cache.get(organization_id);
      if (known !== undefined && known.version >= wanted) return known.settings;
      const now_ms = options.now_ms();
      if (known !== undefined && known.retry_at_ms > now_ms) return known.settings;
      try {
        const settings = await loadSettings(env, organization_id, of_environment, options, now_ms);
        const version = Math.max(wanted, settings.config_version);
        cache.set(organization_id, { settings, read_at_ms: now_ms, version, retry_at_ms: 0 });
        return settings;
      } catch (cause) {
        console.error(JSON.stringify({ event: 'organization_unreadable', organization_id }));
        if (known === undefined || now_ms - known.read_at_ms > STALE_MS_MAX) {
          throw new GatewayError(
            'limits_unavailable',
            'The settings of this organization cannot be read right now. Send the request again in a moment.',
            { retry_after_ms: RETRY_MS, cause },
          );
        }
        known.retry_at_ms = now_ms + RETRY_MS;
        return known.settings;
      }
    },
  };
}

async function loadSettings(
  env: Env,
  organization_id: string,
  of_environment: EnvironmentConnections,
  { providers, pricesRead }: OrganizationPortOptions,
  now_ms: number,
): Promise<OrganizationSettings> {
  const { organization, connection_rows, budget_rows, models, changes } = await read(
    env.DB,
    organization_id,
    now_ms,
  );
  const { config, config_version } = organization;
  const stored = await openConnections(env, connection_rows, providers);
  const scope_rules = scopeRulesOf(budget_rows, config.usd_per_eur);
  pricesRead?.(changes);
  const rate_rules = createRateRules(config);
  const price_overrides: Record<string, Prices> = {};
  const model_overrides: Record<string, ModelOverride> = {};
  const aliases: Record<string, string> = {};
  for (const { provider, model, updated_at_ms: _, ...override } of models) {
    const name = `${provider}/${model}`;
    if (override.prices !== null) price_overrides[name] = override.prices;
    model_overrides[name] = override;
    for (const alias of override.aliases) aliases[alias] = name;
  }
  const all = organization_id === DEFAULT_ORGANIZATION_ID ? mergeConnections(of_environment, stored) : stored;
  const { inside, outside } = keepInside(all, config.residency);
  return {
    organization_id,
    config_version,
    // Everything that calls a provider takes it from here: what is not in here is called by nobody.
    connections: inside,
    residency: config.residency ?? null,
    ...(outside.length === 0 ? {} : { connections_outside: outside.length }),
    default_model: config.default_model,
    default_fallback_chain: config.default_fallback_chain,
    fallback_enabled: config.fallback_enabled,
    timeouts: config.timeouts,
    price_overrides,
    model_overrides,
    aliases: { ...aliases, ...config.aliases },
    routing: config.routing,
    ...(scope_rules.length === 0 ? {} : { scope_rules }),
    ...(config.cache === undefined ? {} : { cache: config.cache }),
    ...(rate_rules === null ? {} : { rate_rules }),
    ...(config.guards.some(({ enabled }) => enabled) ? { guards: config.guards } : {}),
    retain_content: config.retain_content,
    platform_fee_percent: config.platform_fee_percent,
    usd_per_eur: config.usd_per_eur,
    time_zone: config.time_zone,
  };
}

interface Read {
  organization: OrganizationRecord;
  connection_rows: ConnectionRow[];
  budget_rows: BudgetRow[];
  models: StoredModel[];
  changes: PriceChange[];
}

/** One round trip, which is what the first request of an isolate waits for. */
async function read(db: D1Database, organization_id: string, now_ms: number): Promise<Read> {
  const [organizations, connections, budgets, models, changes] = await migrated(db, () =>
    db.batch([
      selectOrganization(db, organization_id),
      selectConnections(db, organization_id),
      selectBudgets(db, organization_id),
      selectModels(db, organization_id),
      selectPricesInForce(db),
    ]),
  );
  const [row] = (organizations?.results ?? []) as OrganizationRow[];
  return {
    // Only the default one may be missing, before its first use.
    organization:
      row === undefined ? await requireOrganization(db, organization_id, now_ms) : organizationOf(row),
    connection_rows: (connections?.results ?? []) as ConnectionRow[],
    budget_rows: (budgets?.results ?? []) as BudgetRow[],
    models: ((models?.results ?? []) as ModelRow[]).map(modelOf),
    changes: ((changes?.results ?? []) as PriceChangeRow[]).map(priceChangeOf),
  };
}
