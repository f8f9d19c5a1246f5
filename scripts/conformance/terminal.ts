import type { Case } from './corpus.ts';
import { isLoose, listOf, objectOf, parseJson, readEvents } from './loose.ts';

/** Where a recorded stream ends for good, in bytes of its text. */
export interface Terminal {
  /** A cut before here must be seen as one. Behind the last byte where the recording has no end. */
  broken_before: number;
  /** A cut from here on must look like a clean end. */
  clean_from: number;
  /** Usage is complete from here on. */
  usage_from: number;
}

/** Between the two places the blank line of the last event is missing, or a second finish: both readings are right. */
export function findTerminal(one: Case): Terminal {
  const bytes = (end: number): number => Buffer.byteLength(one.body_text.slice(0, end));
  const terminal: Terminal = {
    broken_before: Number.POSITIVE_INFINITY,
    clean_from: Number.POSITIVE_INFINITY,
    usage_from: 0,
  };
  for (const event of readEvents(one.body_text)) {
    const body = parseJson(event.data);
    if (!isLoose(body)) continue;
    if (isFinish(one, body)) {
      terminal.broken_before = Math.min(terminal.broken_before, bytes(event.data_end));
      terminal.clean_from = bytes(event.end);
    }
    if (/"(?:usage|usageMetadata)":\s*\{/.test(event.data)) terminal.usage_from = bytes(event.end);
  }
  return terminal;
}

function isFinish(one: Case, body: Record<string, unknown>): boolean {
  switch (one.api) {
    case 'chat':
      return listOf(body['choices']).some((choice) => Boolean(objectOf(choice)['finish_reason']));
    case 'messages':
      return Boolean(objectOf(body['delta'])['stop_reason']);
    case 'generateContent':
      return (
        Boolean(objectOf(body['promptFeedback'])['blockReason']) ||
        listOf(body['candidates']).some((candidate) => Boolean(objectOf(candidate)['finishReason']))
      );
    default:
      return one.api satisfies never;
  }
}
