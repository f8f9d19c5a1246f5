import { type CacheSettings, GatewayError } from '@sluice/contract';
import { pairOf } from '@sluice/core/caching/fingerprint';
import * as z from 'zod';
import type { AdminApp } from './create-admin.ts';
import { entryOf } from './member-routes.ts';
import { newId } from './new-id.ts';
import { lost, tellIsolates } from './organization-routes.ts';
import type { Admin, AdminPorts } from './ports.ts';
import { readBody } from './read-body.ts';

const PAIRS_MAX = 1_000;
const PAIR = /^[0-9a-f]{16}:[0-9a-f]{16}$/;

const question = z.string().trim().min(1).max(4_000);

export const neverMatch = z.union([
  z.strictObject({ first: question, second: question }),
  z.strictObject({ pair: z.string().regex(PAIR, 'a pair as in the cache part of a receipt') }),
  z.strictObject({ request_id: z.string().min(1).max(64) }),
]);

/** `/admin/v1/cache`: what holds for the organization, and pairs that must never answer each other. */
export function addCacheRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/cache', async (c) => {
    const { config } = await ports.organizations.require(c.get('admin').organization_id);
    return c.json({ ...config.cache, never_match: config.cache?.never_match ?? [] });
  });

  app.delete('/cache', async (c) => {
    const admin = c.get('admin');
    const { organization_id } = admin;
    // Before it is done: nothing may be gone that no entry tells of.
    await ports.audit.add(
      organization_id,
      entryOf(ports, admin, 'cache.clear', 'organization', organization_id, null, null),
    );
    const cleared = await ports.clearCache(organization_id);
    return c.json({ cleared });
  });

  app.post('/cache/never-match', async (c) => {
    const admin = c.get('admin');
    const pair = await readPair(await readBody(c, neverMatch), admin, ports);
    await change(admin, ports, 'cache.never_match', (pairs) => {
      if (pairs.length >= PAIRS_MAX)
        throw new GatewayError('invalid_request', `There are ${PAIRS_MAX} pairs already. Remove some.`);
      return [...pairs.filter((one) => one !== pair), pair];
    });
    return c.json({ pair }, 201);
  });

  app.delete('/cache/never-match/:pair', async (c) => {
    const pair = c.req.param('pair');
    await change(c.get('admin'), ports, 'cache.match_again', (pairs) => {
      if (!pairs.includes(pair)) throw new GatewayError('not_found', 'There is no such pair.');
      return pairs.filter((one) => one !== pair);
    });
    return c.json({ pair });
  });
}

/** Named by itself, by its questions, or by the request that was answered with the other's answer. */
async function readPair(
  body: z.output<typeof neverMatch>,
  { organization_id }: Admin,
  ports: AdminPorts,
): Promise<string> {
  if ('pair' in body) return body.pair;
  if ('first' in body) return pairOf(body.first, body.second);
  const trace = await ports.traces.find(organization_id, body.request_id);
  const pair = trace?.cache?.pair;
  if (pair === undefined)
    throw new GatewayError(
      'not_found',
      'There is no such request, or it was not answered with the answer to another question.',
      { param: 'request_id' },
    );
  return pair;
}

async function change(
  admin: Admin,
  ports: AdminPorts,
  action: string,
  to: (pairs: string[]) => string[],
): Promise<void> {
  const before = await ports.organizations.require(admin.organization_id);
  const now_ms = ports.clock.now_ms();
  const cache: CacheSettings = {
    ...before.config.cache,
    never_match: to(before.config.cache?.never_match ?? []),
  };
  const after = {
    ...before,
    config: { ...before.config, cache },
    config_version: before.config_version + 1,
    updated_at_ms: now_ms,
  };
  const is_written = await ports.organizations.update(after, {
    id: newId(ports, 'evt'),
    at_ms: now_ms,
    actor: `admin:${admin.id}`,
    action,
    target_type: 'organization',
    target_id: admin.organization_id,
    before: before.config.cache ?? null,
    after: cache,
  });
  if (!is_written) throw lost();
  await tellIsolates(ports, admin.organization_id, after.config_version);
}
