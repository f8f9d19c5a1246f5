import { createAccessIdentity } from '@sluice/cloudflare/access-identity';
import { createCachePort } from '@sluice/cloudflare/cache-port';
import { privateUpstreamsAllowed } from '@sluice/cloudflare/connections';
import { createAnomalyStore } from '@sluice/cloudflare/d1/anomalies';
import { createAuditStore } from '@sluice/cloudflare/d1/audit';
import { createBudgetStore } from '@sluice/cloudflare/d1/budgets';
import { createConnectionStore } from '@sluice/cloudflare/d1/connections';
import { createGuardSecretStore } from '@sluice/cloudflare/d1/guard-secrets';
import { createKeyStore } from '@sluice/cloudflare/d1/keys';
import { createMetricStore } from '@sluice/cloudflare/d1/metrics';
import { DEFAULT_ORGANIZATION_ID } from '@sluice/cloudflare/d1/organization-config';
import { createOrganizationStore } from '@sluice/cloudflare/d1/organizations';
import { createPriceChangeStore } from '@sluice/cloudflare/d1/price-changes';
import { createRecommendationStore } from '@sluice/cloudflare/d1/recommendations';
import { createReconciliationStore } from '@sluice/cloudflare/d1/reconciliations';
import { createSavedFilterStore } from '@sluice/cloudflare/d1/saved-filters';
import { createStatementStore } from '@sluice/cloudflare/d1/statements';
import { createTelemetryStore } from '@sluice/cloudflare/d1/telemetry';
import { createPeopleStores } from '@sluice/cloudflare/d1/tenants';
import { createTraceStore } from '@sluice/cloudflare/d1/traces';
import { createUsageStore } from '@sluice/cloudflare/d1/usage';
import { createWebhookStore } from '@sluice/cloudflare/d1/webhooks';
import type { Env } from '@sluice/cloudflare/env';
import type { CloudflareHealthPort } from '@sluice/cloudflare/health-port';
import { inspectDeployment } from '@sluice/cloudflare/inspect-deployment';
import type { CloudflareLedgerPort } from '@sluice/cloudflare/ledger-port';
import { metricsToken } from '@sluice/cloudflare/metrics-token';
import { createEventPort } from '@sluice/cloudflare/queue/event-port';
import { callWebhook, createWebhookCallPorts, endpointProblem } from '@sluice/cloudflare/webhook-call';
import type {
  CataloguePort,
  ClockPort,
  FetchPort,
  FindEmbedder,
  ScopePort,
  TokenPort,
} from '@sluice/contract';
import { hashKey } from '@sluice/core/key-format';
import { type AdminApp, createAdmin } from '@sluice/http/admin/create-admin';
import { answerMetrics } from '@sluice/http/admin/metrics-routes';
import type { AdminPorts } from '@sluice/http/admin/ports';
import { findProvider, PROVIDERS } from '@sluice/providers';
import { requireFields, resolveBaseUrl } from '@sluice/providers/base-url';
import { parseBillingExport } from '@sluice/providers/billing/parse-billing-export';
import { connectVectors } from './caching.ts';
import { createWake } from './event-jobs.ts';
import { testTelemetry } from './telemetry.ts';

export interface Administration {
  fetch: AdminApp['fetch'];
  metrics: (request: Request) => Promise<Response>;
}

/** Its routes and schemas are imported with the first administrative request, and never for a model call. */
let admin: Administration | null = null;

export function connectAdmin(
  env: Env,
  {
    ledger,
    scopes,
    health,
    clock,
    fetch,
    settings,
    catalogue,
    version,
    embedder,
    tokens,
  }: {
    ledger: CloudflareLedgerPort;
    scopes: ScopePort;
    health: CloudflareHealthPort;
    clock: ClockPort;
    fetch: FetchPort;
    settings: AdminPorts['settings'];
    catalogue: CataloguePort;
    version: string;
    embedder: FindEmbedder;
    tokens: TokenPort;
  },
): Administration {
  if (admin !== null) return admin;
  const token = metricsToken(env);
  const call_ports = createWebhookCallPorts(env, fetch, clock.now_ms);
  const wake = createWake(env);
  const ports: AdminPorts = {
    admins: async () => {
      const hash =
        env.SLUICE_ADMIN_KEY_HASH ?? (env.SLUICE_ADMIN_KEY ? await hashKey(env.SLUICE_ADMIN_KEY) : null);
      return hash === null ? [] : [{ hash, organization_id: DEFAULT_ORGANIZATION_ID }];
    },
    people: createPeopleStores(env.DB),
    accessIdentity: createAccessIdentity(env, fetch, clock.now_ms),
    keys: createKeyStore(env.DB),
    organizations: createOrganizationStore(env.DB, () => clock.now_ms()),
    connections: createConnectionStore(env),
    budgets: createBudgetStore(env.DB),
    scopes,
    providers: PROVIDERS,
    findProvider,
    catalogue,
    embedder,
    price_changes: createPriceChangeStore(env.DB),
    decidesPrices: (organization_id) => organization_id === DEFAULT_ORGANIZATION_ID,
    resolveBaseUrl,
    requireFields,
    private_upstreams: privateUpstreamsAllowed(env),
    fetch,
    traces: createTraceStore(env.DB),
    saved_filters: createSavedFilterStore(env.DB),
    usage: createUsageStore(env.DB),
    statements: createStatementStore(env.DB),
    reconciliations: createReconciliationStore(env.DB),
    anomalies: createAnomalyStore(env.DB),
    recommendations: createRecommendationStore(env.DB),
    parseBillingExport,
    audit: createAuditStore(env.DB),
    keyPolicyChanged: async (key_id) => {
      await ledger.refresh(key_id);
    },
    organizationChanged: async (organization_id, config_version) => {
      await health.bumpConfig(organization_id, config_version);
    },
    keyPolicy: ledger.policy,
    tokens,
    keyUsage: ledger.usage,
    inspect: () => inspectDeployment(env, version),
    guard_secrets: createGuardSecretStore(env),
    webhooks: createWebhookStore(env),
    resolveHost: call_ports.resolve,
    webhookProblem: (url, webhook) => endpointProblem(url, webhook, call_ports),
    callWebhook: (webhook, secrets, message) => callWebhook(webhook, secrets, message, call_ports),
    wakeWebhook: (organization_id, webhook_id) => wake({ organization_id, webhook_id }),
    ...(token === null ? {} : { metrics: { store: createMetricStore(env.DB), token, version } }),
    telemetry: createTelemetryStore(env),
    testTelemetry: (exporter, headers) => testTelemetry(env, exporter, headers),
    events: createEventPort(env.EVENTS),
    settings,
    peekHealth: health.peek,
    health: (organization_id) => health.read(organization_id),
    healthHistory: (organization_id) => health.history(organization_id),
    clearCache: async (organization_id) => {
      await connectVectors(env)?.clear(organization_id);
      return env.CACHE_SHELF === undefined
        ? 0
        : createCachePort(env.CACHE_SHELF, clock).clear(organization_id);
    },
    clock,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  };
  const app = createAdmin(ports);
  admin = {
    fetch: app.fetch,
    metrics: (request) => answerMetrics(request, ports, (asked) => app.fetch(asked)),
  };
  return admin;
}
