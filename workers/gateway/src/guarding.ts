import { privateUpstreamsAllowed } from '@sluice/cloudflare/connections';
import { createGuardSecretStore } from '@sluice/cloudflare/d1/guard-secrets';
import type { Env } from '@sluice/cloudflare/env';
import { createEventPort } from '@sluice/cloudflare/queue/event-port';
import { createWebhookCallPorts } from '@sluice/cloudflare/webhook-call';
import type { AfterPort, CataloguePort, GuardSecretStore, OrganizationSettings } from '@sluice/contract';
import { type GuardAsk, type Guarded, guardRequest } from '@sluice/core/guards/guard-request';
import type { WholePorts } from '@sluice/core/guards/judge-whole';
import { createHitTeller } from '@sluice/core/guards/tell-hits';
import type { ResolveHost } from '@sluice/core/webhooks/webhook-address';
import { pricesIn } from './prices-in.ts';

type GuardingPorts = Omit<WholePorts, 'settings' | 'private_allowed' | 'resolve' | 'secret' | 'prices'> & {
  after: AfterPort;
  catalogue: Pick<CataloguePort, 'find'>;
};
export type GuardRequests = (ask: GuardAsk, settings: OrganizationSettings) => Promise<Guarded>;

/** Imported with the first request of an organization that has guards: what they judge with is large. */
export function connectGuards(env: Env, { after, catalogue, ...ports }: GuardingPorts): GuardRequests {
  const events = env.EVENTS === undefined ? null : createEventPort(env.EVENTS);
  const tellerOf = events === null ? null : createHitTeller({ events, after, clock: ports.clock });
  const secret = rememberSecrets(createGuardSecretStore(env).secret);
  const private_allowed = privateUpstreamsAllowed(env);
  const { resolve: lookUp } = createWebhookCallPorts(env, ports.fetch, ports.clock.now_ms);
  const resolve = lookUp === null ? null : rememberHosts(lookUp, ports.clock.now_ms);
  return (ask, settings) => {
    const tell = tellerOf?.(settings.organization_id, ask.request.request_id) ?? null;
    const prices = pricesIn(settings, catalogue);
    return guardRequest(ask, { ...ports, settings, private_allowed, resolve, secret, prices }, tell);
  };
}

const HOSTS_MAX = 1_000;
const HOST_FRESH_MS = 60_000;

/** A guard is asked with each request: its name is looked up once a minute, and what failed is not remembered. */
function rememberHosts(look: ResolveHost, now_ms: () => number): ResolveHost {
  const known = new Map<string, { until_ms: number; addresses: string[] }>();
  return async (host) => {
    const before = known.get(host);
    if (before !== undefined && before.until_ms > now_ms()) return before.addresses;
    const addresses = await look(host);
    if (known.size >= HOSTS_MAX) known.clear();
    known.set(host, { until_ms: now_ms() + HOST_FRESH_MS, addresses });
    return addresses;
  };
}

const SECRETS_MAX = 1_000;

/** A secret never changes under its id, so an isolate reads each once. */
function rememberSecrets(read: GuardSecretStore['secret']): GuardSecretStore['secret'] {
  const known = new Map<string, string>();
  return async (organization_id, id) => {
    const mark = `${organization_id}\n${id}`;
    const before = known.get(mark);
    if (before !== undefined) return before;
    const secret = await read(organization_id, id);
    if (known.size >= SECRETS_MAX) known.clear();
    known.set(mark, secret);
    return secret;
  };
}
