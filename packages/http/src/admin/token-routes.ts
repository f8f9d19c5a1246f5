import { GatewayError, type KeyPolicy } from '@sluice/contract';
import { issueToken, tokenCreate } from '../mint-token.ts';
import { requireKey } from './change-key.ts';
import type { AdminApp } from './create-admin.ts';
import { entryOf } from './member-routes.ts';
import { newId } from './new-id.ts';
import type { AdminPorts } from './ports.ts';
import { readBody } from './read-body.ts';

/** `/admin/v1/keys/:id/tokens`: as `POST /v1/tokens`, for those who administer the key and have not its secret. */
export function addTokenRoutes(app: AdminApp, ports: AdminPorts): void {
  app.post('/keys/:id/tokens', async (c) => {
    const admin = c.get('admin');
    const asked = await readBody(c, tokenCreate);
    const { key_id } = await requireKey(ports, admin, c.req.param('id'));
    const policy = await ports.keyPolicy(key_id);
    if (policy === null || policy.organization_id !== admin.organization_id)
      throw new GatewayError('not_found', 'There is no such key.');
    const now_ms = ports.clock.now_ms();
    const hash = currentSecret(policy, now_ms);
    const { token, ...shown } = await issueToken(policy, hash, asked, {
      tokens: ports.tokens,
      catalogue: ports.catalogue,
      now_ms,
      token_id: newId(ports, 'tok'),
    });
    await ports.audit.add(
      admin.organization_id,
      entryOf(ports, admin, 'key.token', 'key', key_id, null, shown, now_ms),
    );
    return c.json({ token, ...shown }, 201);
  });
}

/** @throws GatewayError conflict for a key by which no token would work. */
function currentSecret({ state, expires_at_ms, secrets }: KeyPolicy, now_ms: number): string {
  if (state !== 'active')
    throw new GatewayError('conflict', `This key is ${state}: a token of it would not work.`);
  const secret = secrets.find((one) => one.expires_at_ms === null);
  if (secret === undefined || (expires_at_ms !== null && now_ms >= expires_at_ms))
    throw new GatewayError('conflict', 'This key has expired: a token of it would not work.');
  return secret.hash;
}
