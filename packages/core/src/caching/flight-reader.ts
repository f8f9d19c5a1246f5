import type { AnswerEvent, AnswerLogPort, StreamParser } from '@sluice/contract';
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

export interface FlightAsk {
  wait_ms: number;
  /** Join it as soon as something can be shown; else wait for its end. */
  live: boolean;
  /** Who leaves no longer counts as one who listens. */
  client_gone: AbortSignal;
}

/**
 * Joins an answer that is being made.
 * @returns `null` = it is over, or was no stream: then it is in the cache or is not to be had; `given up` = it did not
 *   come in time, or this client has gone.
 */
export async function readLive(
  logs: AnswerLogPort,
  name: string,
  { wait_ms, live, client_gone }: FlightAsk,
): Promise<LiveFlight | 'given up' | null> {
  const log = await logs.read(name);
  if (log === null) return null;
  const reader = log.getReader();
  const parser = new FlightParser();
  const decoder = new TextDecoder();
  const events: AnswerEvent[] = [];

  async function read(): Promise<LiveFlight | null> {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return null;
      if (!live) continue;
      events.push(...parser.push(decoder.decode(value, { stream: true })));
      const { head, complete } = parser;
      if (head !== null && events.length > 0)
        return { head, events, ended: complete, parser, decoder, reader };
    }
  }

  return new Promise((resolve) => {
    const end = (come: LiveFlight | 'given up' | null): void => {
      clearTimeout(timer);
      client_gone.removeEventListener('abort', giveUp);
      resolve(come);
    };
    const giveUp = (): void => {
      reader.cancel().catch(() => undefined);
      end('given up');
    };
    const timer = setTimeout(giveUp, wait_ms);
    if (client_gone.aborted) giveUp();
    else client_gone.addEventListener('abort', giveUp);
    read().then(end, giveUp);
  });
}
