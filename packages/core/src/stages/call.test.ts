import type { CallResult, ProtocolId } from '@sluice/contract';
import { DOOR_NOTES, targetKey } from '@sluice/contract';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  askFor,
  bed,
  HEALTHY,
  inTime,
  type Script,
  sse,
  target,
  upstream,
} from '../calling/call-test-bed.ts';
import { call } from './call.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const GOOD: Script = {
  chunks: [
    sse({ role: true }),
    sse({ t: 'hello ' }),
    sse({ t: 'world' }, { f: 'stop' }, { u: [7, 2] }, '[DONE]'),
  ],
};
const WHOLE: Script = {
  headers: { 'content-type': 'application/json' },
  chunks: ['{"t":"hi","f":"stop","u":[7,2]}'],
};

function requireKind<K extends CallResult['kind']>(
  result: CallResult,
  kind: K,
): Extract<CallResult, { kind: K }> {
  if (result.kind !== kind)
    throw new Error(`${result.kind}: ${result.kind === 'failed' ? result.error.message : ''}`);
  return result as Extract<CallResult, { kind: K }>;
}

const BEFORE_CONTENT: [string, Script, string][] = [
  ['a refused connection', { never: 'refused' }, 'network'],
  ['silence', { never: 'silent' }, 'timeout'],
  ['headers, then silence', { chunks: [], last: 'hang' }, 'timeout'],
  ['a role, then silence', { chunks: [sse({ role: true })], last: 'hang' }, 'timeout'],
  ['an empty delta, then a clean end', { chunks: [sse({ t: '' })] }, 'truncated'],
  ['a role, then a clean end', { chunks: [sse({ role: true })] }, 'truncated'],
  ['a role, then a reset', { chunks: [sse({ role: true })], last: 'reset' }, 'network'],
  ['503', { status: 503 }, 'overloaded'],
  ['a redirect', { status: 302, headers: { location: 'https://inside.test' } }, 'network'],
  ['401', { status: 401 }, 'auth'],
  ['429', { status: 429, headers: { 'retry-after': '60' } }, 'rate_limited'],
  ['an error event', { chunks: [sse({ role: true }, { e: 'overloaded' })] }, 'overloaded'],
  [
    'a JSON error with status 200',
    { headers: { 'content-type': 'application/json' }, chunks: ['{"e":"overloaded"}'] },
    'overloaded',
  ],
  ['HTML', { headers: { 'content-type': 'text/html' }, chunks: ['<html>'] }, 'malformed'],
  ['a giant line', { chunks: [`data: ${'x'.repeat(2 << 20)}`], last: 'hang' }, 'malformed'],
];

for (const wire of ['chat-completions', 'gemini'] as ProtocolId[])
  it.each(BEFORE_CONTENT)(`falls back before content on %s (${wire})`, async (_name, script, kind) => {
    const { fetch, sent } = upstream({ a: [script], b: [GOOD] });
    const { ports, outcomes } = bed(fetch);
    const result = requireKind(
      await inTime(call(askFor([target('a', wire), target('b', wire)]), ports)),
      'stream',
    );
    expect(result.attempts[0]?.error).toBe(kind);
    expect(result.target?.connection.id).toBe('conn_b');
    const [text, end] = await inTime(Promise.all([new Response(result.body).text(), result.ended]));
    expect(text).toContain('world');
    expect(end.ending).toBe('complete');
    expect(outcomes).toHaveLength(result.attempts.length);
    expect(sent.filter(({ url }) => url.includes('//a.')).length).toBeLessThanOrEqual(2);
  });

it('sends only headers of its own making, to the connection, and asks for an uncompressed stream', async () => {
  const { fetch, sent } = upstream({ a: [GOOD] });
  requireKind(await inTime(call(askFor([target('a')]), bed(fetch).ports)), 'stream');
  expect(sent[0]?.url).toBe('https://a.test/v1/go');
  expect(sent[0]?.headers).toEqual({
    'content-type': 'application/json',
    'x-llm-gateway-hops': '1',
    'x-wire': 'chat-completions',
    authorization: 'Bearer key-a',
    'accept-encoding': 'identity',
  });
});

