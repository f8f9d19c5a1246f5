import { type CallAsk, type CallResult, noUsage, type StreamEnd } from '@sluice/contract';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { askFor, bed, inTime, type Script, target, upstream } from '../calling/call-test-bed.ts';
import { call } from '../stages/call.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const SOUND = [new Uint8Array([1, 2, 3]), new Uint8Array([255, 0]), new Uint8Array([7])];

/** A target whose answers are sound, priced by five units. */
function speaking(name: string) {
  const made = target(name);
  const protocol = {
    ...made.provider.protocol,
    answers: 'bytes' as const,
    usageOf: () => ({ ...noUsage(), units: 5 }),
  };
  return { ...made, provider: { ...made.provider, protocol } };
}

async function open(script: Script, more: Partial<CallAsk> = {}) {
  const { fetch, sent } = upstream({ a: [script], b: [{ chunks: [new Uint8Array([9])] }] });
  const made = bed(fetch);
  const ask = askFor([speaking('a'), speaking('b')], { stream: false, ...more });
  const result = (await inTime(call(ask, made.ports))) as CallResult;
  if (result.kind !== 'stream') throw new Error(result.kind);
  return { ...made, sent, result };
}

type Opened = Awaited<ReturnType<typeof open>>;

/** The bytes that came, and whether the body then ended or broke off. */
async function read({
  result,
  background,
}: Opened): Promise<{ bytes: number[]; broke: boolean; end: StreamEnd }> {
  const bytes: number[] = [];
  let broke = false;
  const reading = (async () => {
    try {
      for await (const chunk of result.body as unknown as AsyncIterable<Uint8Array>) bytes.push(...chunk);
    } catch {
      broke = true;
    }
  })();
  const [, end] = await inTime(Promise.all([reading, result.ended]));
  await inTime(Promise.all(background));
  return { bytes, broke, end };
}

const HEADERS = { 'content-type': 'audio/mpeg' };

it('sends bytes on as they come, billed by what the request said', async () => {
  const opened = await open({ chunks: SOUND, every_ms: 20, headers: HEADERS });
  expect(opened.result.content_type).toBe('audio/mpeg');
  const { bytes, broke, end } = await read(opened);
  expect({ bytes, broke }).toEqual({ bytes: [1, 2, 3, 255, 0, 7], broke: false });
  expect(end).toMatchObject({ ending: 'complete', failure: null, usage: { units: 5, estimated: false } });
  expect(opened.outcomes).toMatchObject([{ result: 'success' }]);
  expect(vi.getTimerCount()).toBe(0);
});

it('breaks the body off where the provider did, so that a part is not taken for the whole', async () => {
  const opened = await open({ chunks: SOUND, every_ms: 20, headers: HEADERS, last: 'reset' });
  const { broke, end } = await read(opened);
  expect(broke).toBe(true);
  expect(end).toMatchObject({ ending: 'truncated', failure: { kind: 'truncated' }, usage: { units: 5 } });
});

it('ends a provider that stands still by the idle deadline', async () => {
  const opened = await open({ chunks: SOUND, every_ms: 20, headers: HEADERS, last: 'hang' });
  const begun_ms = Date.now();
  const { broke, end } = await read(opened);
  expect(Date.now() - begun_ms).toBeLessThan(1_000);
  expect(broke).toBe(true);
  expect(end).toMatchObject({ ending: 'truncated', failure: { kind: 'timeout' } });
  expect(opened.sent[0]?.aborted).toBe(true);
});

it('ends the call of a client that has gone, and bills it', async () => {
  const gone = new AbortController();
  const script: Script = { chunks: SOUND, every_ms: 20, headers: HEADERS, last: 'hang' };
  const opened = await open(script, { client_gone: gone.signal });
  setTimeout(() => gone.abort(), 50);
  const { end } = await read(opened);
  expect(end).toMatchObject({ ending: 'aborted', usage: { units: 5 } });
  expect(opened.outcomes).toMatchObject([{ result: 'neutral' }]);
});
