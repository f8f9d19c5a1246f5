import type { AnswerEvent, StreamParser } from '@sluice/contract';
import { createParser, type EventSourceParser } from 'eventsource-parser';
import { asRecord } from './lenient.ts';
import { ResponseReader } from './reader.ts';

/** Larger than elsewhere: a generated image comes whole, as base64, in one event. */
const BUFFER_CHARS_MAX = 8 * 1024 * 1024;
const MALFORMED_IN_A_ROW_MAX = 3;

/** Reads `streamGenerateContent?alt=sse`: each event is a whole response object; no event marks the end. */
export function createStreamParser(): StreamParser {
  return new GeminiStreamParser();
}

class GeminiStreamParser implements StreamParser {
  malformed = 0;
  readonly #reader = new ResponseReader();
  readonly #sse: EventSourceParser;
  #events: AnswerEvent[] = [];
  #in_a_row = 0;
  #broken = false;

  constructor() {
    this.#sse = createParser({
      maxBufferSize: BUFFER_CHARS_MAX,
      onEvent: (event) => this.#read(event.data),
      onError: (error) => {
        if (error.type === 'max-buffer-size-exceeded') this.#break('An event of the stream is too large.');
      },
    });
  }

  get complete(): boolean {
    return this.#reader.complete;
  }

  push(text: string): AnswerEvent[] {
    if (!this.#broken) this.#sse.feed(text);
    return this.#take();
  }

  /** A last event whose blank line is missing still counts; arguments of a call that never ended do not. */
  end(): AnswerEvent[] {
    if (!this.#broken) {
      this.#sse.feed('\n\n');
      this.#broken = true;
    }
    return this.#take();
  }

  #take(): AnswerEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #read(data: string): void {
    if (this.#broken || data === '[DONE]') return;
    const body = parseObject(data);
    if (body === null) {
      this.malformed++;
      this.#in_a_row++;
      if (this.#in_a_row === MALFORMED_IN_A_ROW_MAX) this.#break('The stream cannot be read as JSON events.');
      return;
    }
    this.#in_a_row = 0;
    this.#reader.read(body, this.#events);
    if (this.#reader.failure !== null) this.#broken = true;
  }

  #break(message: string): void {
    if (this.#broken) return;
    this.#broken = true;
    const failure = {
      kind: 'malformed',
      status: 200,
      message,
      code: null,
      param: null,
      retry_after_ms: null,
    } as const;
    this.#events.push({ type: 'error', failure });
  }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return null;
  }
}