it('skips open, cooled and fully probed targets at no call, and says when the soonest is back', async () => {
  const { fetch, sent } = upstream({});
  const known = { ttft_ms_p50: null, latency_ms_p50: null, tokens_per_second: null, error_ratio: null };
  const targets = {
    [targetKey('conn_a', 'model-a')]: {
      ...known,
      breaker: 'open',
      retry_at_ms: 1_009_000,
      cooled_until_ms: null,
    },
    [targetKey('conn_b', 'model-b')]: {
      ...known,
      breaker: 'closed',
      retry_at_ms: null,
      cooled_until_ms: 1_004_000,
    },
  } as const;
  const { ports, outcomes } = bed(fetch, { peek: () => ({ ...HEALTHY, targets }) });
  const result = requireKind(await call(askFor([target('a'), target('b')]), ports), 'failed');
  expect(result.error).toMatchObject({ code: 'no_provider_available', retry_after_ms: 4_000 });
  expect({ sent: sent.length, billed: result.sent, outcomes: outcomes.length }).toEqual({
    sent: 0,
    billed: false,
    outcomes: 0,
  });
});

it('asks for a permit where a target is half open, and hands it back with the outcome', async () => {
  const { fetch } = upstream({ a: [WHOLE] });
  const half = {
    breaker: 'half_open',
    retry_at_ms: null,
    cooled_until_ms: null,
    ttft_ms_p50: null,
    latency_ms_p50: null,
    tokens_per_second: null,
    error_ratio: null,
  } as const;
  const { ports, outcomes } = bed(fetch, {
    peek: () => ({ ...HEALTHY, targets: { [targetKey('conn_a', 'model-a')]: half } }),
    probe: async () => ({ generation: 9 }),
  });
  const result = requireKind(await inTime(call(askFor([target('a')], { stream: false }), ports)), 'whole');
  expect(result.seen.attempts[0]?.role).toBe('probe');
  expect(outcomes).toMatchObject([{ probe: { generation: 9 }, result: 'success' }]);
});

it('a single 500 is retried at the same target', async () => {
  const { fetch, sent } = upstream({ a: [{ status: 500 }, WHOLE] });
  const result = requireKind(
    await inTime(call(askFor([target('a')], { stream: false }), bed(fetch).ports)),
    'whole',
  );
  expect(result.seen.attempts.map(({ status, role }) => [status, role])).toEqual([
    [500, 'first'],
    [200, 'retry'],
  ]);
  expect((sent[1]?.at_ms ?? 0) - (sent[0]?.at_ms ?? 0)).toBeGreaterThan(0);
});

it('a 429 is waited out at the same target only when the provider asks for two seconds or less', async () => {
  for (const [told, calls] of [
    ['2', 2],
    ['3', 1],
  ] as const) {
    const { fetch, sent } = upstream({ a: [{ status: 429, headers: { 'retry-after': told } }, WHOLE] });
    const { ports, outcomes } = bed(fetch);
    await inTime(call(askFor([target('a')], { stream: false }), ports));
    expect(sent).toHaveLength(calls);
    if (calls === 2) expect((sent[1]?.at_ms ?? 0) - (sent[0]?.at_ms ?? 0)).toBeGreaterThanOrEqual(2_000);
    expect(outcomes[0]?.cool_until_ms).not.toBeNull();
  }
});

it('the caller’s own fault stops at the first target', async () => {
  const { fetch, sent } = upstream({ a: [{ status: 400 }], b: [GOOD] });
  const { ports, outcomes } = bed(fetch);
  const result = requireKind(await inTime(call(askFor([target('a'), target('b')]), ports)), 'failed');
  expect(result.error.code).toBe('invalid_request');
  expect(sent).toHaveLength(1);
  expect(outcomes).toMatchObject([{ result: 'neutral' }]);
});

