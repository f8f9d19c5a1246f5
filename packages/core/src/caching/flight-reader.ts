import type { AnswerEvent, AnswerLogPort, StreamParser } from '@sluice/contract';
import { withinOrNull } from '../limits/within.ts';
import { FLIGHT_END, type FlightHead } from './flight-writer.ts';

/** An answer that is being made for somebody else. */
export interface LiveFlight {
  head: FlightHead;
  /** What has come so far. */
  events: AnswerEvent[];
  ended: boolean;
  parser: StreamParser;
  decoder: TextDecoder;
  reader: ReadableStreamDefaultReader<Uint8Array>;
}

/** Reads the lines of a flight's log as the grammar of a provider. */
class FlightParser implements StreamParser {
  head: FlightHead | null = null;
  complete = false;
  readonly malformed = 0;
  #rest = '';

  push(text: string): AnswerEvent[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    const events: AnswerEvent[] = [];
    for (const line of lines) {
      const said = JSON.parse(line) as FlightHead | AnswerEvent[] | typeof FLIGHT_END;
      if (said === FLIGHT_END) this.complete = true;
      else if (Array.isArray(said)) events.push(...said);
      else this.head = said;
    }
    return events;
  }

  end(): AnswerEvent[] {
    return [];
  }
}

/**
 * Joins an answer that is being made, as soon as something of it can be shown.
 * @returns `null` = there is no stream to join, or nothing came in time; `given up` = there will be none.
 */
export async function readLive(
  logs: AnswerLogPort,
  name: string,
  wait_ms: number,
): Promise<LiveFlight | 'given up' | null> {
  const log = await logs.read(name);
  if (log === null) return null;
  const reader = log.getReader();
  const parser = new FlightParser();
  const decoder = new TextDecoder();
  const events: AnswerEvent[] = [];

  async function readHead(): Promise<LiveFlight | 'given up' | null> {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return null;
      events.push(...parser.push(decoder.decode(value, { stream: true })));
      const { head, complete } = parser;
      if (head !== null && events.length > 0)
        return { head, events, ended: complete, parser, decoder, reader };
    }
  }

  const leave = (): void => void reader.cancel().catch(() => undefined);
  const reading = readHead().catch(() => 'given up' as const);
  const live = await withinOrNull(wait_ms, reading);
  if (live === null || live === 'given up') leave();
  return live;
}
