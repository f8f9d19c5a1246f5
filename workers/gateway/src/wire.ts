import { createAnswerLogPort } from '@sluice/cloudflare/answer-log-port';
import { createCachePort } from '@sluice/cloudflare/cache-port';
import type { Env } from '@sluice/cloudflare/env';
import { createHealthPort } from '@sluice/cloudflare/health-port';
import { createLedgerPort } from '@sluice/cloudflare/ledger-port';
import { createTraceOutbox } from '@sluice/cloudflare/queue/trace-outbox';
import { createRateLimitPort } from '@sluice/cloudflare/rate-limit-port';
import { createScopePort } from '@sluice/cloudflare/scope-port';
import { createWorkersAiFetch } from '@sluice/cloudflare/workers-ai-fetch';
import type {
  FindEmbedder,
  OrganizationPort,
  Settlement,
  TokenPort,
  VectorIndexPort,
} from '@sluice/contract';
import { createBadKeyGuard } from '@sluice/core/bad-key-guard';
import { createKeyCache } from '@sluice/core/key-cache';
import { createLeasingLedger } from '@sluice/core/limits/leasing-ledger';
import { createSettlementOutbox } from '@sluice/core/limits/outbox';
import type { PipelinePorts } from '@sluice/core/pipeline';
import { createRefusalCap } from '@sluice/core/refusal-cap';
import { createRetryBudgets } from '@sluice/core/routing/retry-budget';
import { createRoutingMemory } from '@sluice/core/routing/routing-memory';
import { type AppPorts, createApp } from '@sluice/http/app';
import { findProvider, PROVIDERS } from '@sluice/providers';
import { createCatalogue } from '@sluice/providers/catalogue/catalogue';
import type { GuardRequests } from './guarding.ts';
import { after, clock, fetchManually, pipe, random } from './isolate-ports.ts';
import { lazyRateLimits } from './lazy-rate-limits.ts';
import type { Refresh } from './refresh-prices.ts';

export interface Gateway {
  fetch: (request: Request) => Response | Promise<Response>;
  settleAgain: (key_id: string, settled: Settlement[]) => Promise<void>;
  /** The nightly look at the public price list. */
  refreshPrices: (now_ms: number) => Promise<Refresh>;
  /** The nightly look for advice, and at what came of advice that was applied. */
  runAdvice: (now_ms: number) => Promise<void>;
}

/**
 * Joins ports and bindings, once per isolate. What only a cold path needs (schemas, administration, settings from
 * D1) is imported when it is first used: a Worker pays at start for what it has to parse.
 * @param watch for tests: is told of each stage.
 */