it('an unknown model moves on only to another model, and no fallback means no second target', async () => {
  const plan = [target('a', 'gemini', 'm'), target('b', 'gemini', 'm'), target('c')];
  const scripts = { a: [{ status: 404 }], b: [GOOD], c: [GOOD] };
  const first = upstream(scripts);
  const result = requireKind(await inTime(call(askFor(plan), bed(first.fetch).ports)), 'stream');
  expect(result.target?.connection.id).toBe('conn_c');
  expect(first.sent).toHaveLength(2);
  const second = upstream(scripts);
  requireKind(await inTime(call(askFor(plan, { fallback: false }), bed(second.fetch).ports)), 'failed');
  expect(second.sent).toHaveLength(1);
});

it('a target that cannot carry the request is passed over; if none can, the first says why and nothing was sent', async () => {
  const { fetch, sent } = upstream({ b: [WHOLE] });
  const cannot = target('a', 'gemini', 'cannot');
  const served = await inTime(call(askFor([cannot, target('b')], { stream: false }), bed(fetch).ports));
  expect(requireKind(served, 'whole').seen.attempts.map(({ error }) => error)).toEqual([
    'invalid_request',
    null,
  ]);
  const refused = requireKind(await inTime(call(askFor([cannot]), bed(fetch).ports)), 'failed');
  expect(refused.error.message).toBe('This target has no such thing.');
  expect(refused.sent).toBe(false);
  expect(sent).toHaveLength(1);
});

it('five hundred requests against a dead provider cause at most a fifth more calls, and three', async () => {
  const { fetch, sent } = upstream({ a: [{ status: 503 }] });
  const { ports, outcomes } = bed(fetch);
  const work = Array.from({ length: 500 }, () => call(askFor([target('a')]), ports));
  const results = await inTime(Promise.all(work));
  expect(results.every(({ kind }) => kind === 'failed')).toBe(true);
  expect(sent.length).toBeGreaterThan(500);
  expect(sent.length).toBeLessThanOrEqual(603);
  expect(outcomes).toHaveLength(sent.length);
});

it('never makes more than ten attempts', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `t${i}`);
  const { fetch, sent } = upstream(Object.fromEntries(names.map((name) => [name, [{ status: 401 }]])));
  const result = await inTime(call(askFor(names.map((name) => target(name))), bed(fetch).ports));
  expect(result.kind).toBe('failed');
  expect(sent).toHaveLength(10);
});

it('a whole answer of the same format goes on as it came, with the receipt put in', async () => {
  const { fetch } = upstream({ a: [WHOLE] });
  const receipt = vi.fn(() => '{"r":1}');
  const ask = askFor([target('a')], { stream: false, receipt });
  const result = requireKind(await inTime(call(ask, bed(fetch).ports)), 'whole');
  expect(result.body_text).toBe('{"t":"hi","f":"stop","u":[7,2],"receipt":{"r":1}}');
  expect(receipt).toHaveBeenCalledExactlyOnceWith(result.seen);
  expect(result.seen.usage).toMatchObject({ input_tokens: 7, output_tokens: 2, estimated: false });
});

it('a whole answer of another format is rendered for the door; without usage it is estimated and says so', async () => {
  const { fetch } = upstream({ a: [{ ...WHOLE, chunks: ['{"t":"12345678"}'] }] });
  const ask = askFor([target('a', 'gemini')], { stream: false, retain_content: true });
  const result = requireKind(await inTime(call(ask, bed(fetch).ports)), 'whole');
  expect(JSON.parse(result.body_text)).toEqual({ rendered: '12345678', receipt: null });
  expect(result.seen.usage).toMatchObject({ input_tokens: 20, output_tokens: 2, estimated: true });
  expect(result.seen.text).toBe('12345678');
});

