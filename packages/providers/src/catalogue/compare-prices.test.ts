import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePrices } from './compare-prices.ts';
import { PRICE_PROVIDERS, readPriceBook } from './price-book.ts';
import { fetchPriceSource, parsePriceSource } from './read-price-source.ts';
import type { PriceEntry, PriceRow } from './shrink-entry.ts';

const entry = (id: string, prices: PriceEntry['prices'], match = { starts_with: id }): PriceEntry => ({
  id,
  match,
  prices,
});
const doubtOf = (before: PriceRow, after: PriceEntry['prices']) =>
  comparePrices('p', { models: [entry('m', before)] }, [entry('m', after)])[0]?.doubt;

describe('a price that', () => {
  it.each<[string, PriceRow, PriceEntry['prices']]>([
    ['falls to 0', { input_mtok: 1 }, { input_mtok: 0 }],
    ['rises from 0', { input_mtok: 0 }, { input_mtok: 1 }],
    ['rises tenfold', { input_mtok: 0.3 }, { input_mtok: 3 }],
    ['falls tenfold', { output_mtok: 3 }, { output_mtok: 0.3 }],
    ['is gone', { input_mtok: 1, output_mtok: 2 }, { input_mtok: 1 }],
    [
      'moves tenfold in one tier',
      { input_mtok: { base: 1, tiers: [{ start: 200_000, price: 2 }] } },
      { input_mtok: { base: 1, tiers: [{ start: 200_000, price: 20 }] } },
    ],
    [
      'falls to 0 from some day on',
      { input_mtok: 1 },
      [
        { prices: { input_mtok: 1 } },
        { constraint: { type: 'start_date', start_date: '2027-01-01' }, prices: { input_mtok: 0 } },
      ],
    ],
  ])('%s waits for a person', (_what, before, after) => {
    expect(doubtOf(before, after)).toEqual(expect.any(String));
  });

  it.each<[string, PriceRow, PriceEntry['prices']]>([
    ['halves', { input_mtok: 1 }, { input_mtok: 0.5 }],
    ['rises ninefold', { input_mtok: 1 }, { input_mtok: 9 }],
    ['gets a cached one beside it', { input_mtok: 1 }, { input_mtok: 1, cache_read_mtok: 0.1 }],
    ['gets a tier', { input_mtok: 1 }, { input_mtok: { base: 1, tiers: [{ start: 9, price: 2 }] } }],
    [
      'changes on a day',
      { input_mtok: 1 },
      [
        { prices: { input_mtok: 1 } },
        { constraint: { type: 'start_date', start_date: '2027-01-01' }, prices: { input_mtok: 2 } },
      ],
    ],
  ])('%s is believed', (_what, before, after) => {
    expect(doubtOf(before, after)).toBeNull();
  });

  it('moves by less than tenfold is believed, by more is not, whatever it was', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 1000, noNaN: true }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        (price, ratio) => {
          fc.pre(Math.abs(Math.log10(ratio) - 1) > 1e-6 && Math.abs(Math.log10(ratio) + 1) > 1e-6);
          const doubt = doubtOf({ input_mtok: price }, { input_mtok: price * ratio });
          if (price * ratio === price) expect(doubt).toBeUndefined();
          else expect(doubt === null).toBe(ratio < 10 && ratio > 0.1);
        },
      ),
    );
  });
});

