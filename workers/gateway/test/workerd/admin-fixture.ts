import { env as bindings } from 'cloudflare:workers';
import { createAnomalyStore } from '@sluice/cloudflare/d1/anomalies';
import { createAuditStore } from '@sluice/cloudflare/d1/audit';
import { createBudgetStore } from '@sluice/cloudflare/d1/budgets';
import { createConnectionStore } from '@sluice/cloudflare/d1/connections';
import { createGuardSecretStore } from '@sluice/cloudflare/d1/guard-secrets';
import { createKeyStore } from '@sluice/cloudflare/d1/keys';
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
import { callWebhook, endpointProblem, type WebhookCallPorts } from '@sluice/cloudflare/webhook-call';
import type { GatewayEvent, OrganizationConfig, OrganizationSettings } from '@sluice/contract';
import { createKey, hashKey } from '@sluice/core/key-format';
import { createAdmin } from '@sluice/http/admin/create-admin';
import type { AdminPorts } from '@sluice/http/admin/ports';
import { findProvider, PROVIDERS } from '@sluice/providers';
import { requireFields, resolveBaseUrl } from '@sluice/providers/base-url';
import { parseBillingExport } from '@sluice/providers/billing/parse-billing-export';
import { createCatalogue } from '@sluice/providers/catalogue/catalogue';
import { checkAnswer } from './check-answer.ts';

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

/** For tests only, and good for nothing else. */
export const ENCRYPTION_KEYS = `test:${'A'.repeat(43)}`;

/** What an organization is routed by that has a connection of its own for each of these providers. */
const settingsFixture = (config: OrganizationConfig, organization_id: string): OrganizationSettings => ({
  ...config,
  organization_id,
  config_version: 1,
  connections: ['openai', 'anthropic', 'mistral'].map((provider) => ({
    id: `conn_${provider}`,
    organization_id,
    provider,
    name: provider,
    base_url: 'https://provider.example',
    credential: 'test',
    region: null,
    settings: {},
    private_allowed: false,
    models: null,
    weight: 1,
    enabled: true,
    timeouts: {},
  })),
  price_overrides: {},
});