it.each([
  ['garbage', ['not json'], 'malformed'],
  ['an error with status 200', ['{"e":"quota"}'], 'quota'],
  ['33 MiB', Array.from({ length: 33 }, () => new Uint8Array(1 << 20)), 'malformed'],
] as [string, (string | Uint8Array)[], string][])(
  'a whole answer of %s moves on',
  async (_name, chunks, kind) => {
    for (const wire of ['chat-completions', 'gemini'] as const) {
      const { fetch } = upstream({ a: [{ ...WHOLE, chunks }], b: [WHOLE] });
      const ask = askFor([target('a', wire), target('b', wire)], { stream: false });
      const result = requireKind(await inTime(call(ask, bed(fetch).ports)), 'whole');
      expect(result.seen.attempts[0]?.error).toBe(kind);
    }
  },
);

it.each([
  ['before the answer', { never: 'silent' }],
  ['in the middle of a whole answer', { chunks: ['{"t":'], last: 'hang' }],
  ['while a retry waits', { status: 500 }],
] as [string, Script][])(
  'a client that leaves %s ends the call at once and blames nobody',
  async (_name, script) => {
    for (const stream of [true, false]) {
      const gone = new AbortController();
      const { fetch, sent } = upstream({ a: [script], b: [GOOD] });
      const { ports, outcomes } = bed(fetch);
      const work = call(askFor([target('a'), target('b')], { stream, client_gone: gone.signal }), ports);
      await vi.advanceTimersByTimeAsync(50);
      gone.abort();
      const result = requireKind(await inTime(work, 50), 'failed');
      expect(result).toMatchObject({ aborted: true, sent: true });
      expect(sent).toHaveLength(1);
      expect(outcomes.every(({ result: what }) => script.status === 500 || what === 'neutral')).toBe(true);
      expect(outcomes).toHaveLength(1);
    }
  },
);

it('leaves no timer behind', async () => {
  const { fetch } = upstream({ a: [{ status: 500 }, WHOLE] });
  await inTime(call(askFor([target('a')], { stream: false }), bed(fetch).ports));
  expect(vi.getTimerCount()).toBe(0);
});

it('passes over targets of another format for what only the door`s own can carry, and says so', async () => {
  const { fetch, sent } = upstream({ b: [WHOLE] });
  const { ports } = bed(fetch);
  const asked = {
    model: 'm',
    [DOOR_NOTES]: {
      needs_own_format: { param: 'previous_response_id', message: 'Send the whole input instead.' },
      own_format_only: ['truncation'],
      echo: {},
    },
  };
  const plan = [target('a', 'gemini'), target('b', 'chat-completions')];
  const found = requireKind(await inTime(call(askFor(plan, { asked, stream: false }), ports)), 'whole');
  expect(sent.map(({ url }) => new URL(url).hostname)).toEqual(['b.test']);
  expect(found.seen.attempts.map(({ error }) => error)).toEqual(['invalid_request', null]);
  expect(found.dropped).toEqual([]);
  const none = requireKind(
    await inTime(call(askFor(plan.slice(0, 1), { asked, stream: false }), ports)),
    'failed',
  );
  expect(none.error).toMatchObject({ code: 'invalid_request', param: 'previous_response_id' });
});

it('reports as dropped what a target of another format goes without', async () => {
  const { ports } = bed(upstream({ a: [WHOLE] }).fetch);
  const asked = {
    model: 'm',
    [DOOR_NOTES]: { needs_own_format: null, own_format_only: ['truncation'], echo: {} },
  };
  const ask = askFor([target('a', 'gemini')], { asked, stream: false });
  expect(requireKind(await inTime(call(ask, ports)), 'whole').dropped).toEqual(['truncation']);
});

it('a rejected credential rests its own connection for a minute, in its own organization and in no other', async () => {
  const { fetch } = upstream({ a: [{ status: 401 }], b: [GOOD] });
  const reported: [string, string, number | null, boolean | undefined][] = [];
  const { ports } = bed(fetch, {
    report: (organization_id, { connection_id, cool_until_ms, result, rejected }) => {
      if (result !== 'success') reported.push([organization_id, connection_id, cool_until_ms, rejected]);
    },
  });
  await inTime(call(askFor([target('a'), target('b')], { organization_id: 'org_a' }), ports));
  expect(reported).toEqual([['org_a', 'conn_a', 1_060_000, true]]);
});
