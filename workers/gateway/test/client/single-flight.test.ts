import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import {
  type Attempt,
  attemptsOn,
  base_url,
  createVirtualKey,
  eventually,
  keyView,
  openaiFor,
  receiptOf,
} from './harness.ts';

let serial = 0;
/** A slow answer to a question that nobody else asks. */
const question = (chunks = 20, delay_ms = 60): string =>
  `[sim chunks=${chunks} delay_ms=${delay_ms}] Tell of the river ${Date.now().toString(36)}-${serial++}-`;

const attemptsFor = async (text: string): Promise<Attempt[]> =>
  (await attemptsOn('gpt-4o-mini')).filter(({ request_body }) => JSON.stringify(request_body).includes(text));

const cachedKey = (cache: Record<string, unknown> = {}) =>
  createVirtualKey({ cache: { enabled: true, ...cache }, limits: { total_usd: 5 } });

interface Streamed {
  id: string;
  text: string;
  cache: string | null;
  /** Clock of the first word and of the end. */
  first_at: number;
  ended_at: number;
}

async function stream(
  key: string,
  content: string,
  { signal, leave_after }: { signal?: AbortSignal; leave_after?: number } = {},
): Promise<Streamed> {
  const { data, response } = await openaiFor(key)
    .chat.completions.create(
      { model: 'gpt-4o-mini', messages: [{ role: 'user', content }], stream: true },
      signal === undefined ? {} : { signal },
    )
    .withResponse();
  const seen: Streamed = {
    id: response.headers.get('x-request-id') ?? '',
    cache: response.headers.get('x-cache'),
    text: '',
    first_at: 0,
    ended_at: 0,
  };
  let words = 0;
  for await (const chunk of data) {
    const text = chunk.choices[0]?.delta.content ?? '';
    if (text !== '' && seen.first_at === 0) seen.first_at = performance.now();
    if (text !== '') words += 1;
    seen.text += text;
    if (words === leave_after) break;
  }
  seen.ended_at = performance.now();
  return seen;
}

/** Everything is settled: nothing held, and what was spent. */
async function spentOf(key: string): Promise<number> {
  const { budgets } = await eventually(
    () => keyView(key),
    ({ limits, budgets: [budget] }) => limits.in_flight === 0 && budget?.held_usd === 0,
  );
  expect(budgets[0]?.held_usd).toBe(0);
  return budgets[0]?.spent_usd ?? Number.NaN;
}

interface Told {
  cache: { status: string; kind: string | null; saved_usd: number | null };
  cost: { provider_cost_usd: number };
  ending: string;
}
const told = async (key: string, id: string): Promise<Told> => (await receiptOf(key, id)) as unknown as Told;

