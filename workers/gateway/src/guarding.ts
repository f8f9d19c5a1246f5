import { privateUpstreamsAllowed } from '@sluice/cloudflare/connections';
import type { Env } from '@sluice/cloudflare/env';
import { createEventPort } from '@sluice/cloudflare/queue/event-port';
import type { AfterPort, OrganizationSettings } from '@sluice/contract';
import { type GuardAsk, type Guarded, guardRequest } from '@sluice/core/guards/guard-request';
import type { WholePorts } from '@sluice/core/guards/judge-whole';
import { createHitTeller } from '@sluice/core/guards/tell-hits';

type GuardingPorts = Omit<WholePorts, 'settings' | 'private_allowed'> & { after: AfterPort };
export type GuardRequests = (ask: GuardAsk, settings: OrganizationSettings) => Promise<Guarded>;

/** Imported with the first request of an organization that has guards: what they judge with is large. */
export function connectGuards(env: Env, { after, ...ports }: GuardingPorts): GuardRequests {
  const events = env.EVENTS === undefined ? null : createEventPort(env.EVENTS);
  const tellerOf = events === null ? null : createHitTeller({ events, after, clock: ports.clock });
  const private_allowed = privateUpstreamsAllowed(env);
  return (ask, settings) => {
    const tell = tellerOf?.(settings.organization_id, ask.request.request_id) ?? null;
    return guardRequest(ask, { ...ports, settings, private_allowed }, tell);
  };
}
