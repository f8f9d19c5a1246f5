import type { CallAsk, CallResult, Target } from '@sluice/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call } from '../stages/call.ts';
import { askFor, bed, inTime, type Script, sse, target, upstream } from './call-test-bed.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const FIRST = 'The harbour keeps the water level ';
const MIDDLE = 'before noon, when the second lock opens each gate in turn and a boat goes by, and ';
const BODIES = new Map<string, unknown>();

/** Streams its words, then ends as it is told. */
const says = (...words: string[]): Script => ({
  chunks: [...words.map((t) => sse({ t })), sse({ f: 'stop' }, { u: [7, 3] }, '[DONE]')],
});
const breaksAfter = (text: string, last: NonNullable<Script['last']> = 'close'): Script => ({
  chunks: [sse({ role: true }), sse({ t: text }), sse({ u: [5, 2] })],
  last,
});

async function run(
  scripts: Record<string, Script[]>,
  plan: Target[],
  more: Partial<CallAsk> = {},
): Promise<{
  text: string;
  end: Awaited<Extract<CallResult, { kind: 'stream' }>['ended']>;
  hosts: string[];
  outcomes: string[];
}> {
  const { fetch, sent } = upstream(scripts);
  const { ports, outcomes } = bed(async (url, init) => {
    BODIES.set(new URL(url).hostname, init.body);
    return fetch(url, init);
  });
  const ask = askFor(plan, { stream_failover: 'continue', asked_timeouts: {}, ...more });
  const result = await inTime(call(ask, ports));
  if (result.kind !== 'stream') throw new Error(result.kind);
  const text = await inTime(new Response(result.body).text());
  const end = await inTime(result.ended);
  return {
    text,
    end,
    hosts: sent.map(({ url }) => new URL(url).hostname.split('.')[0] ?? ''),
    outcomes: outcomes.map(({ connection_id, result: how }) => `${connection_id} ${how}`),
  };
}

