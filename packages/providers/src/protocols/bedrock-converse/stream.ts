import type { AnswerEvent, StreamParser } from '@sluice/contract';
import { isObject, type Json } from '../anthropic/wire.ts';
import { failureOf, findMessage, malformed } from './error.ts';
import { ConverseEventReader } from './event-reader.ts';

const MALFORMED_MAX = 3;

/** Reads the lines that `EventStreamDecoder` gives: `event NAME {…}`, `exception NAME {…}`, `malformed stream WHY`. */
export function createStreamParser(): StreamParser {
  return new ConverseStreamParser();
}

class ConverseStreamParser implements StreamParser {
  malformed = 0;
  #malformed_in_a_row = 0;
  #rest = '';
  /** An error was reported: nothing after it counts. */
  #over = false;
  readonly #reader = new ConverseEventReader();

  get complete(): boolean {
    return this.#reader.complete;
  }

  push(text: string): AnswerEvent[] {
    const events: AnswerEvent[] = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const line = this.#rest + text.slice(from, end);
      this.#rest = '';
      from = end + 1;
      if (!this.#over) this.#readLine(line, events);
    }
    this.#rest += text.slice(from);
    return events;
  }

  /** A line is always whole: a frame that was cut off gave none. */
  end(): AnswerEvent[] {
    return this.push(this.#rest === '' ? '' : '\n');
  }

  #readLine(line: string, events: AnswerEvent[]): void {
    const first = line.indexOf(' ');
    const second = line.indexOf(' ', first + 1);
    if (first < 0 || second < 0) return;
    const kind = line.slice(0, first);
    const name = line.slice(first + 1, second);
    const payload = line.slice(second + 1);
    if (kind === 'malformed') {
      this.malformed += 1;
      this.#fail(`the event stream is broken: ${payload}`, events);
      return;
    }
    const body = readObject(payload);
    if (kind === 'exception') {
      this.#over = true;
      // What comes after the end of the answer takes nothing of it back.
      if (this.complete) return;
      events.push({ type: 'error', failure: failureOf(200, name, findMessage(body ?? {})) });
      return;
    }
    if (body === null) {
      this.malformed += 1;
      this.#malformed_in_a_row += 1;
      if (this.#malformed_in_a_row === MALFORMED_MAX) this.#fail('three unreadable events in a row', events);
      return;
    }
    this.#malformed_in_a_row = 0;
    for (const event of this.#reader.read(name, body)) events.push(event);
  }

  #fail(message: string, events: AnswerEvent[]): void {
    this.#over = true;
    if (!this.complete) events.push({ type: 'error', failure: malformed(message) });
  }
}

function readObject(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
