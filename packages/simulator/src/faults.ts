import type { Failure } from './protocol.ts';

/** A way to fail, with the number that some take (`slow-200`, `flap-3`, `giant-8`). */
export interface Fault {
  name: FaultName;
  number: number | null;
}

/** Everything that a model name containing `sim-<fault>` can ask for. */
export const FAULTS = [
  ...['400', '401', '402', '403', '404', '408', '409', '422', '500', '503', '529'],
  ...['429', '429-retry', '429-date', '429-60s', '429-quota', '500-once', 'flap', 'context', 'prefill'],
  ...['filter', 'filter-400', 'redirect', 'html', 'html-200', 'empty', 'error-200', 'gzip', 'slow'],
  ...['reset', 'silence', 'stall-headers', 'stall', 'cut-abort', 'cut-fin', 'cut-rst'],
  ...['malformed', 'malformed-3', 'no-done', 'no-usage', 'giant', 'error-event'],
  ...['chunks', 'delay', 'tokens'],
] as const;

export type FaultName = (typeof FAULTS)[number];

const LONGEST_FIRST = [...FAULTS].sort((a, b) => b.length - a.length);
const SEGMENT = /(?:^|[^a-z0-9])sim-(.+?)(?=[-_.]sim-|$)/gi;

function findFault(text: string): Fault | null {
  for (const name of LONGEST_FIRST) {
    if (!text.startsWith(name)) continue;
    const rest = text.slice(name.length);
    if (rest !== '' && !/^[-_.@:/]/.test(rest)) continue;
    const number = /^-(\d+(?:\.\d+)?)/.exec(rest)?.[1];
    return { name, number: number === undefined ? null : Number(number) };
  }
  return null;
}

/** The faults in a model name, as `gpt-4o-mini-sim-slow-200-sim-cut-rst`, and in a directive's `fault=`. */
export function parseFaults(model: string, directive: string | null): Fault[] {
  const names = [...model.matchAll(SEGMENT)].map((match) => match[1] ?? '');
  if (directive !== null) names.push(directive);
  const faults: Fault[] = [];
  for (const name of names) {
    const fault = findFault(name.toLowerCase());
    if (fault !== null) faults.push(fault);
  }
  return faults;
}

/** The model without its faults: what decides how the vendor would treat it. */
export const baseModel = (model: string): string => model.replace(/[-_.]?sim-.*$/i, '') || model;

const BY_STATUS: Readonly<Record<string, Failure>> = {
  '400': { kind: 'invalid', message: 'The request is not valid.' },
  '401': { kind: 'auth_bad' },
  '402': { kind: 'payment' },
  '403': { kind: 'forbidden' },
  '404': { kind: 'not_found' },
  '408': { kind: 'timeout' },
  '409': { kind: 'conflict' },
  '422': { kind: 'unprocessable' },
  '429': { kind: 'rate_limited' },
  '429-retry': { kind: 'rate_limited', retry_after_ms: 1000 },
  '429-date': { kind: 'rate_limited', retry_after_ms: 2000 },
  '429-60s': { kind: 'rate_limited', retry_after_ms: 60_000 },
  '429-quota': { kind: 'quota' },
  '500': { kind: 'server' },
  '500-once': { kind: 'server' },
  '503': { kind: 'unavailable' },
  flap: { kind: 'unavailable' },
  '529': { kind: 'overloaded' },
  context: { kind: 'context' },
  'filter-400': { kind: 'filter' },
  prefill: { kind: 'prefill' },
};

/** The refusal that a fault stands for, in no vendor's words yet; `null` for faults of another sort. */
export const findFailure = (fault: Fault): Failure | null => BY_STATUS[fault.name] ?? null;

/** Headers that say when to come back. `429` alone says nothing, on purpose. */
export function retryHeaders(fault: Fault, now_ms: number): Record<string, string> {
  const ms = findFailure(fault)?.retry_after_ms;
  if (ms === undefined) return {};
  if (fault.name === '429-date') return { 'retry-after': new Date(now_ms + ms).toUTCString() };
  if (fault.name === '429-retry') return { 'retry-after': '1', 'retry-after-ms': String(ms) };
  return { 'retry-after': String(ms / 1000) };
}
