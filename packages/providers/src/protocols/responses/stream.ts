import type { AnswerEvent, ProviderFailure, StreamParser } from '@sluice/contract';
import { createParser } from 'eventsource-parser';
import { isRecord } from '../chat-completions/usage.ts';
import { findFailure, malformed } from './error.ts';
import { OutputReader } from './output-reader.ts';

/** Images come in one event, and the last event repeats the whole answer. */
export const EVENT_CHARS_MAX = 16 * 1024 * 1024;
const MALFORMED_IN_A_ROW_MAX = 3;

/** Reads a Responses stream. Never throws; kinds of events that it does not know are passed over. */
export const createStreamParser = (): StreamParser => new ResponsesStreamParser();

class ResponsesStreamParser implements StreamParser {
  complete = false;
  malformed = 0;
  #malformed_in_a_row = 0;
  #started = false;
  #over = false;
  #events: AnswerEvent[] = [];
  readonly #output = new OutputReader();
  readonly #sse = createParser({
    maxBufferSize: EVENT_CHARS_MAX,
    onEvent: ({ data }) => this.#readData(data),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded')
        this.#fail(malformed(`A stream event is larger than ${EVENT_CHARS_MAX} characters.`));
    },
  });

  push(text: string): AnswerEvent[] {
    this.#events = [];
    if (!this.#over) {
      try {
        this.#sse.feed(text);
      } catch {
        this.#fail(malformed('The stream cannot be read.'));
      }
    }
    return this.#events;
  }

  end(): AnswerEvent[] {
    // A last event without its blank line is still an event.
    return this.push('\n\n');
  }

  #readData(data: string): void {
    // OpenRouter ends its streams with a marker of another format.
    if (this.#over || data === '' || data === '[DONE]') return;
    let event: unknown;
    try {
      event = JSON.parse(data);
    } catch {
      event = null;
    }
    if (isRecord(event) && (typeof event['type'] === 'string' || event['error'])) {
      this.#malformed_in_a_row = 0;
      this.#readEvent(event);
      return;
    }
    this.malformed += 1;
    this.#malformed_in_a_row += 1;
    if (this.#malformed_in_a_row >= MALFORMED_IN_A_ROW_MAX)
      this.#fail(malformed(`${MALFORMED_IN_A_ROW_MAX} stream events in a row cannot be read.`));
  }

  #readEvent(event: Record<string, unknown>): void {
    const failure = findFailure(event);
    if (failure !== null) {
      this.#fail(failure);
      return;
    }
    const response = isRecord(event['response']) ? event['response'] : null;
    if (response !== null) this.#start(response);
    const key = event['output_index'] ?? event['item_id'];
    const item = isRecord(event['item']) ? event['item'] : null;
    switch (event['type']) {
      case 'response.output_item.added':
        if (item !== null) this.#output.open(key, item, this.#events);
        return;
      case 'response.output_item.done':
        if (item !== null) this.#output.close(key, item, this.#events);
        return;
      case 'response.completed':
      case 'response.incomplete':
        this.#output.finish(response ?? {}, this.#events);
        this.complete = true;
        this.#over = true;
        return;
      default:
        this.#output.readPiece(key, event, this.#events);
    }
  }

  #start(response: Record<string, unknown>): void {
    if (this.#started) return;
    this.#started = true;
    const { id, model, created_at } = response;
    this.#events.push({
      type: 'start',
      id: typeof id === 'string' && id !== '' ? id : null,
      model: typeof model === 'string' && model !== '' ? model : null,
      created: typeof created_at === 'number' ? Math.trunc(created_at) : null,
    });
  }

  #fail(failure: ProviderFailure): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.push({ type: 'error', failure });
  }
}
