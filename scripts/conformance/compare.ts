import { isDeepStrictEqual } from 'node:util';
import type { Case } from './corpus.ts';
import type { ConformanceDoor, Observed, Tokens } from './door.ts';
import { type ExpectedAnswer, expectAnswer, parseArguments } from './expected-answer.ts';
import { expectError } from './expected-error.ts';
import type { Mode } from './modes.ts';
import { findTerminal } from './terminal.ts';

export interface Difference {
  /** What differs: the name that an exception gives. */
  check: string;
  expected: unknown;
  actual: unknown;
}

/** What the gateway itself says it counted. */
export interface Receipt {
  tokens: Tokens | null;
  estimated: boolean;
}

/** Everything in which an answer differs from the native facts of its case; empty = nothing was lost. */
export function compare(
  one: Case,
  mode: Mode,
  door: ConformanceDoor,
  seen: Observed,
  receipt: Receipt | null,
): Difference[] {
  const passed = door.native_api === one.api;
  if (one.recording.response.status !== 200) return compareError(one, door, seen);
  if (one.facts === null) return [{ check: 'facts', expected: 'facts', actual: null }];
  const expected = expectAnswer(one, one.facts, passed);
  if (!passed) tellInWordsOf(door, expected);
  if (one.facts.error !== undefined && mode.cut === null) return compareBrokenAnswer(expected, seen);
  const terminal = findTerminal(one);
  if (mode.cut !== null) {
    if (!one.streamed || mode.cut < terminal.broken_before) return compareBrokenAnswer(expected, seen);
    if (mode.cut < terminal.clean_from)
      return seen.error === null ? compareAnswer(expected, door, seen) : compareBrokenAnswer(expected, seen);
  }
  const found = compareAnswer(expected, door, seen);
  if (!passed) found.push(...compareTranslation(expected, door, seen));
  if (passed && mode.bare && seen.body_text !== one.body_text)
    found.push({ check: 'bytes', expected: one.body_text, actual: seen.body_text });
  if (mode.cut === null || mode.cut >= terminal.usage_from)
    found.push(...compareUsage(one, mode, expected, seen, receipt));
  return found;
}

/** What this door calls it, and where it puts what it has no place for. */
function tellInWordsOf({ finish, lacks }: ConformanceDoor, expected: ExpectedAnswer): void {
  if (expected.refusal !== '' && lacks.includes('refusal')) {
    expected.text += expected.refusal;
    expected.finish = 'content_filter';
  }
  if (expected.finish !== null) expected.finish = finish[expected.finish] ?? expected.finish;
}

function compareAnswer(expected: ExpectedAnswer, { lacks }: ConformanceDoor, seen: Observed): Difference[] {
  const found: Difference[] = [];
  const same = (check: string, wanted: unknown, actual: unknown): void => {
    if (!isDeepStrictEqual(wanted, actual)) found.push({ check, expected: wanted, actual });
  };
  same('status', 200, seen.status);
  // A model that failed in its answer has a status of its own there, which comes with an error.
  if (expected.finish !== 'failed') same('error', null, seen.error);
  same('broken', false, seen.broken);
  if (!lacks.includes('choices')) same('choices', expected.choices, seen.choices);
  same('text', expected.text, seen.text);
  // Parts of a summary are joined here in one way and there in another.
  same('reasoning', squeeze(expected.reasoning), squeeze(seen.reasoning));
  if (!lacks.includes('refusal')) same('refusal', expected.refusal, seen.refusal);
  same('finish', expected.finish, seen.finish);
  if (expected.id !== null && !lacks.includes('ids')) same('id', expected.id, seen.id);
  if (expected.model !== null) same('model', expected.model, seen.model);
  if (!expected.legacy_call)
    same(
      'tool_names',
      expected.tool_calls.map((call) => call.name),
      seen.tool_calls.map((call) => call.name),
    );
  for (const [index, call] of expected.tool_calls.entries()) {
    const actual = seen.tool_calls[index];
    if (actual === undefined) continue;
    if (call.id !== null) same('tool_id', call.id, actual.id);
    const read = parseArguments(actual.arguments);
    if (call.arguments === undefined && typeof read === 'string')
      found.push({ check: 'tool_arguments', expected: 'JSON', actual: read });
    else if (call.arguments !== undefined) same('tool_arguments', call.arguments, read);
  }
  return found;
}