/** The words that the client saw, whether passed on or translated. */
const words = (text: string): string =>
  [...text.matchAll(/data: (?:<(.*?)>\n|\{"t":("(?:[^"\\]|\\.)*"))/gs)]
    .map(([, plain, json]) => plain ?? JSON.parse(json ?? '""'))
    .join('');

const WAYS: [string, Target, Partial<CallAsk>][] = [
  ['passed on', target('a'), {}],
  ['filtered', target('a', 'chat-completions', 'adds-usage'), { include_usage: false }],
  ['translated', target('a', 'anthropic'), {}],
];

describe.each(WAYS)('a stream that is %s', (_name, first, more) => {
  it.each(['close', 'reset', 'hang'] as const)(
    'and dies (%s) is finished by the next target in the same stream',
    async (last) => {
      const { text, end, hosts, outcomes } = await run(
        { a: [breaksAfter(FIRST, last)], b: [says('before noon, and nobody minds that at all.')] },
        [first, target('b')],
        more,
      );
      expect(words(text)).toBe(`${FIRST}before noon, and nobody minds that at all.`);
      expect(text).not.toContain('error');
      expect(text.match(/\[DONE\]/g)).toHaveLength(1);
      expect(hosts).toEqual(['a', 'b']);
      expect(end.ending).toBe('complete');
      expect(end.attempts.map(({ role, provider }) => `${role} ${provider}`)).toEqual([
        'first a',
        'continuation b',
      ]);
      expect(end.attempts[0]?.error).toBe(last === 'hang' ? 'timeout' : 'truncated');
      expect(end.target?.connection.id).toBe('conn_b');
      expect(outcomes).toEqual(['conn_a failure', 'conn_b success']);
    },
  );

  it('is billed with both parts, each at its own target', async () => {
    const { end } = await run(
      { a: [breaksAfter(FIRST)], b: [says('before noon, and nobody minds that at all.')] },
      [first, target('b')],
      more,
    );
    expect(end.legs?.map(({ target: { connection } }) => connection.id)).toEqual(['conn_a', 'conn_b']);
    expect(end.legs?.[1]?.usage).toMatchObject({ input_tokens: 7, output_tokens: 3 });
    expect(end.usage).toMatchObject({
      input_tokens: 12,
      output_tokens: 3 + (end.legs?.[0]?.usage.output_tokens ?? 0),
    });
  });

  it('ends in an error event where the next target gives another answer', async () => {
    const { text, end } = await run(
      {
        a: [breaksAfter(FIRST)],
        b: [
          says('The harbour keeps the water lev', 'er than anybody thought, which is a fine thing to say.'),
        ],
      },
      [first, target('b')],
      more,
    );
    expect(words(text)).toBe(FIRST);
    expect(text).toContain('provider_stream_broken');
    expect(text).not.toContain('[DONE]');
    expect(end.ending).toBe('truncated');
    expect(end.legs).toHaveLength(2);
  });

  it('ends in an error event where nobody is left, or where it is not wanted', async () => {
    const dead = await run({ a: [breaksAfter(FIRST)], b: [{ status: 503 }] }, [first, target('b')], more);
    expect(dead.text).toContain('provider_stream_broken');
    expect(dead.end.ending).toBe('truncated');
    const stop = await run({ a: [breaksAfter(FIRST)], b: [says('never')] }, [first, target('b')], {
      ...more,
      stream_failover: 'stop',
    });
    expect(stop.hosts).toEqual(['a']);
    const unseen = await run({ a: [breaksAfter(FIRST)], b: [says('never')] }, [first, target('b')], {
      ...more,
      stream_failover: 'restart_if_unseen',
    });
    expect(unseen.hosts).toEqual(['a']);
  });

  it('is handed on a second time when its successor dies, too', async () => {
    const { text, end } = await run(
      {
        a: [breaksAfter(FIRST)],
        b: [breaksAfter(MIDDLE)],
        c: [says('nobody minds that at all.')],
      },
      [first, target('b'), target('c')],
      more,
    );
    expect(words(text)).toBe(`${FIRST}${MIDDLE}nobody minds that at all.`);
    expect(end.legs).toHaveLength(3);
  });

  it('is not handed on where the hold cannot pay for two', async () => {
    const priced = { ...target('b'), prices: PRICES };
    const { hosts, text } = await run(
      { a: [breaksAfter(FIRST)], b: [says('never')] },
      [{ ...first, prices: PRICES }, priced],
      { ...more, hold: { usd_nanos: 60, cache_1h: false, audio: false } },
    );
    expect(hosts).toEqual(['a']);
    expect(text).toContain('provider_stream_broken');
  });
});

const PRICES: Target['prices'] = {
  input: 1_000_000,
  output: 2_000_000,
  cache_read: null,
  cache_write: null,
  cache_write_1h: null,
  reasoning: null,
  input_audio: null,
  output_audio: null,
  per_request: null,
  tiers: [],
};

it('one event that cannot be read is a break where somebody can fill the gap', async () => {
  const { text, end } = await run(
    {
      a: [
        { chunks: [sse({ t: FIRST }), 'data: {"t":"lost\n\n', sse({ t: 'rest' }, { f: 'stop' }, '[DONE]')] },
      ],
      b: [says('before noon, and nobody minds that at all.')],
    },
    [target('a', 'anthropic'), target('b')],
  );
  expect(words(text)).toBe(`${FIRST}before noon, and nobody minds that at all.`);
  expect(end.attempts[0]?.error).toBe('malformed');
});

it('a provider that keeps the connection open after its finish is not waited for', async () => {
  for (const wire of ['chat-completions', 'anthropic'] as const) {
    const began = Date.now();
    const { end } = await run(
      { a: [{ chunks: [sse({ t: 'all of it' }, { f: 'stop' })], last: 'hang' }] },
      [target('a', wire)],
      { timeouts: { first_byte_ms: 30_000, idle_ms: 60_000, total_ms: 600_000 } },
    );
    expect(end.ending).toBe('complete');
    expect(Date.now() - began).toBeLessThan(6_000);
  }
});

describe('a second target asked beside the first', () => {
  const HEDGE = { hedge_after_ms: 100 };

  it('answers where the first stays silent, which is let go and paid', async () => {
    const { text, end, hosts } = await run(
      { a: [{ never: 'silent' }], b: [says('from b')] },
      [target('a'), target('b')],
      HEDGE,
    );
    expect(words(text)).toBe('from b');
    expect(hosts).toEqual(['a', 'b']);
    expect(end.attempts.map(({ role, lost }) => [role, lost ?? false])).toEqual([
      ['first', true],
      ['hedge', false],
    ]);
    expect(end.legs?.map(({ usage }) => usage.input_tokens)).toEqual([20, 7]);
  });

  it('is not asked where the first is quick', async () => {
    const { hosts } = await run({ a: [says('quick')], b: [says('b')] }, [target('a'), target('b')], HEDGE);
    expect(hosts).toEqual(['a']);
  });

  it('leaves the first its answer where that comes first after all', async () => {
    const slow: Script = { ...says('', 'from a'), every_ms: 150 };
    const { text, end } = await run(
      { a: [slow], b: [{ never: 'silent' }] },
      [target('a'), target('b')],
      HEDGE,
    );
    expect(words(text)).toBe('from a');
    expect(end.attempts[1]).toMatchObject({ role: 'hedge', lost: true });
  });
});

it('headers go out with comments where nothing comes for long, and the answer follows', async () => {
  const timeouts = { first_byte_ms: 60_000, idle_ms: 60_000, total_ms: 600_000 };
  const late: Script = { ...says('', 'late'), every_ms: 20_000 };
  const { text, end } = await run({ a: [late] }, [target('a')], { timeouts });
  expect(text).toMatch(/^: keep-alive\n\n/);
  expect(words(text)).toBe('late');
  expect(end.ending).toBe('complete');
  const silent = await run({ a: [{ never: 'silent' }] }, [target('a')], { timeouts });
  expect(silent.text).toContain('provider_timeout');
  expect(silent.end.error?.code).toBe('provider_timeout');
});
