import { migrate } from '@sluice/cloudflare/d1/migrate';
import type { GuardPolicy, TraceRecord } from '@sluice/contract';
import { beforeAll, expect, it, vi } from 'vitest';
import {
  budget,
  chunkOf,
  createGatewayFixture,
  DONE,
  healthy,
  hello,
  realEnv,
  settledUsage,
  silent,
  streamed,
  USAGE_CHUNK,
  wholeAnswer,
} from './gateway-fixture.ts';
import { withGuards } from './guards-fixture.ts';

beforeAll(() => migrate(realEnv.DB));

const REQUESTS = 240;
const AT_ONCE = 40;
const FATES = [
  'hit',
  'hit streamed',
  'ok',
  'blocked',
  'redacted',
  'blocked answer',
  'leaves',
  'leaves a flight',
  'fails',
  'breaks',
  'unknown',
  'repeated',
] as const;

const guardOf = (name: string, more: Partial<GuardPolicy>): GuardPolicy => ({
  name,
  enabled: true,
  position: 0,
  keys: [],
  assistants: [],
  sides: ['input'],
  action: 'block',
  on_failure: null,
  rule: { kind: 'words', words: ['forbidden'], case_sensitive: false } as unknown as GuardPolicy['rule'],
  ...more,
});

it('of every fate, hits, flights, repeats and guards among them, leave no hold, and the ledger is the sum of its traces', async () => {
  const texts: string[] = [];
  const made = createGatewayFixture({
    upstream: (call) => {
      const text = JSON.stringify(call.body['messages']);
      if (text.includes('fails')) return new Response('{"error":{"message":"no"}}', { status: 500 });
      if (text.includes('"leaves')) return silent(call);
      if (text.includes('say it'))
        return call.body['stream'] === true
          ? streamed([chunkOf({ content: 'a word' }), chunkOf({}, 'stop'), USAGE_CHUNK, DONE])
          : wholeAnswer('a word');
      if (text.includes('breaks')) return streamed([chunkOf({ content: 'word' })], 'break');
      if (text.includes('flight')) return streamed([chunkOf({ content: 'word' })], call.signal);
      return healthy(call);
    },
    connections: [{ id: 'sad', provider: 'openai', models: ['gpt-4.1', 'gpt-4.1-mini'] }],
    env: {
      TRACES: {
        send: async (message: string) => {
          texts.push(message);
        },
      } as unknown as Queue,
    },
  });
  const { secret, stub, key_id } = await made.createVirtualKey({
    budgets: [budget(1e12)],
    cache: { enabled: true },
  });
  await withGuards([
    guardOf('words', { keys: [key_id] }),
    guardOf('answers', {
      keys: [key_id],
      sides: ['output'],
      rule: { kind: 'words', words: ['word'], case_sensitive: false } as unknown as GuardPolicy['rule'],
    }),
    guardOf('mails', {
      keys: [key_id],
      action: 'redact',
      rule: { kind: 'pii', types: ['email'], custom: [], phone_regions: ['US'], restore: false },
    }),
  ]);
  const statuses = new Map<string, number>();
  let hits = 0;

  async function once(i: number): Promise<void> {
    const fate = FATES[i % FATES.length] ?? 'ok';
    const turn = Math.floor(i / FATES.length);
    const words: Record<string, string> = {
      hit: `hit ${turn % 3}`,
      'hit streamed': `hit ${turn % 3}`,
      blocked: `forbidden ${i}`,
      redacted: `write to jane.doe${i}@example.com`,
      'blocked answer': `say it ${i}`,
      'leaves a flight': `flight ${turn % 5}`,
      repeated: 'repeated',
    };
    const leaving = new AbortController();
    const body = {
      ...hello(
        fate === 'fails'
          ? 'gpt-4.1-mini'
          : fate === 'breaks'
            ? 'gpt-4.1'
            : fate === 'unknown'
              ? 'none'
              : 'gpt-4o-mini',
        { stream: fate === 'hit streamed' || fate === 'leaves a flight' || fate === 'breaks' || i % 2 === 0 },
      ),
      messages: [{ role: 'user', content: words[fate] ?? (fate === 'leaves' ? 'leaves' : `${fate} ${i}`) }],
    };
    const request = new Request('http://gateway/v1/chat/completions', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${secret}`,
        'content-type': 'application/json',
        ...(fate === 'repeated' ? { 'idempotency-key': `soak-${made.serial}-${turn % 3}-${i % 2}` } : {}),
      },
      body: JSON.stringify(body),
      signal: leaving.signal,
    });
    const answering = Promise.resolve(made.gateway.fetch(request)).catch(() => null);
    if (fate === 'leaves' || fate === 'leaves a flight') setTimeout(() => leaving.abort(), 20);
    const response = await answering;
    statuses.set(fate, response?.status ?? 0);
    if (response?.headers.get('x-cache') === 'hit') hits += 1;
    await response?.text().catch(() => undefined);
  }

  for (let start = 0; start < REQUESTS; start += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => once(start + i)));

  expect(Object.fromEntries(statuses)).toMatchObject({
    hit: 200,
    'hit streamed': 200,
    ok: 200,
    blocked: 422,
  });
  expect(hits).toBeGreaterThan(REQUESTS / 12);
  const usage = await settledUsage(stub, 15_000);
  const spent = usage.budgets[0]?.spent_usd_nanos ?? Number.NaN;
  expect(spent).toBeGreaterThan(0);
  const tracesOf = (): TraceRecord[] =>
    texts.flatMap((text) => (JSON.parse(text) as { records: TraceRecord[] }).records);
  // Refusals are traced as far as their cap allows.
  const traces = await vi.waitFor(
    () => {
      const all = tracesOf();
      const sum = all.reduce((total, { settled_usd_nanos }) => total + settled_usd_nanos, 0);
      expect(sum - spent).toBe(0);
      return all;
    },
    { timeout: 5_000, interval: 50 },
  );
  expect(traces.length).toBeGreaterThan(REQUESTS / 2);
  for (const { cache, settled_usd_nanos } of traces)
    if (cache !== undefined) expect(settled_usd_nanos).toBe(0);
}, 60_000);
