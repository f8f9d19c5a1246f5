import type { AfterPort } from '@sluice/contract';
import { createRateBed, testRateLimits } from '@sluice/core/limits/rate-limit-contract-fixture';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bucketShape } from './bucket-shape.ts';
import { createUpstashRateLimitPort } from './upstash-rate-limit-port.ts';
import { hasRedis, startUpstashShim, type UpstashShim } from './upstash-shim-fixture.ts';

const clock = { now_ms: () => Date.now() };

// Says so where it is: `apt-get install redis-server` brings it.
describe.skipIf(!hasRedis())('rate limits in a real Redis (skipped without redis-server)', () => {
  let shim: UpstashShim;
  beforeAll(async () => {
    shim = await startUpstashShim();
  });
  afterAll(() => shim.stop());
  const connect = (after: AfterPort) =>
    createUpstashRateLimitPort({ url: shim.url, token: shim.token, after, clock, deadline_ms: 5_000 });

  testRateLimits(connect);

  it('a warm request is one HTTP call, whatever number of limits it counts under', async () => {
    const bed = createRateBed(connect);
    const limits = {
      requests_per_minute: 100,
      tokens_per_minute: 1_000,
      requests_per_day: 100,
      concurrency: 10,
    };
    const subjects = [bed.subjectOf('organization', limits), bed.subjectOf('user', limits)];
    await bed.ask(subjects, { input_tokens: 5 });
    const before = shim.requests();
    expect((await bed.ask(subjects, { input_tokens: 5 })).kind).toBe('admitted');
    expect(shim.requests() - before).toBe(1);
  });

  it('a request that nobody ended stops counting when it expires, and nothing stays for ever', async () => {
    const bed = createRateBed(connect);
    const user = bed.subjectOf('user', { concurrency: 1, requests_per_minute: 60, requests_per_day: 9 });
    await bed.ask([user], { expires_in_ms: 1 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await bed.ask([user])).kind).toBe('admitted');
    for (const key of await shim.redis.keys(`*${user.name}*`))
      expect(await shim.redis.pttl(key), key).toBeGreaterThan(0);
  });
});

it('a Redis that is away lets pass, says so once, names no secret and is left alone for a second', async () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const bed = createRateBed((after) =>
    createUpstashRateLimitPort({ url: 'http://127.0.0.1:9', token: 'a-secret-token', after, clock }),
  );
  const user = bed.subjectOf('user', { requests_per_minute: 1 });
  for (let i = 0; i < 3; i++)
    expect(await bed.ask([user])).toMatchObject({ kind: 'admitted', unchecked: [user], limits: null });
  expect(told).toHaveBeenCalledTimes(1);
  expect(String(told.mock.calls[0])).not.toContain('a-secret-token');
  told.mockRestore();
});

it('a bucket is never faster than its limit, and at most one hundredth slower', () => {
  for (const per_minute of [1, 7, 20, 59, 100, 120, 500, 600, 601, 997, 40_000, 60_001, 200_000, 1_000_000]) {
    const { refill, interval_ms } = bucketShape(per_minute);
    const rate = (refill / interval_ms) * 60_000;
    expect(rate).toBeLessThanOrEqual(per_minute);
    expect(rate).toBeGreaterThanOrEqual(per_minute * 0.99);
    expect([refill, interval_ms].every(Number.isInteger)).toBe(true);
  }
});
