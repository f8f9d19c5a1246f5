import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { AdmitAsk, BudgetPolicy, GatewayEvent, ScopePolicy } from '@sluice/contract';
import { askOf, budgetOf, policyOf, settlementOf } from '@sluice/core/limits/test-policy';
import { expect, it, vi } from 'vitest';
import { createLedgerPort } from '../ledger-port.ts';
import { createScopePort } from '../scope-port.ts';
import type { KeyLedger } from './key-ledger.ts';
import type { ScopeLedger } from './scope-ledger.ts';

const bindings = env as unknown as {
  KEY_LEDGER: DurableObjectNamespace<KeyLedger>;
  SCOPE_LEDGER: DurableObjectNamespace<ScopeLedger>;
};
const keys = bindings.KEY_LEDGER;
const port = createLedgerPort(keys as unknown as DurableObjectNamespace, {
  clock: { now_ms: () => Date.now() },
});
const scopes = createScopePort(bindings.SCOPE_LEDGER as unknown as DurableObjectNamespace);
let made = 0;

async function createKey(budgets: BudgetPolicy[] = []): Promise<string> {
  const key_id = `scope-test-${made++}`;
  await keys.getByName(key_id).putPolicy(policyOf({ key_id, budgets, strict: true }));
  return key_id;
}

/** A scope whose budgets are a test's own and not those of the database; told events are gathered. */
async function createScope(...budgets: BudgetPolicy[]) {
  const name = `org${made++}/organization/`;
  const events: GatewayEvent[] = [];
  const policy: ScopePolicy = {
    name,
    organization_id: name.slice(0, name.indexOf('/')),
    scope: 'organization',
    subject: null,
    version: 1,
    budgets,
    time_zone: 'UTC',
  };
  const stub = bindings.SCOPE_LEDGER.getByName(name);
  const prepare = () =>
    runInDurableObject(bindings.SCOPE_LEDGER.getByName(name), (instance: ScopeLedger) => {
      instance.source = async () => structuredClone(policy);
      instance.emit = async (told) => void events.push(...told);
    });
  await prepare();
  const usage = async () => (await scopes.usage(name, 0))?.budgets[0];
  const exchanges = () => runInDurableObject(stub, (instance: ScopeLedger) => instance.exchanges);
  return { name, stub, events, policy, prepare, usage, exchanges };
}

const askIn = (hold_id: string, usd_nanos: number, names: string[], more: Partial<AdmitAsk> = {}): AdmitAsk =>
  askOf(hold_id, usd_nanos, { scopes: names, config_version: 1, ...more });
const settledIn = (hold_id: string, usd_nanos: number, held: number, names: string[]) => ({
  ...settlementOf(hold_id, usd_nanos, held),
  scopes: names,
});
const inFlightOf = async (key_id: string) => (await port.usage(key_id))?.in_flight;

it('where the organization has three left and the key ten, of fifty at once exactly three are admitted', async () => {
  const { name, usage } = await createScope(budgetOf(30));
  const key_id = await createKey([budgetOf(100, { id: 'own' })]);
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => port.admit(key_id, askIn(`h${i}`, 10, [name]), [])),
  );
  expect(answers.filter((one) => one.kind === 'admitted')).toHaveLength(3);
  const refused = answers.filter((one) => one.kind === 'refused');
  expect(refused).toHaveLength(47);
  for (const one of refused)
    expect(one).toMatchObject({
      code: 'budget_held',
      budget: { scope: 'organization', limit_usd_nanos: 30 },
    });
  expect(await inFlightOf(key_id)).toBe(3);
  expect((await port.usage(key_id))?.budgets[0]).toMatchObject({ held_usd_nanos: 30, spent_usd_nanos: 0 });
  expect(await usage()).toMatchObject({ held_usd_nanos: 30, spent_usd_nanos: 0 });
});

