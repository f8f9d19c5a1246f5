import { createExecutionContext, createMessageBatch, getQueueResult, reset } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import type { TraceRecord } from '@sluice/contract';
import { beforeEach, expect, test } from 'vitest';
import { verifyReceipts } from '../../../verify-receipt/src/verify-receipts.js';
import { type ChainPlace, createReceiptSigner, type ReceiptSigner } from '../crypto/receipt-signer.ts';
import { migrate } from '../d1/migrate.ts';
import { createTraceStore } from '../d1/traces.ts';
import type { Env } from '../env.ts';
import { consumeTraces } from './consume-traces.ts';
import { traceFixture } from './trace-fixture.ts';

const { DB } = bindings as unknown as Env;
const SEED = 'A'.repeat(43);
const OTHER = `${'B'.repeat(42)}A`;

function requireSigner(keys: string): ReceiptSigner {
  const signer = createReceiptSigner({ SLUICE_RECEIPT_KEYS: keys });
  if (signer === null) throw new Error('a key was given');
  return signer;
}

const signer = requireSigner(`one:${SEED}`);
const render = ({ request_id, status }: TraceRecord) => ({ request_id, status });

beforeEach(async () => {
  await reset();
  await migrate(DB);
});

const trace = (at: number, key_id = 'keyA') =>
  traceFixture({ request_id: `req_${key_id}_${at}`, key_id, at_ms: 1_000_000 + at });

const placeOf = (receipt: Record<string, unknown> = {}): ChainPlace =>
  (receipt['signature'] as { chain: ChainPlace }).chain;

let messages = 0;
async function deliver(records: TraceRecord[], by = signer, db = DB) {
  const id = `m${messages++}`;
  const body = JSON.stringify({ version: 1, records, unsettled: [] });
  const batch = createMessageBatch('sluice-traces', [{ id, timestamp: new Date(0), attempts: 1, body }]);
  const TRACES_DEAD = { send: async () => null };
  await consumeTraces(batch, {
    DB: db,
    TRACES_DEAD,
    settle: async () => {},
    receipts: { render, signer: by },
  });
  return await getQueueResult(batch, createExecutionContext());
}

const chainOf = async (key_id: string) =>
  (await createTraceStore(DB).chain('org_default', key_id, 1_000, 0)).map(({ receipt }) => receipt);

const range = (from: number, to: number, key_id?: string) =>
  Array.from({ length: to - from }, (_, at) => trace(from + at, key_id));

test('the receipts of a key are one chain without a gap, whatever comes twice or at once', async () => {
  await deliver([...range(0, 5), ...range(0, 3, 'keyB')]);
  await deliver([...range(0, 5), ...range(5, 8)]);
  const results = await Promise.all([deliver(range(8, 20)), deliver(range(14, 30)), deliver(range(25, 40))]);
  expect(results.map(({ explicitAcks }) => explicitAcks.length)).toEqual([1, 1, 1]);
  const a = await chainOf('keyA');
  const found = verifyReceipts([...a, ...(await chainOf('keyB'))], await signer.publicKeys());
  expect(found.problems).toEqual([]);
  expect(found.findings.flatMap(({ problems }) => problems)).toEqual([]);
  expect(found.chains).toEqual([
    { key_id: 'keyA', from: 1, to: 40 },
    { key_id: 'keyB', from: 1, to: 3 },
  ]);
  expect(new Set(a.map((receipt) => receipt['request_id'])).size).toBe(40);
});

test('a consumer that another one overtook reads the chain again, and never forks it', async () => {
  await deliver(range(0, 2));
  let overtaken = false;
  const slow = new Proxy(DB, {
    get(target, name) {
      if (name !== 'batch') return Reflect.get(target, name).bind(target);
      return async (statements: D1PreparedStatement[]) => {
        // The second batch writes: the heads were read before.
        if (statements.length > 2 && !overtaken) {
          overtaken = true;
          await deliver(range(2, 4));
        }
        return await target.batch(statements);
      };
    },
  });
  await deliver(range(4, 6), signer, slow);
  expect(overtaken).toBe(true);
  const found = verifyReceipts(await chainOf('keyA'), await signer.publicKeys());
  expect(found.problems).toEqual([]);
  expect(found.chains).toEqual([{ key_id: 'keyA', from: 1, to: 6 }]);
});

