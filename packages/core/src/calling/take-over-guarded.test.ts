import type { CallResult, GuardPolicy, GuardRule } from '@sluice/contract';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OutputGuard } from '../guards/answer-guard.ts';
import { blocked, GuardRun } from '../guards/guard-run.ts';
import { selectGuards } from '../guards/guard-set.ts';
import { everyPii } from '../guards/text-guard.ts';
import { call } from '../stages/call.ts';
import { askFor, bed, inTime, type Script, sse, target, upstream } from './call-test-bed.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const policyOf = (action: GuardPolicy['action'], rule: GuardRule): GuardPolicy => ({
  name: 'one',
  enabled: true,
  position: 0,
  keys: [],
  assistants: [],
  sides: ['output'],
  action,
  on_failure: null,
  rule,
});

const says = (...words: string[]): Script => ({
  chunks: [...words.map((t) => sse({ t })), sse({ f: 'stop' }, { u: [7, 3] }, '[DONE]')],
});
const breaksAfter = (...words: string[]): Script => ({
  chunks: [sse({ role: true }), ...words.map((t) => sse({ t })), sse({ u: [5, 2] })],
  last: 'reset',
});

/** A guard on the whole text that blocks what holds `bad`, and one that redacts values. */
const WHOLE = policyOf('block', { kind: 'length', chars_max: 1_000 });
const VALUES = policyOf('redact', everyPii(['US']));

async function run(policy: GuardPolicy, scripts: Record<string, Script[]>) {
  const { fetch, sent } = upstream(scripts);
  const { ports, outcomes } = bed(fetch);
  const guards = selectGuards([policy], 'output', 'k', null);
  const guard = new OutputGuard(guards, new GuardRun(), async (judged, text) => {
    if (text.includes('bad')) throw blocked(judged, 'output');
  });
  const plan = [target('a', 'anthropic'), target('b', 'anthropic')];
  const ask = askFor(plan, { stream_failover: 'continue', asked_timeouts: {}, guard, retain_content: true });
  const result: CallResult = await inTime(call(ask, ports));
  if (result.kind !== 'stream') throw new Error(result.kind);
  const text = await inTime(new Response(result.body).text());
  const end = await inTime(result.ended);
  return {
    text,
    words: [...text.matchAll(/data: <(.*?)>\n/gs)].map(([, plain]) => plain).join(''),
    end,
    hosts: sent.map(({ url }) => new URL(url).hostname.split('.')[0] ?? ''),
    outcomes: outcomes.map(({ connection_id, result: how }) => `${connection_id} ${how}`),
  };
}

it('a stream that breaks while a guard holds all of it begins anew with the next target', async () => {
  const { text, words, end, hosts, outcomes } = await run(WHOLE, {
    a: [breaksAfter('Half of ', 'an answer')],
    b: [says('Another ', 'answer.')],
  });
  expect(words).toBe('Another answer.');
  expect(text).not.toContain('error');
  expect(text.match(/\[DONE\]/g)).toHaveLength(1);
  expect(end).toMatchObject({ ending: 'complete', text: 'Another answer.' });
  expect(end.legs).toHaveLength(2);
  expect(hosts).toEqual(['a', 'b']);
  expect(outcomes).toEqual(['conn_a failure', 'conn_b success']);
});

it('what was held of a value is not in the answer that begins in its place', async () => {
  const { words, end } = await run(VALUES, {
    a: [breaksAfter('john.doe@exam')],
    b: [says('ple.com or jane', '@example.com it is.')],
  });
  expect(words).toBe('ple.com or [EMAIL_1] it is.');
  expect(end.ending).toBe('complete');
});

it('once something was shown, nobody goes on with a guarded stream', async () => {
  const { words, text, end, hosts } = await run(VALUES, {
    a: [breaksAfter('Write to ', 'john@exam')],
    b: [says('never')],
  });
  expect(words).toBe('Write to ');
  expect(text).toContain('provider_stream_broken');
  expect(end.ending).toBe('truncated');
  expect(hosts).toEqual(['a']);
});

it('a successor that breaks too leaves the rest to the next one or to an error, and shows nothing', async () => {
  const { words, text, hosts } = await run(WHOLE, {
    a: [breaksAfter('Half')],
    b: [breaksAfter('Half again')],
  });
  expect(words).toBe('');
  expect(text).toContain('provider_stream_broken');
  expect(hosts).toEqual(['a', 'b']);
});

it('the successor is judged like the first', async () => {
  const { words, text, end, outcomes } = await run(WHOLE, {
    a: [breaksAfter('Half')],
    b: [says('A bad ', 'answer')],
  });
  expect(words).toBe('');
  expect(text).toContain('guard_blocked');
  expect(text).not.toContain('bad');
  expect(end.ending).toBe('blocked');
  expect(end.legs).toHaveLength(2);
  expect(outcomes).toEqual(['conn_a failure', 'conn_b success']);
});

it('a stream that a guard ends is no failure of its provider, and nobody is asked in its place', async () => {
  const { text, end, hosts, outcomes } = await run(policyOf('block', everyPii(['US'])), {
    a: [says('Write to john@example.com ', 'and ', 'more')],
    b: [says('never')],
  });
  expect(text).toContain('guard_blocked');
  expect(end).toMatchObject({ ending: 'blocked', failure: null });
  expect(end.attempts[0]?.error ?? null).toBeNull();
  expect(hosts).toEqual(['a']);
  expect(outcomes).toEqual(['conn_a neutral']);
});
