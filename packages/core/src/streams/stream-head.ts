import type {
  AnswerEvent,
  AnyProtocol,
  ProviderFailure,
  StreamDecoder,
  StreamParser,
} from '@sluice/contract';
import { failureOf } from '../calling/failures.ts';
import { LINE_CHARS_MAX } from './open-stream.ts';

/** What was read of a stream up to its first content, in the form that the rest of it will be read in. */
export type StreamHead =
  | { kind: 'raw'; text: string; decoder: TextDecoder; ended: boolean }
  | { kind: 'parsed'; events: AnswerEvent[]; parser: StreamParser; decoder: StreamDecoder; ended: boolean };

/**
 * A stream that goes to the client untouched, from its first byte on, and our own branch of it. The head is read from
 * ours, and a BYOB reader can stay with it to the end.
 */
export interface Tee {
  client: ReadableStream<Uint8Array>;
  own: ReadableStream<Uint8Array>;
  reader: ReadableStreamBYOBReader;
}

export function teeOf(body: ReadableStream<Uint8Array>): Tee {
  const [client, own] = body.tee();
  return { client, own, reader: own.getReader({ mode: 'byob' }) };
}

/** Reads what is there, or waits for the next chunk. */
export type ReadNext = () => Promise<ReadableStreamReadResult<Uint8Array>>;

const HEAD_BYTES = 1 << 12;

export const readNextOf = (reader: ReadableStreamBYOBReader): ReadNext => {
  return () => reader.read(new Uint8Array(HEAD_BYTES));
};

export type HeadRead = { head: StreamHead } | { failure: ProviderFailure };

/**
 * Reads until something is there that a client can see: until then any failure may still move to another target.
 * Roles, pings and empty deltas do not count.
 * @throws whatever the connection fails with.
 */
export function readHead(
  readNext: ReadNext,
  protocol: AnyProtocol,
  pass_through: boolean,
  status: number,
): Promise<HeadRead> {
  const scan = pass_through ? protocol.pass_through : undefined;
  return scan === undefined ? readParsed(readNext, protocol, status) : readRaw(readNext, scan, status);
}

const truncated = (status: number): { failure: ProviderFailure } => ({
  failure: failureOf('truncated', 'The stream ended before any content.', status),
});

const tooLong = (status: number): { failure: ProviderFailure } => ({
  failure: failureOf('malformed', 'The stream began with more than a model could mean.', status),
});

async function readRaw(
  readNext: ReadNext,
  scan: NonNullable<AnyProtocol['pass_through']>,
  status: number,
): Promise<HeadRead> {
  // The byte order mark is the client's to judge: the bytes are passed on as they are.
  const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
  let text = '';
  for (;;) {
    const { done, value } = await readNext();
    if (done) break;
    text += decoder.decode(value, { stream: true });
    const { content, failure } = scan.scanHead(text);
    if (failure !== null) return { failure };
    if (content) return { head: { kind: 'raw', text, decoder, ended: false } };
    if (text.length > (scan.line_chars_max ?? LINE_CHARS_MAX)) return tooLong(status);
  }
  const whole = scan.scanStream(text);
  if (whole.failure !== null) return { failure: whole.failure };
  return whole.complete ? { head: { kind: 'raw', text, decoder, ended: true } } : truncated(status);
}

async function readParsed(readNext: ReadNext, protocol: AnyProtocol, status: number): Promise<HeadRead> {
  const parser = protocol.createStreamParser();
  const decoder = protocol.createDecoder?.() ?? new TextDecoder();
  const events: AnswerEvent[] = [];
  let bytes = 0;
  for (let done = false; !done; ) {
    const read = await readNext();
    done = read.done;
    if (!read.done) bytes += read.value.byteLength;
    const found = read.done ? endOfText(parser, decoder) : parser.push(decoder.decode(read.value, STREAMING));
    let content = false;
    for (const event of found) {
      // A failure after content in the same read is the stream's to tell, not a reason to try elsewhere.
      if (event.type === 'error' && !content) return { failure: event.failure };
      content ||= isContent(event);
      events.push(event);
    }
    if (content) return { head: { kind: 'parsed', events, parser, decoder, ended: done } };
    if (bytes > (protocol.pass_through?.line_chars_max ?? LINE_CHARS_MAX)) return tooLong(status);
  }
  return truncated(status);
}

const STREAMING = { stream: true };

/** The events that only the end of the bytes completes. */
export function endOfText(parser: StreamParser, decoder: StreamDecoder): AnswerEvent[] {
  const rest = decoder.decode();
  const found = rest === '' ? [] : parser.push(rest);
  return [...found, ...parser.end()];
}

function isContent(event: AnswerEvent): boolean {
  switch (event.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return event.text !== '';
    case 'reasoning_detail':
    case 'tool_call':
    case 'tool_arguments':
    case 'image':
    case 'annotation':
    case 'finish':
      return true;
    case 'start':
    case 'logprobs':
    case 'usage':
    case 'error':
      return false;
  }
}
