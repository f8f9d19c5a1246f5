import { type Profiler, Session } from 'node:inspector';
import { countingExec, regexSteps } from './counting-regex-fixture.ts';

/** Whose blocks are counted: the detectors, and the libraries that do their work. */
const COUNTED = /\/guards\/(?!.*(?:fixture|test)\.ts)|\/re2js|\/libphonenumber-js/;

const session = new Session();
session.connect();

function ask<T>(method: string, params: object = {}): T {
  let answer: T | undefined;
  // Of a session to the own thread the answer comes before `post` returns.
  (session.post as (name: string, params: object, told: (error: Error | null, result?: T) => void) => void)(
    method,
    params,
    (error, result) => {
      if (error !== null) throw error;
      answer = result;
    },
  );
  return answer as T;
}

// Before what is counted is compiled, and for good: else V8 counts only what it has not yet made fast. So this comes
// first among the imports of a test.
ask('Profiler.enable');
ask('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

let scanned = 0;
const { exec } = RegExp.prototype;
const native = {
  indexOf: String.prototype.indexOf,
  lastIndexOf: String.prototype.lastIndexOf,
  includes: String.prototype.includes,
  fill: Uint32Array.prototype.fill,
} as const;

/** What runs inside of a call that no block of ours counts: searches of strings, regular expressions, filling. */
function watch(): void {
  RegExp.prototype.exec = countingExec(exec);
  String.prototype.indexOf = function (what, from) {
    const at = native.indexOf.call(this, what, from);
    scanned += (at < 0 ? this.length : at) - Math.min(from ?? 0, this.length) + 1;
    return at;
  };
  String.prototype.includes = function (what, from) {
    const at = native.indexOf.call(this, what, from);
    scanned += (at < 0 ? this.length : at) - Math.min(from ?? 0, this.length) + 1;
    return at >= 0;
  };
  String.prototype.lastIndexOf = function (what, from) {
    const at = native.lastIndexOf.call(this, what, from ?? Number.POSITIVE_INFINITY);
    scanned += this.length - Math.max(at, 0) + 1;
    return at;
  };
  for (const { prototype } of TYPED)
    prototype.fill = function (this: Uint32Array, value: number, start?: number, end?: number) {
      scanned += (end ?? this.length) - (start ?? 0);
      return native.fill.call(this, value, start, end);
    } as never;
}
const TYPED = [Uint32Array, Int32Array, Uint8Array, Uint16Array] as const;

function unwatch(): void {
  RegExp.prototype.exec = exec;
  Object.assign(String.prototype, {
    indexOf: native.indexOf,
    lastIndexOf: native.lastIndexOf,
    includes: native.includes,
  });
  for (const { prototype } of TYPED) prototype.fill = native.fill as never;
}

/**
 * How much work something is, as a count that is the same on every machine: how often each block of the detectors and
 * of their libraries was run, the steps of a backtracking matcher for their regular expressions, and the characters
 * that searches went over. Time says the same less surely.
 */
export function countWork(work: () => unknown): number {
  ask('Profiler.takePreciseCoverage');
  scanned = 0;
  regexSteps.count = 0;
  watch();
  try {
    work();
  } finally {
    unwatch();
  }
  const { result } = ask<Profiler.TakePreciseCoverageReturnType>('Profiler.takePreciseCoverage');
  let blocks = 0;
  for (const { url, functions } of result)
    if (COUNTED.test(url))
      // Without the whole of each function: calls of one that V8 has put into its caller are not counted.
      for (const { ranges } of functions)
        for (let at = 1; at < ranges.length; at++) blocks += ranges[at]?.count ?? 0;
  return blocks + scanned + regexSteps.count;
}
