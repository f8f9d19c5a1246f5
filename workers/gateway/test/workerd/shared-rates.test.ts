import type { RateMeter } from '@sluice/cloudflare/objects/rate-meter';
import type { LimitOverride, OrganizationConfig } from '@sluice/contract';
import { NO_RATES } from '@sluice/core/limits/test-policy';
import { beforeEach, expect, test, vi } from 'vitest';
import {
  budget,
  codeOf,
  createGatewayFixture,
  healthy,
  hello,
  realEnv,
  traceOf,
  type Upstream,
} from './gateway-fixture.ts';

const meters = realEnv.RATE_METER as unknown as DurableObjectNamespace<RateMeter>;
let made = 0;

/** Sets limits of subjects that only this test has, and gives a gateway that knows them. */
async function createBed(overrides: LimitOverride[], env: object = {}, upstream: Upstream = healthy) {
  const config: Partial<OrganizationConfig> = { limit_overrides: overrides };
  await realEnv.DB.prepare('UPDATE organizations SET settings = ?1 WHERE id = ?2')
    .bind(JSON.stringify(config), 'org_default')
    .run();
  return createGatewayFixture({ upstream, env });
}

const newUser = (): string => `shared-rates-${Date.now()}-${made++}`;
const countsOf = (user: string) => meters.getByName(`org_default/user/${user}`).counts();

beforeEach(async () => {
  // Makes the default organization.
  const { createVirtualKey, post } = createGatewayFixture({ upstream: healthy });
  await (await post((await createVirtualKey()).secret, hello('gpt-4o-mini'))).text();
  return async () => {
    await realEnv.DB.prepare("UPDATE organizations SET settings = '{}' WHERE id = 'org_default'").run();
  };
});

test('a refusal by a shared limit reaches no provider and no ledger, and one by the ledger no shared limit', async () => {
  const user = newUser();
  const bed = await createBed([
    { scope: 'user', subject: user, requests_per_minute: 2, requests_per_day: 9 },
  ]);
  const poor = await bed.createVirtualKey({ budgets: [budget(1)] });
  const refused = await bed.post(poor.secret, hello('gpt-4o-mini', { user }));
  expect(await codeOf(refused)).toBe('budget_exceeded');
  await vi.waitFor(async () => expect(await countsOf(user)).toEqual({ in_flight: 0, requests_today: 0 }));

  const { secret, stub } = await bed.createVirtualKey({ budgets: [budget(1e12)] });
  for (let i = 0; i < 2; i++) await (await bed.post(secret, hello('gpt-4o-mini', { user }))).text();
  bed.calls.length = 0;
  const before = (await stub.usage())?.requests_today;
  const over = await bed.post(secret, hello('gpt-4o-mini', { user }));
  expect(over.status).toBe(429);
  expect(await codeOf(over)).toBe('rate_limit_exceeded');
  expect(bed.calls).toEqual([]);
  expect((await stub.usage())?.requests_today).toBe(before);
  expect(await countsOf(user)).toMatchObject({ requests_today: 2 });
});

test('an address counts by the header of the platform, whatever a client says of itself', async () => {
  const address = `198.51.100.${made++ + 1}`;
  const bed = await createBed([{ scope: 'ip', subject: address, requests_per_minute: 1 }]);
  const { secret } = await bed.createVirtualKey();
  const from = async (ip: string, forwarded: string): Promise<number> => {
    const response = await bed.gateway.fetch(
      new Request('http://gateway/v1/chat/completions', {
        method: 'POST',
        headers: {
          authorization: `Bearer ${secret}`,
          'content-type': 'application/json',
          'cf-connecting-ip': ip,
          'x-forwarded-for': forwarded,
        },
        body: JSON.stringify(hello('gpt-4o-mini')),
      }),
    );
    await response.text();
    return response.status;
  };
  expect(await from(address, '203.0.113.1')).toBe(200);
  expect(await from(address, '203.0.113.2')).toBe(429);
  expect(await from('198.51.100.250', address)).toBe(200);
});