it('ten keys and two shared budgets: exactly what the smaller one pays for is admitted, and no half hold is left', async () => {
  const wide = await createScope(budgetOf(10_000));
  const narrow = await createScope(budgetOf(170));
  const key_ids = await Promise.all(Array.from({ length: 10 }, () => createKey()));
  const names = [wide.name, narrow.name];
  const answers = await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      const key_id = key_ids[i % 10] ?? '';
      return { key_id, hold_id: `h${i}`, answer: await port.admit(key_id, askIn(`h${i}`, 10, names), []) };
    }),
  );
  const admitted = answers.filter(({ answer }) => answer.kind === 'admitted');
  expect(admitted.length).toBeLessThanOrEqual(17);
  // A refusal stands for a moment, in which others may give back: then the rest is there for whoever asks.
  await scheduler.wait(250);
  for (let i = 100; admitted.length < 17 && i < 110; i++) {
    const key_id = key_ids[i % 10] ?? '';
    const answer = await port.admit(key_id, askIn(`h${i}`, 10, names), []);
    if (answer.kind === 'admitted') admitted.push({ key_id, hold_id: `h${i}`, answer });
  }
  expect(admitted).toHaveLength(17);
  for (const { key_id, hold_id } of admitted) await port.settle(key_id, [settledIn(hold_id, 4, 10, names)]);
  for (const key_id of key_ids) expect(await inFlightOf(key_id)).toBe(0);
  expect(await narrow.usage()).toMatchObject({ spent_usd_nanos: 68 });
  expect(await wide.usage()).toMatchObject({ spent_usd_nanos: 68 });
});

it('what another key has free is called back before anybody is refused', async () => {
  const { name } = await createScope(budgetOf(100));
  const [a, b] = [await createKey(), await createKey()];
  await port.admit(a, askIn('a', 10, [name]), []);
  await port.settle(a, [settledIn('a', 1, 10, [name])]);
  expect(await port.admit(b, askIn('b', 99, [name]), [])).toMatchObject({
    kind: 'admitted',
    held_usd_nanos: 99,
  });
});

it('what is left is spent: output is lowered to what the shared budget still pays for', async () => {
  const { name } = await createScope(budgetOf(100));
  const key_id = await createKey();
  const output = { output_tokens: 500, output_usd_nanos_per_mtok: 1e6, output_tokens_floor: 16 };
  const answer = await port.admit(key_id, askIn('a', 10, [name], output), []);
  expect(answer).toMatchObject({ kind: 'admitted', output_tokens: 90, held_usd_nanos: 100 });
});

it('a spent budget says so, and a held one says when to come again', async () => {
  const { name, events } = await createScope(budgetOf(100, { alert_percents: [50, 90] }));
  const key_id = await createKey();
  await port.admit(key_id, askIn('a', 95, [name]), []);
  expect(await port.admit(key_id, askIn('b', 10, [name]), [])).toMatchObject({
    code: 'budget_held',
    retry_after_ms: 1_000,
  });
  await port.settle(key_id, [settledIn('a', 95, 95, [name])]);
  await scheduler.wait(250);
  expect(await port.admit(key_id, askIn('c', 10, [name]), [])).toMatchObject({
    code: 'budget_exceeded',
    budget: { spent_usd_nanos: 95, held_usd_nanos: 0 },
  });
  await vi.waitFor(() => expect(events).toHaveLength(3));
  expect(events.map(({ type, data }) => [type, data['percent']])).toEqual([
    ['budget.threshold', 50],
    ['budget.threshold', 90],
    ['budget.exceeded', 100],
  ]);
  expect(new Set(events.map(({ once }) => once)).size).toBe(3);
});

it('whoever waits is let in as soon as the money is free, and refused when it never is', async () => {
  const { name } = await createScope(budgetOf(100));
  const [a, b] = [await createKey(), await createKey()];
  await port.admit(a, askIn('a', 95, [name]), []);
  const waiting = port.admit(b, askIn('b', 50, [name], { wait_ms: 5_000 }), []);
  await port.settle(a, [settledIn('a', 10, 95, [name])]);
  expect(await waiting).toMatchObject({ kind: 'admitted' });
  expect(await port.admit(b, askIn('c', 45, [name], { wait_ms: 300 }), [])).toMatchObject({
    code: 'budget_held',
  });
});