describe('identical streams at the same time', () => {
  it('are one call for twenty official clients, each with the whole answer, a receipt of its own and one charge in all', async () => {
    const { secret } = await cachedKey();
    const text = question();
    const all = await Promise.all(Array.from({ length: 20 }, () => stream(secret, text)));
    expect(await attemptsFor(text)).toHaveLength(1);
    expect(new Set(all.map((one) => one.text)).size).toBe(1);
    expect(all[0]?.text.length).toBeGreaterThan(40);
    expect(new Set(all.map(({ id }) => id)).size).toBe(20);
    const spent = await spentOf(secret);
    const receipts = await Promise.all(all.map(({ id }) => told(secret, id)));
    const paid = receipts.filter(({ cost }) => cost.provider_cost_usd > 0);
    expect(paid).toHaveLength(1);
    expect(paid[0]?.cost.provider_cost_usd).toBeCloseTo(spent, 12);
    const followers = receipts.filter(({ cache }) => cache.kind === 'flight');
    expect(followers).toHaveLength(19);
    for (const { cache } of followers) expect(cache.saved_usd).toBeCloseTo(spent, 12);
  });

  it('show a follower its first word while the first one is still being told', async () => {
    const { secret } = await cachedKey();
    const text = question(30, 80);
    const first = stream(secret, text);
    await eventually(
      () => attemptsFor(text),
      ([attempt]) => (attempt?.chunks_sent ?? 0) > 3,
    );
    const [leader, follower] = await Promise.all([first, stream(secret, text)]);
    expect(follower.text).toBe(leader.text);
    expect(follower.first_at).toBeLessThan(leader.ended_at);
    expect(follower.cache).toBe('hit');
    expect(await attemptsFor(text)).toHaveLength(1);
  });

  it('come to other doors in their own shape', async () => {
    const { secret } = await cachedKey();
    const text = question();
    const { messages } = new Anthropic({ baseURL: base_url, apiKey: secret, maxRetries: 0 });
    const first = openaiFor(secret).chat.completions.create({
      model: 'gpt-4o-mini',
      max_tokens: 300,
      messages: [{ role: 'user', content: text }],
      stream: true,
    });
    let leading = '';
    const reading = (async () => {
      for await (const chunk of await first) leading += chunk.choices[0]?.delta.content ?? '';
    })();
    await eventually(
      () => attemptsFor(text),
      (attempts) => attempts.length > 0,
    );
    let following = '';
    for await (const event of messages.stream({
      model: 'gpt-4o-mini',
      max_tokens: 300,
      messages: [{ role: 'user', content: text }],
    }))
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta')
        following += event.delta.text;
    await reading;
    expect(following).toBe(leading);
    expect(await attemptsFor(text)).toHaveLength(1);
  });

  it('go on for the others when the first client leaves, who pays for the answer alone', async () => {
    const { secret } = await cachedKey();
    const text = question(30, 80);
    const first = stream(secret, text, { leave_after: 4 });
    await eventually(
      () => attemptsFor(text),
      ([attempt]) => (attempt?.chunks_sent ?? 0) > 0,
    );
    const [left, ...followers] = await Promise.all([first, stream(secret, text), stream(secret, text)]);
    const attempts = await attemptsFor(text);
    expect(attempts).toHaveLength(1);
    expect(attempts[0]?.client_closed).toBe(false);
    for (const { text: whole, ended_at } of followers) {
      expect(whole.length).toBeGreaterThan(left.text.length);
      expect(whole.startsWith(left.text)).toBe(true);
      expect(ended_at).toBeGreaterThan(left.ended_at);
    }
    const spent = await spentOf(secret);
    const paid = await told(secret, left.id);
    expect(paid.ending).toBe('complete');
    expect(paid.cost.provider_cost_usd).toBeCloseTo(spent, 12);
    expect(spent).toBeGreaterThan(0);
  });

  it('end upstream as soon as nobody listens any more', async () => {
    const { secret } = await cachedKey();
    const text = question(60, 100);
    const first = stream(secret, text, { leave_after: 5 });
    await eventually(
      () => attemptsFor(text),
      ([attempt]) => (attempt?.chunks_sent ?? 0) > 0,
    );
    await Promise.all([first, stream(secret, text, { leave_after: 8 })]);
    const [attempt] = await eventually(
      () => attemptsFor(text),
      ([one]) => one?.client_closed === true,
    );
    expect(attempt?.client_closed).toBe(true);
    expect(attempt?.chunks_sent).toBeLessThan(60);
    await spentOf(secret);
  });

  it('end upstream when the only client leaves', async () => {
    const { secret } = await cachedKey();
    const text = question(60, 100);
    await stream(secret, text, { leave_after: 3 });
    const [attempt] = await eventually(
      () => attemptsFor(text),
      ([one]) => one?.client_closed === true,
    );
    expect(attempt?.client_closed).toBe(true);
    await spentOf(secret);
  });

  it('each ask for themselves where single flight is off', async () => {
    const { secret } = await cachedKey({ single_flight: false });
    const text = question(6, 60);
    await Promise.all([1, 2, 3].map(() => stream(secret, text)));
    expect(await attemptsFor(text)).toHaveLength(3);
  });
});