test('a receipt that is taken out, changed or put in shows', async () => {
  await deliver(range(0, 6));
  const chain = await chainOf('keyA');
  const keys = await signer.publicKeys();
  const without = chain.filter((_, at) => at !== 2);
  expect(verifyReceipts(without, keys).problems).toEqual([expect.stringContaining('receipt 3 is missing')]);
  const changed = chain.map((receipt, at) => (at === 2 ? { ...receipt, status: 201 } : receipt));
  expect(verifyReceipts(changed, keys).findings[2]?.problems).toEqual([
    expect.stringContaining('does not match'),
  ]);
  // Whoever has the signing key cannot exchange one without signing all that follow anew.
  const forged = await signer.sign(
    { request_id: 'req_x', status: 200 },
    {
      key_id: 'keyA',
      sequence: 3,
      previous_hash: placeOf(chain[2]).previous_hash,
    },
  );
  const replaced = chain.map((receipt, at) => (at === 2 ? forged.receipt : receipt));
  expect(verifyReceipts(replaced, keys).problems).toEqual([expect.stringContaining('does not follow')]);
});

test('keys of before stay published and verify, as a seed or as its public half; the chain goes on', async () => {
  await deliver(range(0, 3));
  const [jwk] = (await signer.publicKeys()).keys;
  const rotated = requireSigner(`two:${OTHER},one:public:${jwk?.x}`);
  await deliver(range(3, 5), rotated);
  const keys = await rotated.publicKeys();
  expect(keys.keys.map(({ kid }) => kid)).toEqual(['two', 'one']);
  expect(keys.keys[1]).toEqual(jwk);
  const found = verifyReceipts(await chainOf('keyA'), keys);
  expect([...found.problems, ...found.findings.flatMap(({ problems }) => problems)]).toEqual([]);
  expect(found.chains).toEqual([{ key_id: 'keyA', from: 1, to: 5 }]);
  expect(JSON.stringify(keys)).not.toContain(SEED);
  expect(() => createReceiptSigner({ SLUICE_RECEIPT_KEYS: `two:public:${OTHER}` })).toThrow(
    'SLUICE_RECEIPT_KEYS',
  );
  expect(() => createReceiptSigner({ SLUICE_RECEIPT_KEYS: 'nonsense' })).toThrow('SLUICE_RECEIPT_KEYS');
  expect(createReceiptSigner({})).toBeNull();
});

test('a key was last used when its newest receipt says, and no other organization learns of it', async () => {
  await deliver([...range(0, 5), ...range(0, 3, 'keyB')]);
  const store = createTraceStore(DB);
  expect([...(await store.lastUsed('org_default', ['keyA', 'keyB', 'unused']))]).toEqual([
    ['keyA', 1_000_004],
    ['keyB', 1_000_002],
  ]);
  expect([...(await store.lastUsed('org_other', ['keyA']))]).toEqual([]);
});

test('a receipt that cannot be signed keeps no trace from being stored, and leaves no gap', async () => {
  let signs = 0;
  const failing: ReceiptSigner = {
    ...signer,
    sign: async (receipt, chain) => {
      if (++signs === 2) throw new Error('no such algorithm');
      return await signer.sign(receipt, chain);
    },
  };
  expect((await deliver(range(0, 3), failing)).explicitAcks).toHaveLength(1);
  expect(await DB.prepare('SELECT count(*) AS traces FROM traces').first()).toEqual({ traces: 3 });
  expect((await chainOf('keyA')).map((receipt) => placeOf(receipt).sequence)).toEqual([1, 2]);
});
