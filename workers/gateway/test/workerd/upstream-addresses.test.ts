import { expect, it } from 'vitest';
import { codeOf, createGatewayFixture, healthy, hello } from './gateway-fixture.ts';

const INSIDE = [
  'http://127.0.0.1:8000/v1',
  'http://0x7f.1/v1',
  'http://[::ffff:10.0.0.1]/v1',
  'http://vault.internal/v1',
];
const METADATA = 'http://169.254.169.254/v1';

const upstream = (base_url: string, id: string) => ({ id, provider: 'openai', base_url, models: [id] });

it('an inside address that is there all the same is called by nobody, and the next target answers', async () => {
  const SLUICE_UPSTREAMS = JSON.stringify([
    ...INSIDE.map((base_url, at) => upstream(base_url, `inside-${at}`)),
    upstream('https://outside.example/v1', 'outside'),
  ]);
  const { post, calls, createVirtualKey } = createGatewayFixture({
    upstream: healthy,
    env: { SLUICE_UPSTREAMS, SLUICE_ENVIRONMENT: 'production' },
  });
  const { secret } = await createVirtualKey();
  for (const at of INSIDE.keys())
    for (const stream of [false, true]) {
      const refused = await post(secret, hello(`inside-${at}`, { stream }));
      expect([INSIDE[at], refused.status, await codeOf(refused)]).toEqual([
        INSIDE[at],
        503,
        'no_provider_available',
      ]);
    }
  expect(calls).toEqual([]);
  const answered = await post(secret, hello('inside-0', { 'x-fallback-chain': ['outside'] }));
  expect(answered.status).toBe(200);
  expect(calls.map(({ host }) => host)).toEqual(['outside.example']);
});

it('a deployment that opens its private networks still keeps the credentials of its machines to itself', async () => {
  const SLUICE_UPSTREAMS = JSON.stringify([
    upstream('http://10.0.0.9/v1', 'inside'),
    upstream(METADATA, 'metadata'),
  ]);
  const { post, calls, createVirtualKey } = createGatewayFixture({
    upstream: healthy,
    env: { SLUICE_UPSTREAMS, SLUICE_ENVIRONMENT: 'production', SLUICE_PRIVATE_UPSTREAMS: 'allow' },
  });
  const { secret } = await createVirtualKey();
  expect((await post(secret, hello('inside'))).status).toBe(200);
  expect((await post(secret, hello('metadata'))).status).toBe(503);
  expect(calls.map(({ host }) => host)).toEqual(['10.0.0.9']);
});
