import type { AnswerEvent, StreamParser } from '@sluice/contract';
import { createParser, type EventSourceMessage, type ParseError } from 'eventsource-parser';
import { MessagesEventReader } from './event-reader.ts';
import type { SignedFormat } from './reasoning-details.ts';
import { malformed } from './response.ts';
import { isObject } from './wire.ts';

/** No honest event comes near it; what does would fill the isolate's memory. */
const BUFFER_CHARS_MAX = 1024 * 1024;
const MALFORMED_MAX = 3;

/** Reads a Messages stream in server-sent events. Never throws; what an event lacks is passed over. */
export function createStreamParser(format?: SignedFormat): StreamParser {
  return new MessagesStreamParser(format);
}

class MessagesStreamParser implements StreamParser {
  malformed = 0;
  #malformed_in_a_row = 0;
  #events: AnswerEvent[] = [];
  readonly #reader: MessagesEventReader;
  readonly #sse = createParser({
    onEvent: (event) => this.#onEvent(event),
    onError: (error) => this.#onError(error),
    maxBufferSize: BUFFER_CHARS_MAX,
  });

  constructor(format: SignedFormat | undefined) {
    this.#reader = new MessagesEventReader(format);
  }

  get complete(): boolean {
    return this.#reader.complete;
  }

  push(text: string): AnswerEvent[] {
    if (!this.#reader.over) this.#sse.feed(text);
    const events = this.#events;
    this.#events = [];
    return events;
  }

  end(): AnswerEvent[] {
    // Servers that close right after the last line leave the event without its blank line.
    return this.push('\n\n');
  }

  #onEvent(message: EventSourceMessage): void {
    if (this.#reader.over || message.data === '[DONE]') return;
    let event: unknown;
    try {
      event = JSON.parse(message.data);
    } catch {
      event = null;
    }
    if (isObject(event) && (typeof event.type === 'string' || isObject(event.error))) {
      this.#malformed_in_a_row = 0;
      this.#events.push(...this.#reader.read(event));
      return;
    }
    this.malformed += 1;
    this.#malformed_in_a_row += 1;
    if (this.#malformed_in_a_row === MALFORMED_MAX) this.#fail('three unreadable events in a row');
  }

  #onError(error: ParseError): void {
    if (error.type !== 'max-buffer-size-exceeded') return;
    this.malformed += 1;
    this.#fail('an event of the stream is larger than 1 MiB');
  }

  #fail(message: string): void {
    this.#reader.over = true;
    if (!this.complete) this.#events.push({ type: 'error', failure: malformed(message) });
  }
}
