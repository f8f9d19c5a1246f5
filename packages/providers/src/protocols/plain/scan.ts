import {
  nothingScanned,
  type PassThrough,
  type ProviderFailure,
  type ScannedAnswer,
  type Usage,
} from '@sluice/contract';
import { createFilter } from '../chat-completions/filter.ts';
import { malformed } from '../chat-completions/response.ts';
import { findFailure } from '../chat-completions/stream.ts';
import { isRecord } from '../chat-completions/usage.ts';

export type Json = Record<string, unknown>;

/** What one format of whole answers and of plain event streams has to say about itself. */
export interface Reading {
  /** Of a whole body. `null` = the body does not say. */
  usageOf: (body: Json) => Usage | null;
  /** Of one event of a stream. */
  usageOfEvent?: (event: Json) => Usage | null;
  /** Whether an event is the last one that matters. */
  isEnd?: (event: Json) => boolean;
  /** Where an answer need not be JSON: what its text says. */
  usageOfText?: (text: string) => Usage | null;
}

/** Reads beside answers that the client gets untouched: failures, usage, and whether a stream came to its end. */
export function createScan(reading: Reading): PassThrough {
  return {
    scanAnswer: (text) => scanAnswer(text, reading),
    scanHead,
    scanStream: (text) => scanStream(text, reading),
    createFilter,
  };
}

function scanAnswer(text: string, reading: Reading): ScannedAnswer {
  const scanned = nothingScanned();
  const body = parseObject(text);
  if (body === null && reading.usageOfText === undefined) {
    scanned.failure = malformed('The body is not a JSON object.');
    return scanned;
  }
  if (body === null) {
    scanned.usage = reading.usageOfText?.(text) ?? null;
    scanned.complete = true;
    return scanned;
  }
  scanned.failure = findFailure(body);
  if (scanned.failure !== null) return scanned;
  scanned.usage = reading.usageOf(body);
  scanned.model = typeof body['model'] === 'string' ? body['model'] : null;
  scanned.complete = true;
  return scanned;
}

/** Any event that is no error is something a client can see. */
function scanHead(text: string): { content: boolean; failure: ProviderFailure | null } {
  for (let from = 0; ; ) {
    const end = text.indexOf('\n', from);
    if (end < 0) return { content: false, failure: null };
    const event = readLine(text.slice(from, end));
    from = end + 1;
    if (event === null) continue;
    const failure = findFailure(event);
    return { content: failure === null, failure };
  }
}

function scanStream(text: string, { usageOfEvent, isEnd }: Reading): ScannedAnswer {
  const scanned = nothingScanned();
  for (const line of text.split('\n')) {
    const event = readLine(line);
    if (event === null) {
      if (/^data:\s*\[DONE\]/.test(line)) scanned.complete = true;
      continue;
    }
    scanned.failure ??= findFailure(event);
    scanned.usage = usageOfEvent?.(event) ?? scanned.usage;
    if (isEnd?.(event) === true) scanned.complete = true;
    if (typeof event['delta'] === 'string') scanned.output_chars += event['delta'].length;
  }
  if (scanned.complete) scanned.finish_reason = 'stop';
  return scanned;
}

/** The JSON object of a `data:` line; `null` for any other line. */
export function readLine(line: string): Json | null {
  return line.startsWith('data:') ? parseObject(line.slice(5)) : null;
}

export function parseObject(text: string): Json | null {
  if (!/^\s*\{/.test(text)) return null;
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? parsed : null;
  } catch {
    return null;
  }
}
