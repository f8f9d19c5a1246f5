import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { GatewayEvent, KeyPolicy } from '@sluice/contract';
import { askOf, budgetOf, NO_RATES, policyOf, settlementOf } from '@sluice/core/limits/test-policy';
import { expect, it, vi } from 'vitest';
import { createLedgerPort } from '../ledger-port.ts';
import type { KeyLedger } from './key-ledger.ts';

const ledgers = (env as unknown as { KEY_LEDGER: DurableObjectNamespace<KeyLedger> }).KEY_LEDGER;
const port = createLedgerPort(ledgers as unknown as DurableObjectNamespace, {
  clock: { now_ms: () => Date.now() },
});
let made = 0;

async function keyWith(
  more: Partial<KeyPolicy>,
): Promise<{ key_id: string; stub: DurableObjectStub<KeyLedger> }> {
  const key_id = `ledger-test-${made++}`;
  const stub = ledgers.getByName(key_id);
  await stub.putPolicy(policyOf({ key_id, ...more }));
  return { key_id, stub };
}
const writesOf = (stub: DurableObjectStub<KeyLedger>) =>
  runInDurableObject(stub, (instance: KeyLedger) => instance.writes);
const spentOf = async (key_id: string) => (await port.usage(key_id))?.budgets[0];

it('of five hundred that ask at once exactly the ten that fit are admitted', async () => {
  const { key_id } = await keyWith({ budgets: [budgetOf(100)] });
  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, i) => port.admit(key_id, askOf(`h${i}`, 10), [])),
  );
  expect(answers.filter((one) => one.kind === 'admitted')).toHaveLength(10);
  expect(answers.filter((one) => one.kind === 'refused' && one.code === 'budget_held')).toHaveLength(490);
});

it('an object that checks, awaits and then takes lets too many in: what the test above would see', async () => {
  let left = 100;
  const careless = async (): Promise<boolean> => {
    const fits = left >= 10;
    await Promise.resolve();
    if (fits) left -= 10;
    return fits;
  };
  const answers = await Promise.all(Array.from({ length: 500 }, careless));
  expect(answers.filter((fits) => fits).length).toBeGreaterThan(10);
});

it('a warm admission and a settlement write nothing', async () => {
  const { key_id, stub } = await keyWith({ budgets: [budgetOf(1e12)] });
  for (let i = 0; i < 5; i++) await port.admit(key_id, askOf(`cold${i}`, 10), []);
  const before = await writesOf(stub);
  await port.admit(key_id, askOf('a', 10), [settlementOf('cold1', 5, 10)]);
  await port.settle(key_id, [settlementOf('a', 5, 10)]);
  // The write-behind of the whole second may fall in between.
  expect((await writesOf(stub)) - before).toBeLessThanOrEqual(1);
});

it('a hundred sequential admissions cost a handful of writes', async () => {
  const { key_id, stub } = await keyWith({ strict: true, budgets: [budgetOf(1e12)] });
  for (let i = 0; i < 100; i++) await port.admit(key_id, askOf(`h${i}`, 10), []);
  expect(await writesOf(stub)).toBeLessThanOrEqual(10);
});

it('an object that dies keeps every hold that was answered, and the same id holds once', async () => {
  const { key_id } = await keyWith({ budgets: [budgetOf(100)] });
  await port.admit(key_id, askOf('a', 60), []);
  await abortAllDurableObjects();
  expect(await port.admit(key_id, askOf('a', 60), [])).toMatchObject({
    kind: 'admitted',
    held_usd_nanos: 60,
  });
  expect(await spentOf(key_id)).toMatchObject({ spent_usd_nanos: 0, held_usd_nanos: 60 });
});

it('what a crash may have lost counts as spent, and a settlement of a lost hold corrects it once', async () => {
  const { key_id } = await keyWith({ budgets: [budgetOf(1e6)] });
  // The first is written, with a reserve of four more; the second is only in memory.
  await port.admit(key_id, askOf('a', 10), []);
  await port.admit(key_id, askOf('b', 10), []);
  await abortAllDurableObjects();
  expect(await spentOf(key_id)).toMatchObject({ held_usd_nanos: 10, spent_usd_nanos: 40 });
  await port.settle(key_id, [settlementOf('b', 4, 10)]);
  await port.settle(key_id, [settlementOf('b', 4, 10)]);
  expect(await spentOf(key_id)).toMatchObject({ held_usd_nanos: 10, spent_usd_nanos: 34 });
});

