import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { RateAnswer, RateAsk, RateLimits, RateSubject } from '@sluice/contract';
import { testRateLimits } from '@sluice/core/limits/rate-limit-contract-fixture';
import { NO_RATES } from '@sluice/core/limits/test-policy';
import { expect, it, vi } from 'vitest';
import { createRateLimitPort, type MeterNamespace } from '../rate-limit-port.ts';
import type { RateMeter } from './rate-meter.ts';

const meters = (env as unknown as { RATE_METER: DurableObjectNamespace<RateMeter> }).RATE_METER;
const T0 = Date.UTC(2026, 10, 21, 12);
let made = 0;

function createBed(namespace: unknown = meters) {
  const serial = `meter-test-${made++}`;
  const state = { now_ms: Date.now(), pending: [] as Promise<unknown>[], patience: Promise.resolve() };
  const port = createRateLimitPort(namespace as MeterNamespace, {
    clock: { now_ms: () => state.now_ms },
    after: (_name, work) => state.pending.push(work.catch(() => undefined)),
    wait: () => state.patience,
    deadline_ms: 2_000,
  });
  const subjectOf = (scope: RateSubject['scope'], limits: Partial<RateLimits>): RateSubject => ({
    name: `${serial}/${scope}`,
    scope,
    subject: scope === 'organization' ? null : scope,
    limits: { ...NO_RATES, ...limits },
  });
  let asked = 0;
  const ask = async (subjects: RateSubject[], more: Partial<RateAsk> = {}): Promise<RateAnswer> =>
    await port.take({
      request_id: `${serial}-${asked++}`,
      subjects,
      time_zone: 'UTC',
      input_tokens: 0,
      output_tokens: 0,
      expires_in_ms: 60_000,
      ...more,
    });
  const settled = async (): Promise<void> => {
    while (state.pending.length > 0) await Promise.all(state.pending.splice(0));
  };
  const countsOf = (subject: RateSubject) => meters.getByName(subject.name).counts();
  return { port, state, subjectOf, ask, settled, countsOf };
}

const partsOf = (answer: RateAnswer) => (answer.kind === 'admitted' ? answer.parts : expect.fail('refused'));

testRateLimits((after) =>
  createRateLimitPort(meters as unknown as MeterNamespace, {
    after,
    clock: { now_ms: () => Date.now() },
    wait: () => Promise.resolve(),
    deadline_ms: 2_000,
  }),
);

it('the objects of those that did not refuse have nothing of a refused request', async () => {
  const bed = createBed();
  const organization = bed.subjectOf('organization', { requests_per_day: 10, concurrency: 10 });
  const user = bed.subjectOf('user', { requests_per_minute: 1 });
  const first = await bed.ask([organization, user]);
  expect(first.kind).toBe('admitted');
  for (let i = 0; i < 5; i++)
    expect(await bed.ask([organization, user])).toMatchObject({
      kind: 'refused',
      scope: 'user',
      limit: 'requests_per_minute',
    });
  await bed.settled();
  expect(await bed.countsOf(organization)).toEqual({ in_flight: 1, requests_today: 1 });
  bed.port.settle(partsOf(first), { input_tokens: 0, output_tokens: 0 });
  await bed.settled();
  expect(await bed.countsOf(organization)).toEqual({ in_flight: 0, requests_today: 1 });
});

it('a busy organization is not asked for each request, and never lets in more than its limit', async () => {
  let calls = 0;
  const counted = {
    getByName: (name: string) => {
      calls++;
      return meters.getByName(name);
    },
  };
  const bed = createBed(counted);
  const organization = bed.subjectOf('organization', {
    requests_per_minute: 2_000,
    tokens_per_minute: 1e6,
    concurrency: 100_000,
  });
  let elapse = (): void => undefined;
  bed.state.patience = new Promise((resolve) => {
    elapse = resolve;
  });
  const began_ms = Date.now();
  let admitted = 0;
  for (let i = 0; i < 2_500; i++) {
    const answer = await bed.ask([organization], { input_tokens: 10 });
    if (answer.kind === 'refused') break;
    admitted++;
    bed.port.settle(answer.parts, { input_tokens: 0, output_tokens: 0 });
  }
  elapse();
  await bed.settled();
  expect(admitted).toBeLessThanOrEqual(2_000 + (Date.now() - began_ms) / 30);
  expect(admitted).toBeGreaterThan(1_500);
  expect((await bed.countsOf(organization)).in_flight).toBe(0);
  expect(calls).toBeLessThan(admitted / 4);
});

it('what does not answer in time lets pass, says so, and is not asked again for a second', async () => {
  let calls = 0;
  const silent = {
    getByName: () => ({
      take: () => {
        calls++;
        return Promise.reject(new Error('away'));
      },
      giveBack: () => Promise.reject(new Error('away')),
    }),
  };
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const bed = createBed(silent);
  const user = bed.subjectOf('user', { requests_per_minute: 1 });
  for (let i = 0; i < 3; i++)
    expect(await bed.ask([user])).toMatchObject({ kind: 'admitted', unchecked: [user], limits: null });
  expect(calls).toBe(1);
  expect(told).toHaveBeenCalledTimes(1);
  expect(told.mock.calls[0]?.[0]).toContain('rate_limits_unchecked');
  bed.state.now_ms += 1_000;
  await bed.ask([user]);
  expect(calls).toBe(2);
  told.mockRestore();
});

it("the day's count outlives the object, and what is stored is cleared when the day is long over", async () => {
  const bed = createBed();
  const user = bed.subjectOf('user', { requests_per_day: 2 });
  const stub = meters.getByName(user.name);
  await bed.ask([user]);
  await vi.waitFor(
    () =>
      runInDurableObject(stub, (_, ctx) =>
        expect(ctx.storage.kv.get('day')).toMatchObject({ requests_today: 1 }),
      ),
    { timeout: 5_000, interval: 50 },
  );
  await evictDurableObject(stub);
  expect((await bed.ask([user])).kind).toBe('admitted');
  expect(await bed.ask([user])).toMatchObject({ kind: 'refused', limit: 'requests_per_day' });
  await runInDurableObject(stub, (meter: RateMeter) => {
    meter.now_ms = () => T0 + 3 * 86_400_000 + Date.now();
  });
  await runDurableObjectAlarm(stub);
  await runInDurableObject(stub, (_, ctx) => expect(ctx.storage.kv.get('day')).toBeUndefined());
});