export function createGateway(env: Env, watch: Pick<PipelinePorts, 'passed'> = {}): Gateway {
  const ledger = createLedgerPort(env.KEY_LEDGER, { clock });
  const scopes = createScopePort(env.SCOPE_LEDGER);
  const health = createHealthPort(env.HEALTH_BOARD, { after, clock, random });
  const flush_ms = env.SLUICE_TRACE_FLUSH_MS === undefined ? undefined : Number(env.SLUICE_TRACE_FLUSH_MS);
  const traces = createTraceOutbox(env.TRACES, {
    after,
    clock,
    ...(flush_ms === undefined ? {} : { flush_ms, flush_ms_max: flush_ms }),
  });
  const settlements = createSettlementOutbox({ ledger, after, clock, undelivered: traces.settleLater });
  const leasing = createLeasingLedger({ ledger, settlements, after, clock });
  // Once per isolate and token, and only where there are tokens.
  let browser_tokens: TokenPort | null = null;
  const loadTokens = async (): Promise<TokenPort> => {
    const { createBrowserTokens } = await import('./cold.ts');
    browser_tokens ??= createBrowserTokens(env);
    return browser_tokens;
  };
  const tokens: TokenPort = {
    sign: async (claims) => (await loadTokens()).sign(claims),
    verify: async (text) => (await loadTokens()).verify(text),
  };
  const keys = createKeyCache(ledger, clock, tokens);
  const { UPSTASH_REDIS_REST_URL: redis_url, UPSTASH_REDIS_REST_TOKEN: redis_token } = env;
  const rates =
    redis_url && redis_token
      ? lazyRateLimits(async () =>
          (await import('./upstash.ts')).connectUpstash(redis_url, redis_token, { after, clock }),
        )
      : createRateLimitPort(env.RATE_METER, { after, clock });

  // Known to this isolate alone: what the binding's own connection shows, and no other one can.
  let ai_token: string | null = null;
  const aiToken = (): string => {
    ai_token ??= random.id(32);
    return ai_token;
  };
  const fetch = env.AI === undefined ? fetchManually : createWorkersAiFetch(env.AI, aiToken, fetchManually);

  const catalogue = createCatalogue(PROVIDERS, clock);
  let organizations: OrganizationPort | null = null;
  // Not shared between requests while it loads: one request must not wait on what another one started.
  const loadOrganizations = async (): Promise<OrganizationPort> => {
    const { connectOrganizations } = await import('./cold.ts');
    organizations ??= connectOrganizations(env, (id) => health.peek(id).config_version, aiToken, catalogue);
    return organizations;
  };

  let guards: GuardRequests | null = null;
  let embedders: FindEmbedder | null = null;
  const embedder: FindEmbedder = async (organization_id, named, residency) => {
    embedders ??= (await import('./caching.ts')).connectEmbedders(env, {
      organizations: ports.pipeline.organizations,
      fetch,
      findProvider,
      catalogue,
    });
    return await embedders(organization_id, named, residency);
  };
  let vectors: VectorIndexPort | null = null;
  const vectorIndex = async (): Promise<VectorIndexPort> => {
    vectors ??= (await import('./caching.ts')).connectVectors(env);
    if (vectors === null) throw new Error('This deployment has no semantic index.');
    return vectors;
  };

  const connectAdministration = async () =>
    (await import('./administration.ts')).connectAdmin(env, {
      ledger,
      scopes,
      health,
      clock,
      fetch,
      catalogue,
      version: VERSION,
      embedder,
      tokens,
      settings: (id) => ports.pipeline.organizations.settings(id),
    });

  const ports: AppPorts = {
    pipeline: {
      keys,
      bad_keys: createBadKeyGuard(clock),
      organizations: {
        settings: (id) =>
          organizations?.settings(id) ?? loadOrganizations().then((port) => port.settings(id)),
      },
      catalogue,
      findProvider,
      health,
      admit: leasing.admit,
      rates,
      settle: leasing.settle,
      jurisdiction: env.SLUICE_JURISDICTION || undefined,
      trace: traces.record,
      guards: async (ask, settings) => {
        guards ??= (await import('./guarding.ts')).connectGuards(env, {
          fetch,
          clock,
          after,
          catalogue,
          findProvider,
          embedder,
        });
        return await guards(ask, settings);
      },
      traceRefusal: createRefusalCap(),
      retries: createRetryBudgets(),
      memory: createRoutingMemory(),
      ...(env.ANSWER_LOG === undefined ? {} : { logs: createAnswerLogPort(env.ANSWER_LOG) }),
      embedder,
      vectors: {
        put: async (row, vector) => (await vectorIndex()).put(row, vector),
        search: async (...asked) => (await vectorIndex()).search(...asked),
        clear: async (organization_id) => (await vectorIndex()).clear(organization_id),
      },
      ...(env.CACHE_SHELF === undefined ? {} : { cache: createCachePort(env.CACHE_SHELF, clock) }),
      fetch,
      pipe,
      after,
      clock,
      random,
      ...watch,
    },
    ledger,
    scopes,
    tokens,
    flush: settlements.flush,
    findTrace: async (organization_id, request_id) =>
      (await import('./cold.ts')).findTrace(env, organization_id, request_id),
    putFeedback: async (feedback) =>
      (await import('@sluice/cloudflare/d1/feedback')).putFeedback(env.DB, feedback),
    receipts: async () => (await import('./receipts.ts')).connectReceipts(env),
    admin: connectAdministration,
    metrics: async (request) => (await connectAdministration()).metrics(request),
    page: async () => {
      const page = (await env.ASSETS?.fetch('https://console/')) ?? null;
      return page?.ok === true ? page : null;
    },
    version: VERSION,
  };
  const app = createApp(ports);
  return {
    fetch: (request) => app.fetch(request),
    settleAgain: ledger.settle,
    async runAdvice(now_ms) {
      const { connectAdviceJobs } = await import('./advice-jobs.ts');
      await connectAdviceJobs(env, {
        settings: (id) => ports.pipeline.organizations.settings(id),
        catalogue,
        now_ms,
      });
    },
    async refreshPrices(now_ms) {
      const [{ refreshPrices }, { createPriceChangeStore }] = await Promise.all([
        import('./refresh-prices.ts'),
        import('@sluice/cloudflare/d1/price-changes'),
      ]);
      return await refreshPrices(
        {
          store: createPriceChangeStore(env.DB),
          fetch,
          organizationChanged: (id, version) => health.bumpConfig(id, version),
          newId: () => `price_${random.id(20)}`,
          source: env.SLUICE_PRICE_SOURCE,
        },
        now_ms,
      );
    },
  };
}

const VERSION = '0.1.0';
