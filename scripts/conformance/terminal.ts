import type { Case } from './corpus.ts';
import { listOf, objectOf } from './loose.ts';
import type { RecordedEvent } from './recorded-events.ts';

/** Where a recorded stream ends for good, in bytes. */
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
  const terminal: Terminal = {
    broken_before: Number.POSITIVE_INFINITY,
    clean_from: Number.POSITIVE_INFINITY,
    usage_from: 0,
  };
  for (const event of one.events) {
    if (event.body === null) continue;
    if (isFinish(one, event)) {
      terminal.broken_before = Math.min(terminal.broken_before, event.data_end);
      terminal.clean_from = event.end;
    }
    if (/"(?:usage|usageMetadata)":\s*\{/.test(event.text)) terminal.usage_from = event.end;
  }
  return terminal;
}

function isFinish(one: Case, { name, body: found }: RecordedEvent): boolean {
  const body = found ?? {};
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
    case 'responses':
      return /^response\.(?:completed|incomplete)$/.test(String(body['type']));
    case 'converse':
      return name === 'messageStop';
    case 'cohere':
      return body['type'] === 'message-end';
    default:
      return one.api satisfies never;
  }
}
