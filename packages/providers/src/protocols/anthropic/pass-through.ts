import { nothingScanned, type PassThrough, type ScannedAnswer } from '@sluice/contract';
import { scanWholeAnswer } from '../scan-answer.ts';
import { parseErrorObject } from './error.ts';
import { createFilter } from './filter.ts';
import { parseFinishReason } from './finish-reason.ts';
import { malformed, parseAnswer } from './response.ts';
import { mergeUsage, parseUsage } from './usage.ts';
import { findString, isObject, type Json } from './wire.ts';

const scanAnswer: PassThrough['scanAnswer'] = (body_text) =>
  scanWholeAnswer(body_text, parseAnswer, malformed);

/** Reads an answer beside a client that gets the provider's bytes as they are. */
export const passThrough: PassThrough = { scanAnswer, scanHead, scanStream, createFilter };

function scanHead(text: string): ReturnType<PassThrough['scanHead']> {
  let from = 0;
  for (;;) {
    const end = text.indexOf('\n', from);
    if (end < 0) return { content: false, failure: null };
    const event = readLine(text.slice(from, end));
    from = end + 1;
    if (event === null) continue;
    const failure = failureOf(event);
    if (failure !== null) return { content: false, failure };
    if (isVisible(event)) return { content: true, failure: null };
  }
}

/** A client can see something of it. The start of a message, pings and empty blocks are nothing. */
function isVisible(event: Json): boolean {
  switch (event.type) {
    case 'content_block_start': {
      const { content_block } = event;
      if (!isObject(content_block)) return false;
      const plain = content_block.type === 'text' || content_block.type === 'thinking';
      return !plain || charsOf(content_block) > 0;
    }
    case 'content_block_delta':
      return isObject(event.delta) && Object.values(event.delta).some(isSaid);
    case 'message_delta':
      return isObject(event.delta) && typeof event.delta.stop_reason === 'string';
    case 'message_stop':
      return true;
    default:
      return false;
  }
}

const NAMES: ReadonlySet<unknown> = new Set([
  'text_delta',
  'thinking_delta',
  'signature_delta',
  'input_json_delta',
]);

/** Of a delta's members: its type alone says nothing, unless it is one that we do not know. */
function isSaid(value: unknown): boolean {
  if (typeof value !== 'string') return value !== null && value !== undefined;
  return value !== '' && !NAMES.has(value);
}

/**
 * The first event has the usage of the input, the last ones that of the output and the stop reason: what lies
 * between is read only where one of them is missing, or an error may hide there.
 */
function scanStream(text: string): ScannedAnswer {
  const scanned = nothingScanned();
  const start = findStart(text);
  scanned.model = isObject(start?.message) ? findString(start.message.model) : null;
  const reported: Json[] = [];
  // Inside the text of an answer these quotes are escaped.
  const may_hold_error = text.includes('"error"');
  let chars = 0;
  let called = false;
  /** An error stands before the end, which then is none. */
  let broken = false;
  let end = text.length;
  while (end > 0) {
    const from = text.lastIndexOf('\n', end - 1) + 1;
    const event = readLine(text.slice(from, end));
    end = from - 1;
    if (event === null) continue;
    switch (event.type) {
      case 'message_delta': {
        if (isObject(event.usage)) reported.unshift(event.usage);
        const stop_reason = isObject(event.delta) ? findString(event.delta.stop_reason) : null;
        if (stop_reason !== null) scanned.native_finish_reason ??= stop_reason;
        break;
      }
      case 'message_stop':
        scanned.complete = true;
        break;
      case 'content_block_start':
        if (isObject(event.content_block)) {
          called ||= event.content_block.type === 'tool_use';
          chars += charsOf(event.content_block);
        }
        break;
      case 'content_block_delta':
        if (isObject(event.delta)) chars += charsOf(event.delta);
        break;
      default: {
        const failure = failureOf(event);
        if (failure === null) break;
        scanned.failure = failure;
        broken ||= scanned.complete || scanned.native_finish_reason !== null;
      }
    }
    if (scanned.native_finish_reason !== null && reported.length > 0 && !may_hold_error) break;
  }
  const { native_finish_reason } = scanned;
  if (native_finish_reason !== null) {
    scanned.finish_reason = parseFinishReason(
      native_finish_reason,
      called || native_finish_reason === 'tool_use',
    );
    scanned.complete = true;
  }
  if (broken) scanned.complete = false;
  // After the end nothing counts.
  else if (scanned.complete) scanned.failure = null;
  let usage = mergeUsage(null, isObject(start?.message) ? start.message.usage : null);
  for (const report of reported) usage = mergeUsage(usage, report);
  scanned.usage = parseUsage(usage);
  scanned.output_chars = chars;
  return scanned;
}

function findStart(text: string): Json | null {
  const at = text.indexOf('message_start');
  if (at < 0) return null;
  let from = text.lastIndexOf('\n', at) + 1;
  // The name stands in the `event:` line first, and in the data of the next.
  for (let line = 0; line < 3; line += 1) {
    const end = text.indexOf('\n', from);
    const event = readLine(text.slice(from, end < 0 ? text.length : end));
    if (event?.type === 'message_start') return event;
    if (end < 0) return null;
    from = end + 1;
  }
  return null;
}

function failureOf(event: Json): ReturnType<typeof parseErrorObject> | null {
  return event.type === 'error' || isObject(event.error) ? parseErrorObject(200, event) : null;
}

/** Characters that a model wrote: of a block or a delta. */
function charsOf(block: unknown): number {
  if (!isObject(block)) return 0;
  const { text, thinking, partial_json, input } = block;
  let chars = 0;
  for (const written of [text, thinking, partial_json])
    if (typeof written === 'string') chars += written.length;
  if (isObject(input) && Object.keys(input).length > 0) chars += JSON.stringify(input).length;
  return chars;
}

/** The JSON object of a `data:` line; `null` for any other line. */
function readLine(line: string): Json | null {
  if (!line.startsWith('data:') || !line.includes('{')) return null;
  try {
    const event: unknown = JSON.parse(line.slice(5));
    return isObject(event) ? event : null;
  } catch {
    return null;
  }
}