/** The administration over the real D1, with two organizations and a ledger that tests can break. */
export async function createAdminFixture(more: Partial<AdminPorts> = {}) {
  const { DB } = bindings as unknown as Env;
  const ours = createKey('admin', randomBytes);
  const theirs = createKey('admin', randomBytes);
  const pushed: string[] = [];
  const versions: [string, number][] = [];
  const state = { now_ms: Date.UTC(2026, 10, 21, 12), is_ledger_away: false, is_queue_away: false };
  const told: GatewayEvent[] = [];
  const woken: string[] = [];
  /** What webhooks are called by; tests change it. */
  const calls: WebhookCallPorts = {
    fetch: async () => new Response(null, { status: 204 }),
    resolve: async () => ['93.184.216.34'],
    private_upstreams: false,
    now_ms: () => state.now_ms,
  };
  const ports: AdminPorts = {
    admins: async () => [
      { hash: await hashKey(ours.text), organization_id: 'org_default' },
      { hash: await hashKey(theirs.text), organization_id: 'org_other' },
    ],
    people: createPeopleStores(DB),
    accessIdentity: async () => null,
    // Whole suites of refusals come from one address.
    bad_sign_ins: { failed: () => 0, lookUpWait: () => 0, foundNothing: () => undefined },
    keys: createKeyStore(DB),
    organizations: createOrganizationStore(DB, () => state.now_ms),
    budgets: createBudgetStore(DB),
    connections: createConnectionStore({ DB, SLUICE_ENCRYPTION_KEYS: ENCRYPTION_KEYS }),
    providers: PROVIDERS,
    findProvider,
    price_changes: createPriceChangeStore(DB),
    decidesPrices: (organization_id) => organization_id === 'org_default',
    catalogue: createCatalogue(PROVIDERS, { now_ms: () => state.now_ms }),
    resolveBaseUrl,
    requireFields,
    private_upstreams: false,
    fetch: async () => new Response(null, { status: 599 }),
    traces: createTraceStore(DB),
    saved_filters: createSavedFilterStore(DB),
    usage: createUsageStore(DB),
    statements: createStatementStore(DB),
    reconciliations: createReconciliationStore(DB),
    anomalies: createAnomalyStore(DB),
    recommendations: createRecommendationStore(DB),
    parseBillingExport,
    audit: createAuditStore(DB),
    keyPolicyChanged: async (key_id) => {
      if (state.is_ledger_away) throw new Error('away');
      pushed.push(key_id);
    },
    organizationChanged: async (organization_id, version) => {
      versions.push([organization_id, version]);
    },
    keyPolicy: async () => null,
    tokens: { sign: async () => 'slu_tok_test' },
    keyUsage: async () => null,
    settings: async (id) => settingsFixture((await ports.organizations.require(id)).config, id),
    peekHealth: () => ({ targets: {}, config_version: 0, read_at_ms: 0 }),
    health: async () => ({ targets: {} }),
    healthHistory: async () => [],
    guard_secrets: createGuardSecretStore({ DB, SLUICE_ENCRYPTION_KEYS: ENCRYPTION_KEYS }),
    webhooks: createWebhookStore({ DB, SLUICE_ENCRYPTION_KEYS: ENCRYPTION_KEYS }),
    resolveHost: calls.resolve,
    webhookProblem: (url, webhook) => endpointProblem(url, webhook, calls),
    callWebhook: (webhook, secrets, message) => callWebhook(webhook, secrets, message, calls),
    wakeWebhook: async (_, webhook_id) => void woken.push(webhook_id),
    telemetry: createTelemetryStore({ DB, SLUICE_ENCRYPTION_KEYS: ENCRYPTION_KEYS }),
    testTelemetry: async () => ({
      outcome: 'taken',
      status: 200,
      error: null,
      retry_after_ms: null,
      duration_ms: 1,
    }),
    events: {
      emit: async (events) => {
        if (state.is_queue_away) throw new Error('away');
        told.push(...events);
      },
    },
    clock: { now_ms: () => state.now_ms },
    clearCache: async () => 0,
    randomBytes,
    ...more,
  };
  const app = createAdmin(ports);

  async function call(
    method: string,
    path: string,
    body?: unknown,
    options: { key?: string | null; headers?: Record<string, string> } = {},
  ) {
    const key = options.key === undefined ? ours.text : options.key;
    const response = await app.request(`http://gateway/admin/v1${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...options.headers },
    });
    const text = await response.text();
    checkAnswer(method, path, response, text);
    // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape
    return { status: response.status, text, body: JSON.parse(text) as any };
  }

  /** An answer that is not JSON, or a body that is not. */
  const raw = (path: string, init: RequestInit = {}): Promise<Response> =>
    Promise.resolve(
      app.request(`http://gateway/admin/v1${path}`, {
        ...init,
        headers: { authorization: `Bearer ${ours.text}`, ...init.headers },
      }),
    );

  /** A request as it comes, with its headers as they go out. */
  const ask = async (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
    app.request(`https://gateway.example/admin/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  /** What is no JSON. */
  async function callText(path: string) {
    const response = await app.request(`http://gateway/admin/v1${path}`, {
      headers: { authorization: `Bearer ${ours.text}` },
    });
    return { status: response.status, text: await response.text() };
  }

  /** A second organization cannot be made over HTTP yet. */
  const addOther = () =>
    DB.prepare(
      "INSERT INTO organizations (id, name, created_at_ms, updated_at_ms) VALUES ('org_other', 'Other', 0, 0)",
    ).run();

  return {
    DB,
    app,
    told,
    woken,
    calls,
    call,
    ask,
    callText,
    raw,
    ours,
    theirs,
    pushed,
    versions,
    state,
    ports,
    addOther,
  };
}
