import { privateUpstreamsAllowed } from '@sluice/cloudflare/connections';
import { createGuardSecretStore } from '@sluice/cloudflare/d1/guard-secrets';
import type { Env } from '@sluice/cloudflare/env';
import { createEventPort } from '@sluice/cloudflare/queue/event-port';
import type { AfterPort, GuardSecretStore, OrganizationSettings } from '@sluice/contract';
import { type GuardAsk, type Guarded, guardRequest } from '@sluice/core/guards/guard-request';
import type { WholePorts } from '@sluice/core/guards/judge-whole';
import { createHitTeller } from '@sluice/core/guards/tell-hits';

type GuardingPorts = Omit<WholePorts, 'settings' | 'private_allowed' | 'secret'> & { after: AfterPort };
export type GuardRequests = (ask: GuardAsk, settings: OrganizationSettings) => Promise<Guarded>;

/** Imported with the first request of an organization that has guards: what they judge with is large. */
export function connectGuards(env: Env, { after, ...ports }: GuardingPorts): GuardRequests {
  const events = env.EVENTS === undefined ? null : createEventPort(env.EVENTS);
  const tellerOf = events === null ? null : createHitTeller({ events, after, clock: ports.clock });
  const secret = rememberSecrets(createGuardSecretStore(env).secret);
  const private_allowed = privateUpstreamsAllowed(env);
  return (ask, settings) => {
    const tell = tellerOf?.(settings.organization_id, ask.request.request_id) ?? null;
    return guardRequest(ask, { ...ports, settings, private_allowed, secret }, tell);
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