it('objects that die forget neither what was lent nor what was let in', async () => {
  const { name, prepare, usage } = await createScope(budgetOf(1_000));
  const key_id = await createKey();
  for (let i = 0; i < 5; i++) await port.admit(key_id, askIn(`h${i}`, 100, [name]), []);
  await abortAllDurableObjects();
  await prepare();
  const { spent_usd_nanos = 0, held_usd_nanos = 0 } = (await usage()) ?? {};
  expect(spent_usd_nanos + held_usd_nanos).toBeGreaterThanOrEqual(500);
  let admitted = 0;
  for (let i = 0; i < 10; i++) {
    const answer = await port.admit(key_id, askIn(`more${i}`, 100, [name]), []);
    if (answer.kind === 'admitted') admitted++;
  }
  expect(admitted).toBeLessThanOrEqual(5);
  for (let i = 0; i < 5; i++) await port.settle(key_id, [settledIn(`h${i}`, 10, 100, [name])]);
  expect((await port.usage(key_id))?.in_flight).toBeGreaterThanOrEqual(admitted);
});

it('a lease that nobody uses goes back by the alarm', async () => {
  const { name, stub, usage } = await createScope(budgetOf(1e6));
  const key_id = await createKey();
  await port.admit(key_id, askIn('a', 100, [name]), []);
  await port.settle(key_id, [settledIn('a', 30, 100, [name])]);
  const lent = await runInDurableObject(stub, (_, state) => [
    ...state.storage.kv.list({ prefix: 'holder:' }),
  ]);
  expect(JSON.stringify(lent)).toContain('granted_usd_nanos');
  await runInDurableObject(keys.getByName(key_id), (instance: KeyLedger) => {
    const late_ms = Date.now() + 11_000;
    instance.now_ms = () => late_ms;
  });
  await runDurableObjectAlarm(keys.getByName(key_id));
  await vi.waitFor(async () => expect((await scopes.usage(name, 0))?.holders).toBe(0));
  expect(await usage()).toMatchObject({ spent_usd_nanos: 30, held_usd_nanos: 0 });
});

it('a thousand warm requests ask the shared budget a handful of times', async () => {
  const { name, exchanges } = await createScope(budgetOf(1e12));
  const key_id = await createKey();
  for (let i = 0; i < 1_000; i++) {
    const riders = i === 0 ? [] : [settledIn(`h${i - 1}`, 40, 100, [name])];
    expect((await port.admit(key_id, askIn(`h${i}`, 100, [name]), riders)).kind).toBe('admitted');
  }
  const asked = await exchanges();
  console.log(`${asked} calls of the shared budget for 1000 requests`);
  expect(asked).toBeLessThanOrEqual(20);
});

it('where no budget is set the request is let in, nothing is stored, and nobody asks again', async () => {
  const name = `org${made++}/user/nobody`;
  const stub = bindings.SCOPE_LEDGER.getByName(name);
  await runInDurableObject(stub, (instance: ScopeLedger) => {
    instance.source = async () => null;
  });
  const key_id = await createKey();
  for (let i = 0; i < 5; i++)
    expect((await port.admit(key_id, askIn(`h${i}`, 100, [name]), [])).kind).toBe('admitted');
  expect(await runInDurableObject(stub, (instance: ScopeLedger) => instance.exchanges)).toBe(1);
  expect(await runInDurableObject(stub, (_, state) => [...state.storage.kv.list()])).toEqual([]);
  expect(await scopes.usage(name, 0)).toBeNull();
});

it('a shared budget that cannot be read lets nobody in', async () => {
  const { name, stub } = await createScope(budgetOf(100));
  await runInDurableObject(stub, (instance: ScopeLedger) => {
    instance.source = () => Promise.reject(new Error('D1 is away'));
  });
  const key_id = await createKey();
  await expect(port.admit(key_id, askIn('a', 1, [name]), [])).rejects.toThrow();
  expect(await inFlightOf(key_id)).toBe(0);
});