it('a hold that nobody settles is charged by the alarm, and a second alarm changes nothing', async () => {
  const { key_id, stub } = await keyWith({ budgets: [budgetOf(100)] });
  await port.admit(key_id, askOf('a', 60), []);
  await runInDurableObject(stub, (instance: KeyLedger) => {
    const late_ms = Date.now() + 61_000;
    instance.now_ms = () => late_ms;
  });
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  await runInDurableObject(stub, (instance: KeyLedger) => instance.alarm());
  expect(await spentOf(key_id)).toMatchObject({ spent_usd_nanos: 60, held_usd_nanos: 0 });
  await port.settle(key_id, [settlementOf('a', 20, 60)]);
  await port.settle(key_id, [settlementOf('a', 90, 60)]);
  expect((await spentOf(key_id))?.spent_usd_nanos).toBe(20);
});

it('an eviction loses no money', async () => {
  const { key_id, stub } = await keyWith({ budgets: [budgetOf(100)] });
  await port.admit(key_id, askOf('a', 60), []);
  await port.settle(key_id, [settlementOf('a', 30, 60)]);
  await evictDurableObject(stub);
  const after = await spentOf(key_id);
  expect((after?.spent_usd_nanos ?? 0) + (after?.held_usd_nanos ?? 0)).toBeGreaterThanOrEqual(30);
});

it('a record can be awaited before it is there', async () => {
  const { key_id } = await keyWith({});
  await port.admit(key_id, askOf('req_1', 1), []);
  const waiting = port.record(key_id, 'req_1', 5_000);
  await port.settle(key_id, [{ ...settlementOf('req_1', 1, 1), record: '{"id":1}' }]);
  expect(await waiting).toBe('{"id":1}');
  expect(await port.record(key_id, 'req_2', 0)).toBeNull();
});

it('an unknown key is told so and leaves nothing behind', async () => {
  const stub = ledgers.getByName('ledger-test-unknown');
  await runInDurableObject(stub, (instance: KeyLedger) => {
    instance.source = async () => null;
  });
  expect(await port.policy('ledger-test-unknown')).toBeNull();
  expect(await port.admit('ledger-test-unknown', askOf('a', 1), [])).toEqual({
    kind: 'policy_changed',
    policy: null,
  });
  const kept = await runInDurableObject(stub, (_, state) => state.storage.kv.get('ledger'));
  expect(kept).toBeUndefined();
});

it('a change of the key is answered at the next admission', async () => {
  const { key_id, stub } = await keyWith({});
  await stub.putPolicy(policyOf({ key_id, version: 2, state: 'revoked' }));
  expect(await port.admit(key_id, askOf('a', 1), [])).toMatchObject({
    kind: 'policy_changed',
    policy: { version: 2, state: 'revoked' },
  });
});

it('a ledger that hangs is given up within the deadline, and a broken stub is tried once more', async () => {
  const clock = { now_ms: () => Date.now() };
  let calls = 0;
  const broken = {
    idFromName: String,
    get: () => ({
      policy: () => (calls++ === 0 ? Promise.reject(new Error('broken')) : Promise.resolve(null)),
    }),
  };
  expect(await createLedgerPort(broken as never, { clock }).policy('k')).toBeNull();
  const hanging = { idFromName: String, get: () => ({ policy: () => new Promise(() => {}) }) };
  await expect(createLedgerPort(hanging as never, { clock, deadline_ms: 20 }).policy('k')).rejects.toThrow(
    '20 ms',
  );
});

it('a quota that is near is told once a day, also where the queue is away or the object dies in between', async () => {
  const limits = { ...NO_RATES, requests_per_day: 10 };
  const { key_id, stub } = await keyWith({ limits, strict: true });
  const told: GatewayEvent[] = [];
  let is_away = true;
  const prepare = () =>
    runInDurableObject(ledgers.getByName(key_id), (instance: KeyLedger) => {
      instance.emit = async (events) => {
        if (is_away) throw new Error('the queue is away');
        told.push(...events);
      };
    });
  await prepare();
  for (let i = 0; i < 9; i++) await port.admit(key_id, askOf(`h${i}`, 10), []);
  expect(told).toEqual([]);
  await evictDurableObject(stub);
  await prepare();
  is_away = false;
  for (let i = 9; i < 12; i++) await port.admit(key_id, askOf(`h${i}`, 10), []);
  await vi.waitFor(() => expect(told).toHaveLength(1));
  expect(told[0]).toMatchObject({
    type: 'quota.near',
    organization_id: 'org',
    data: { key_id, quota: 'requests_per_day', used: 9, limit: 10 },
  });
});