describe('models', () => {
  const book = { models: [entry('big', { input_mtok: 10 }), entry('small', { input_mtok: 0.1 })] };

  it('that are new come with their price, unless it is nothing', () => {
    const news = comparePrices('p', book, [
      entry('new', { input_mtok: 1, output_mtok: 2 }),
      entry('free', { input_mtok: 0, output_mtok: 0 }),
      entry('unpriced', {}),
    ]);
    expect(news.map(({ after, doubt }) => [after.id, doubt])).toEqual([
      ['new', null],
      ['free', expect.stringContaining('0')],
    ]);
  });

  it('that the source no longer has keep their price', () => {
    expect(comparePrices('p', book, [])).toEqual([]);
    expect(comparePrices('p', book, [entry('big', { input_mtok: 10 })])).toEqual([]);
  });

  it('do not come to another model’s absurd price by a rule that got wider', () => {
    const wide = entry('big', { input_mtok: 10 }, { starts_with: 'b' });
    expect(comparePrices('p', book, [wide])[0]?.doubt).toBeNull();
    const grabbing: PriceEntry = {
      ...entry('big', { input_mtok: 10 }),
      match: { or: [{ equals: 'big' }, { equals: 'small' }] },
    };
    expect(comparePrices('p', book, [grabbing])[0]?.doubt).toContain('small');
  });

  it('are the same however their members are ordered', () => {
    const turned: PriceEntry = { prices: { input_mtok: 10 }, match: { starts_with: 'big' }, id: 'big' };
    expect(comparePrices('p', book, [turned])).toEqual([]);
  });
});

describe('the public source', () => {
  const model = { id: 'm', match: { equals: 'm' }, prices: { input_mtok: 1, web_searches_kcount: 10 } };
  const list = (models: unknown) => [{ id: 'openai', models }];

  it('is read as the package writes it, constraints without a kind included', () => {
    const dated = {
      id: 'd',
      match: { or: [{ starts_with: 'd' }, { regex: '^x' }] },
      context_window: 1000,
      prices: [
        { prices: { input_mtok: 1 } },
        { constraint: { start_date: '2027-01-01' }, prices: { input_mtok: 2 } },
        { constraint: { start_time: '16:30:00Z', end_time: '00:30:00Z' }, prices: { input_mtok: 3 } },
      ],
    };
    const { entries, unreadable } = parsePriceSource(list([model, dated]), ['openai', 'groq']);
    expect(unreadable).toBe(0);
    expect([...entries.keys()]).toEqual(['openai']);
    expect(entries.get('openai')).toMatchObject([
      { id: 'm', prices: { input_mtok: 1 } },
      {
        id: 'd',
        context_tokens: 1000,
        prices: [{}, { constraint: { type: 'start_date' } }, { constraint: { type: 'time_of_date' } }],
      },
    ]);
  });

  it.each([
    ['no object', 7],
    ['no id', { ...model, id: undefined }],
    ['no rule', { ...model, match: {} }],
    ['a rule that is none', { ...model, match: { regex: '(' } }],
    ['a price below nothing', { ...model, prices: { input_mtok: -1 } }],
    ['a price in words', { ...model, prices: { input_mtok: '1' } }],
    ['a price beyond belief', { ...model, prices: { input_mtok: 1e9 } }],
    ['a tier without a start', { ...model, prices: { input_mtok: { base: 1, tiers: [{ price: 1 }] } } }],
    ['an unknown constraint', { ...model, prices: [{ constraint: { moon: 'full' }, prices: {} }] }],
  ])('with %s in it is read without that', (_what, broken) => {
    const { entries, unreadable } = parsePriceSource(list([broken, model]), ['openai']);
    expect(unreadable).toBe(1);
    expect(entries.get('openai')).toHaveLength(1);
  });

  it.each([null, {}, 'x', [], [{ id: 'nobody', models: [] }], [{ id: 'openai' }]])(
    'that is no list of our providers (%j) is not used at all',
    (data) => {
      expect(() => parsePriceSource(data, ['openai'])).toThrow();
    },
  );

  it('says the same as the package when it is the package: no difference to itself', () => {
    for (const id of PRICE_PROVIDERS) {
      const book = readPriceBook(id, []);
      expect(book && comparePrices(id, book, book.models)).toEqual([]);
    }
  });

  it.each([
    ['not found', () => new Response('no', { status: 404 })],
    ['not JSON', () => new Response('<html>')],
    ['cut short', () => new Response('[{"id":"openai","models":[{"id":"m"')],
    ['without end', () => new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(4e6)) }))],
  ])('that is %s is an error, and no price', async (_what, respond) => {
    await expect(fetchPriceSource(async () => respond(), 'https://x.test/', ['openai'])).rejects.toThrow();
  });
});