const squeeze = (text: string): string => text.replaceAll(/\s+/g, '');

/** What only a translation can lose or get wrong: what passes through is compared by its bytes. */
function compareTranslation(
  expected: ExpectedAnswer,
  { lacks }: ConformanceDoor,
  seen: Observed,
): Difference[] {
  const found: Difference[] = [];
  for (const problem of seen.grammar) found.push({ check: 'grammar', expected: null, actual: problem });
  const ids = seen.tool_calls.map((call) => call.id);
  if (ids.includes('') || new Set(ids).size < ids.length)
    found.push({ check: 'tool_id', expected: 'one of its own for each call', actual: ids });
  if (!isDeepStrictEqual(expected.signatures, seen.signatures))
    found.push({ check: 'signature', expected: expected.signatures, actual: seen.signatures });
  if (expected.annotated && !lacks.includes('annotations') && seen.annotations === 0)
    found.push({ check: 'annotations', expected: 'at least one', actual: 0 });
  if (expected.logprobs && !lacks.includes('logprobs') && !seen.logprobs)
    found.push({ check: 'logprobs', expected: 'log probabilities', actual: null });
  return found;
}

function compareUsage(
  one: Case,
  mode: Mode,
  expected: ExpectedAnswer,
  seen: Observed,
  receipt: Receipt | null,
): Difference[] {
  const found: Difference[] = [];
  const asked = !one.streamed || mode.include_usage;
  if (asked && expected.tokens !== null && !isDeepStrictEqual(expected.tokens, seen.tokens))
    found.push({ check: 'usage', expected: expected.tokens, actual: seen.tokens });
  if (!asked && seen.usage_chunks > 0)
    found.push({ check: 'usage_unasked', expected: 0, actual: seen.usage_chunks });
  if (receipt === null) return found;
  if (expected.billed === null) {
    if (!receipt.estimated) found.push({ check: 'billed', expected: 'an estimate', actual: receipt });
  } else if (!isDeepStrictEqual({ tokens: expected.billed, estimated: false }, receipt))
    found.push({ check: 'billed', expected: expected.billed, actual: receipt });
  return found;
}

/** The provider broke off: an error, no clean end, and nothing that was not said. */
function compareBrokenAnswer(expected: ExpectedAnswer, seen: Observed): Difference[] {
  const found: Difference[] = [];
  if (seen.error === null)
    found.push({ check: 'cut_unseen', expected: 'an error', actual: seen.body_text.slice(-300) });
  if (seen.broken) found.push({ check: 'broken', expected: false, actual: true });
  if (seen.status === 200 && !seen.streamed)
    found.push({ check: 'status', expected: 'an error status', actual: 200 });
  if (seen.status !== 200) return found;
  const begins = (check: string, whole: string, part: string): void => {
    if (!whole.startsWith(part)) found.push({ check, expected: `the beginning of: ${whole}`, actual: part });
  };
  begins('text', expected.text, seen.text);
  begins('reasoning', squeeze(expected.reasoning), squeeze(seen.reasoning));
  for (const [index, call] of seen.tool_calls.entries())
    if (expected.tool_calls[index]?.name !== call.name)
      found.push({ check: 'tool_names', expected: expected.tool_calls[index]?.name, actual: call.name });
  return found;
}

function compareError(one: Case, { lacks }: ConformanceDoor, seen: Observed): Difference[] {
  const expected = expectError(one.recording.response.status, one.body_text);
  const found: Difference[] = [];
  if (seen.status !== expected.status)
    found.push({ check: 'error_status', expected: expected.status, actual: seen.status });
  if (seen.error === null || (!lacks.includes('error_codes') && seen.error.code !== expected.code))
    found.push({ check: 'error_code', expected: expected.code, actual: seen.error });
  // Words that clients look for may stand before the provider's own.
  if (expected.message !== null && !seen.error?.message.endsWith(expected.message))
    found.push({ check: 'error_message', expected: expected.message, actual: seen.error?.message ?? null });
  const key = /sk-[\w-]{8,}/.exec(seen.error?.message ?? '');
  if (key !== null) found.push({ check: 'error_message', expected: 'no credential', actual: key[0] });
  return found;
}