it('a limit that is lowered holds from then on, and a raised one too', async () => {
  const { name, policy } = await createScope(budgetOf(1_000));
  const key_id = await createKey();
  await port.admit(key_id, askIn('a', 100, [name]), []);
  policy.version = 2;
  policy.budgets = [budgetOf(150)];
  await scopes.refresh(name);
  expect(await port.admit(key_id, askIn('b', 100, [name], { config_version: 2 }), [])).toMatchObject({
    code: 'budget_held',
  });
  policy.version = 3;
  policy.budgets = [budgetOf(1_000)];
  expect((await port.admit(key_id, askIn('c', 100, [name], { config_version: 3 }), [])).kind).toBe(
    'admitted',
  );
});

it('a limit that was changed, or a budget that was deleted, is not shown as it was', async () => {
  const { name, policy } = await createScope(budgetOf(1_000));
  const key_id = await createKey();
  await port.admit(key_id, askIn('a', 100, [name]), []);
  expect((await scopes.usage(name, 1))?.budgets[0]?.limit_usd_nanos).toBe(1_000);
  policy.version = 2;
  policy.budgets = [budgetOf(700)];
  expect((await scopes.usage(name, 1))?.budgets[0]?.limit_usd_nanos).toBe(1_000);
  expect((await scopes.usage(name, 2))?.budgets[0]).toMatchObject({
    limit_usd_nanos: 700,
    held_usd_nanos: 100,
  });
  policy.version = 3;
  policy.budgets = [];
  expect(await scopes.usage(name, 3)).toBeNull();
});

it('a budget that was deleted and made again begins anew, with what is in flight; one that only changed hands does not', async () => {
  const total = { id: 'total', window: 'total' } as const;
  const { name, policy } = await createScope(budgetOf(1_000, total));
  policy.stored_ids = { total: ['each'] };
  const key_id = await createKey();
  await port.admit(key_id, askIn('a', 100, [name]), []);
  await port.admit(key_id, askIn('b', 50, [name]), []);
  await port.settle(key_id, [settledIn('a', 90, 100, [name])]);
  const at = async (version: number, ids: string[]) => {
    Object.assign(policy, { version, stored_ids: { total: ids } });
    return (await scopes.usage(name, version))?.budgets[0];
  };
  // The subject gets one of its own in place of the one for each, which is deleted then.
  expect(await at(2, ['each', 'own'])).toMatchObject({ spent_usd_nanos: 90, held_usd_nanos: 50 });
  expect(await at(3, ['own'])).toMatchObject({ spent_usd_nanos: 90, held_usd_nanos: 50 });
  // Nobody saw it gone: it was deleted and made again between two requests.
  const anew = await at(4, ['again']);
  // What the lease from before may still spend counts as spent; what it had spent does not.
  expect(anew).toMatchObject({
    held_usd_nanos: 0,
    remaining_usd_nanos: 1_000 - (anew?.spent_usd_nanos ?? 0),
  });
  await port.settle(key_id, [settledIn('b', 20, 50, [name])]);
  expect((await port.admit(key_id, askIn('c', 10, [name], { config_version: 4 }), [])).kind).toBe('admitted');
  expect(await at(4, ['again'])).toMatchObject({
    held_usd_nanos: 10,
    spent_usd_nanos: anew?.spent_usd_nanos,
  });
});

it('headers show the tightest of the own and the shared budgets, without another call', async () => {
  const { name, exchanges } = await createScope(budgetOf(10_000));
  const key_id = await createKey([budgetOf(100_000, { id: 'own' })]);
  const remaining = async (hold_id: string) => {
    const answer = await port.admit(key_id, askIn(hold_id, 100, [name]), []);
    return answer.kind === 'policy_changed' ? null : answer.limits;
  };
  expect(await remaining('a')).toMatchObject({
    budget_remaining_usd_nanos: 9_900,
    budget_held_usd_nanos: 100,
  });
  const before = await exchanges();
  expect(await remaining('b')).toMatchObject({
    budget_remaining_usd_nanos: 9_800,
    budget_held_usd_nanos: 200,
  });
  expect(await exchanges()).toBe(before);
  const own = await createKey([budgetOf(300, { id: 'own' })]);
  const answer = await port.admit(own, askIn('c', 100, [name]), []);
  expect(answer).toMatchObject({ limits: { budget_remaining_usd_nanos: 200, budget_held_usd_nanos: 100 } });
});
