import { nothingScanned, type PassThrough, type ScannedAnswer } from '@sluice/contract';
import { isRecord } from '../chat-completions/usage.ts';
import { scanWholeAnswer } from '../scan-answer.ts';
import { findFailure, malformed } from './error.ts';
import { createFilter } from './filter.ts';
import { finishOf } from './output-reader.ts';
import { parseAnswer } from './response.ts';
import { EVENT_CHARS_MAX } from './stream.ts';
import { parseUsage } from './usage.ts';

type Json = Record<string, unknown>;

const scanAnswer: PassThrough['scanAnswer'] = (body_text) =>
  scanWholeAnswer(body_text, parseAnswer, malformed);

/** Reads a response beside a client that gets the provider's bytes as they are. */
export const passThrough: PassThrough = {
  // Images come in one event, and the last event repeats the whole answer beside all that was asked.
  line_chars_max: EVENT_CHARS_MAX,
  scanAnswer,
  scanHead,
  scanStream,
  createFilter,
};

/** A client can do something with it. That a message or a thought has begun is nothing yet. */
function isContent(event: Json): boolean {
  const type = textOf(event['type']) ?? '';
  if (type.endsWith('.delta')) return typeof event['delta'] !== 'string' || event['delta'] !== '';
  if (type === 'response.output_item.added') {
    const item = isRecord(event['item']) ? event['item'] : {};
    return item['type'] !== 'message' && item['type'] !== 'reasoning';
  }
  return (
    type === 'response.output_item.done' || type === 'response.completed' || type === 'response.incomplete'
  );
}

function scanHead(text: string): ReturnType<PassThrough['scanHead']> {
  let from = 0;
  for (;;) {
    const end = text.indexOf('\n', from);
    if (end < 0) return { content: false, failure: null };
    const event = readLine(text.slice(from, end));
    from = end + 1;
    if (event === null) continue;
    const failure = findFailure(event);
    if (failure !== null) return { content: false, failure };
    if (isContent(event)) return { content: true, failure: null };
  }
}

/**
 * Backwards from the end, where the last event says it all: usage, model, how it ended. Only of a stream that broke
 * off is every line read, to count what was seen of it.
 */
function scanStream(text: string): ScannedAnswer {
  const scanned = nothingScanned();
  let end = text.length;
  while (end > 0) {
    const start = text.lastIndexOf('\n', end - 1) + 1;
    const event = readLine(text.slice(start, end));
    end = start - 1;
    if (event === null) continue;
    const failure = findFailure(event);
    // The first of them says why; what follows repeats it.
    if (failure !== null) scanned.failure = failure;
    else if (event['type'] === 'response.completed' || event['type'] === 'response.incomplete') {
      readEnd(isRecord(event['response']) ? event['response'] : {}, scanned);
      if (scanned.usage !== null) return scanned;
    }
    if (typeof event['delta'] === 'string') scanned.output_chars += event['delta'].length;
    if (scanned.model === null && isRecord(event['response']))
      scanned.model = textOf(event['response']['model']);
  }
  return scanned;
}

function readEnd(response: Json, scanned: ScannedAnswer): void {
  const output = Array.isArray(response['output']) ? response['output'] : [];
  const has_calls = output.some(
    (item) => isRecord(item) && (item['type'] === 'function_call' || item['type'] === 'custom_tool_call'),
  );
  const { finish_reason, native } = finishOf(response, has_calls);
  scanned.finish_reason = finish_reason;
  scanned.native_finish_reason = native;
  scanned.usage = parseUsage(response['usage']);
  scanned.model = textOf(response['model']);
  scanned.complete = scanned.failure === null;
}

function readLine(line: string): Json | null {
  if (!line.startsWith('data:') || !line.includes('{')) return null;
  try {
    const parsed: unknown = JSON.parse(line.slice(5));
    return isRecord(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