test('a request that runs counts as in flight until it ends', async () => {
  const user = newUser();
  const gate = Promise.withResolvers<void>();
  const slow: Upstream = async (call) => {
    if (call.body['stream'] === true) await gate.promise;
    return healthy(call);
  };
  const limits = { concurrency: 1, tokens_per_minute: 100_000 };
  const bed = await createBed([{ scope: 'user', subject: user, ...limits }], {}, slow);
  const { secret } = await bed.createVirtualKey();
  const running = bed.post(secret, hello('gpt-4o-mini', { user, stream: true }));
  await vi.waitFor(() => expect(bed.calls).toHaveLength(1));
  const second = await bed.post(secret, hello('gpt-4o-mini', { user }));
  expect(await codeOf(second)).toBe('concurrency_limit_exceeded');
  gate.resolve();
  await (await running).text();
  await vi.waitFor(async () => expect((await countsOf(user)).in_flight).toBe(0));
  const third = await bed.post(secret, hello('gpt-4o-mini', { user }));
  expect(third.status).toBe(200);
  await third.text();
});

test('where more output is asked for than a minute of tokens has, less is sent upstream, and the receipt says so', async () => {
  const user = newUser();
  const bed = await createBed([
    { scope: 'user', subject: user, tokens_per_minute: 500, tokens_counted: 'output' },
  ]);
  const { secret, stub } = await bed.createVirtualKey();
  const response = await bed.post(secret, hello('gpt-4o-mini', { user, max_tokens: 4_000 }));
  expect(response.status).toBe(200);
  await response.text();
  expect(bed.calls.at(-1)?.body['max_tokens'] ?? bed.calls.at(-1)?.body['max_completion_tokens']).toBe(500);
  const trace = await traceOf(stub, response.headers.get('x-request-id') ?? '');
  expect(trace.degraded.join()).toContain('output limit lowered to 500');
});

test('meters that cannot be reached let pass, and the receipt says so', async () => {
  const user = newUser();
  const away = {
    getByName: () => ({ take: () => Promise.reject(new Error('away')), giveBack: async () => undefined }),
  };
  const bed = await createBed([{ scope: 'user', subject: user, requests_per_minute: 1 }], {
    RATE_METER: away,
  });
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const { secret, stub } = await bed.createVirtualKey();
  const began_ms = Date.now();
  for (let i = 0; i < 3; i++) {
    const response = await bed.post(secret, hello('gpt-4o-mini', { user }));
    expect(response.status).toBe(200);
    await response.text();
    const trace = await traceOf(stub, response.headers.get('x-request-id') ?? '');
    expect(trace.degraded.join()).toContain('rate limits of the user could not be checked');
  }
  const unchecked = told.mock.calls.filter(([line]) => String(line).includes('rate_limits_unchecked'));
  told.mockRestore();
  expect(unchecked.length).toBeGreaterThan(0);
  // One line a second at most.
  expect(unchecked.length).toBeLessThanOrEqual(1 + Math.floor((Date.now() - began_ms) / 1_000));
});

test('an organization without shared limits asks no meter at all', async () => {
  let asked = 0;
  const counted = {
    getByName: () => {
      asked++;
      throw new Error('asked');
    },
  };
  const bed = await createBed([], { RATE_METER: counted });
  const { secret } = await bed.createVirtualKey();
  const response = await bed.post(secret, hello('gpt-4o-mini', { user: 'anybody' }));
  expect(response.status).toBe(200);
  await response.text();
  expect(asked).toBe(0);
});

test('where a Redis is set, it counts keys and users, and no meter is asked', async () => {
  const user = newUser();
  const sent: unknown[][] = [];
  const redis: Upstream = (call) => {
    if (call.host !== 'redis.test') return healthy(call);
    const commands = JSON.parse(call.text) as unknown[][];
    sent.push(...commands);
    // Of a token bucket: what is left, when it is next refilled, its limit.
    return Response.json(
      commands.map(() => ({ result: [sent.length > 4 ? -1 : 7, Date.now() + 60_000, 10] })),
    );
  };
  const env = {
    UPSTASH_REDIS_REST_URL: 'https://redis.test',
    UPSTASH_REDIS_REST_TOKEN: 'token',
    RATE_METER: { getByName: () => expect.fail('a meter was asked') },
  };
  const bed = await createBed([{ scope: 'user', subject: user, requests_per_minute: 10 }], env, redis);
  const { secret, key_id } = await bed.createVirtualKey({
    limits: { ...NO_RATES, requests_per_minute: 10 },
  });
  const responses: Response[] = [];
  for (let i = 0; i < 3; i++) {
    const response = await bed.post(secret, hello('gpt-4o-mini', { user }));
    await response.text();
    responses.push(response);
  }
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 429]);
  expect(responses[0]?.headers.get('x-ratelimit-remaining-requests')).toBe('7');
  const text = JSON.stringify(sent);
  expect(text).toContain(`org_default/user/${user}`);
  expect(text).toContain(`org_default/key/${key_id}`);
});
