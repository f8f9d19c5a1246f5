import type { EmbedderPort, Prices } from '@sluice/contract';
import { expect, it } from 'vitest';
import { EmbeddingBill } from './embedding-bill.ts';

const PRICES = {
  input: 20_000_000,
  output: null,
  cache_read: null,
  cache_write: null,
  cache_write_1h: null,
  reasoning: null,
  input_audio: null,
  output_audio: null,
  per_request: null,
  tiers: [],
} satisfies Prices;
const SPENT = { provider: 'openai', model: 'small', input_tokens: 5, cost_usd_nanos: 100 };

const embedder = (prices?: Prices | null): Promise<EmbedderPort> =>
  Promise.resolve({ id: 'e', embed: async () => [], ...(prices === undefined ? {} : { prices }) });
const none = Promise.resolve(null);
const words = Promise.resolve('five words of a question');
const NOT_AGAIN = 'nobody may say that';

it('what a vector costs at most is known before anything is asked; without a price, that nobody knows', async () => {
  const worst = async (...of: [Prices | null] | []): Promise<number | null> => {
    const bill = new EmbeddingBill(none);
    await bill.open(embedder(...of), words);
    return bill.worst_usd_nanos;
  };
  expect(await worst(PRICES)).toBe((24 + 8) * 20);
  expect(await worst(null)).toBeNull();
  // The deployment's own.
  expect(await worst()).toBe(0);
});

it.each([
  ['the request is not admitted', none, (bill: EmbeddingBill) => bill.close()],
  ['its money may not be spent', none, (bill: EmbeddingBill) => bill.decide(NOT_AGAIN)],
  ['an exact answer is found', Promise.resolve({}), (bill: EmbeddingBill) => bill.decide(null)],
  [
    'the look-up is over',
    none,
    (bill: EmbeddingBill) => {
      bill.decide(null);
      bill.close();
    },
  ],
])('nothing is asked where %s', async (_, exact, end) => {
  const bill = new EmbeddingBill(exact);
  let asked = 0;
  const paying = bill.pay(async () => {
    asked += 1;
  });
  end(bill);
  expect(await paying).toBeNull();
  expect([asked, bill.spent, bill.pending]).toEqual([0, null, null]);
});

it('nothing is asked before the request is admitted, and what it cost is kept although it fails then', async () => {
  const bill = new EmbeddingBill(none);
  let asked = 0;
  const paying = bill
    .pay(async (spend) => {
      asked += 1;
      spend(SPENT);
      throw new Error('no vectors');
    })
    .catch(() => 'failed');
  await Promise.resolve();
  expect(asked).toBe(0);
  bill.decide(null);
  expect(await paying).toBe('failed');
  expect(bill.spent).toEqual(SPENT);
  await bill.pending;
});
