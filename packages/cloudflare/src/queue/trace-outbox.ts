import type { AfterPort, ClockPort, Settlement, TracePort, TraceRecord } from '@sluice/contract';
import { MESSAGE_BYTES_MAX, RECORDS_MAX } from './trace-message-limits.ts';

export interface TraceOutbox extends TracePort {
  /** Settlements that a ledger could not be told of: the consumer tells it, for as long as the queue retries. */
  settleLater(key_id: string, settled: Settlement[]): void;
  /** Sends what waits. Never rejects. */
  flush(): Promise<void>;
}

export interface TraceOutboxOptions {
  after: AfterPort;
  clock: ClockPort;
  sleep?: (ms: number) => Promise<void>;
  /** First and longest wait before a message goes that is not full. */
  flush_ms?: number;
  flush_ms_max?: number;
}

/** Memory that waits for a queue which is down; beyond it the oldest records are dropped, counted and logged. */
const BACKLOG_BYTES_MAX = 8_000_000;
const RETRY_MS_MAX = 20_000;
/** A queue that hangs must not gather messages in memory: so many at once, then nothing for so long. */
const UNDER_WAY_MAX = 16;
const HANGING_MS = 10_000;
/** A timer belongs to the request that set it and dies with it, if the runtime ends that early: then set another. */
const TIMER_LOST_MS = 5_000;
/**
 * A free account has 10,000 queue operations a day, and a message costs three (written, read, deleted): 3,333
 * messages a day, one every 26 s. So an isolate may be 40 messages ahead and gains one every 28 s; the fewer it is
 * ahead, the longer it waits, at most 27 s (the runtime ends background work 30 s after the answer). Never a
 * pause from morning to midnight makes 86,400 / 27 = 3,200 messages and about a hundred more at the start, unless
 * messages are full before their time.
 */
const MESSAGES_AHEAD_MAX = 40;
const MESSAGE_GAINED_MS = 28_000;
const FLUSH_MS_MAX = 27_000;

interface Waiting {
  kind: 'record' | 'unsettled';
  json: string;
  bytes: number;
}

/**
 * Gathers what one isolate has to say about finished requests into few queue messages. A message goes when it is
 * full, or after a wait; the wait runs in `after`, so that the runtime keeps the isolate for it.
 */
export function createTraceOutbox(
  queue: { send(body: string, options: { contentType: 'text' }): Promise<unknown> },
  options: TraceOutboxOptions,
): TraceOutbox {
  const { after, clock } = options;
  const sleep = options.sleep ?? ((ms) => scheduler.wait(ms));
  const flush_ms_min = options.flush_ms ?? 2_000;
  const flush_ms_max = options.flush_ms_max ?? FLUSH_MS_MAX;
  let waiting: Waiting[] = [];
  let bytes = 0;
  let dropped = 0;
  let failures = 0;
  /** When the messages under way were sent: a request that is cut off takes its own along without a word. */
  let under_way: number[] = [];
  let timer_due_ms: number | null = null;
  let ahead = MESSAGES_AHEAD_MAX;
  let gained_at_ms = clock.now_ms();

  function put(entry: Waiting): void {
    waiting.push(entry);
    bytes += entry.bytes;
    while (bytes > BACKLOG_BYTES_MAX) drop();
    const is_full = waiting.length >= RECORDS_MAX || bytes >= MESSAGE_BYTES_MAX;
    if (is_full && failures === 0) after('trace_flush', flush());
    else if (timer_due_ms === null || clock.now_ms() > timer_due_ms + TIMER_LOST_MS) startTimer();
  }

  function drop(): void {
    const oldest = waiting.shift();
    if (oldest === undefined) return;
    bytes -= oldest.bytes;
    dropped++;
    if (dropped === 1 || dropped % 1000 === 0) {
      console.error(JSON.stringify({ event: 'traces_dropped', dropped, backlog_bytes: bytes }));
    }
  }

  function startTimer(): void {
    const wait_ms = failures > 0 ? Math.min(RETRY_MS_MAX, 500 * 2 ** failures) : pace();
    timer_due_ms = clock.now_ms() + wait_ms;
    after('trace_flush', sleep(wait_ms).then(onTimer));
  }

  async function onTimer(): Promise<void> {
    timer_due_ms = null;
    await flush();
  }

  function pace(): number {
    const now_ms = clock.now_ms();
    const gained = Math.max(0, now_ms - gained_at_ms) / MESSAGE_GAINED_MS;
    ahead = Math.min(MESSAGES_AHEAD_MAX, ahead + gained);
    gained_at_ms = now_ms;
    return flush_ms_min + (flush_ms_max - flush_ms_min) * (1 - ahead / MESSAGES_AHEAD_MAX);
  }

  /** A place among the messages under way; `null` = all are taken, and what waits goes on waiting, within its bound. */
  function takePlace(): number | null {
    const now_ms = clock.now_ms();
    under_way = under_way.filter((started_ms) => now_ms - started_ms < HANGING_MS);
    if (under_way.length >= UNDER_WAY_MAX) return null;
    under_way.push(now_ms);
    return now_ms;
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const place = takePlace();
      if (place === null) {
        if (timer_due_ms === null) startTimer();
        return;
      }
      const message = takeMessage(waiting);
      waiting = waiting.slice(message.length);
      bytes -= sizeOf(message);
      try {
        await queue.send(renderMessage(message), { contentType: 'text' });
        failures = 0;
        ahead = Math.max(0, ahead - 1);
      } catch (error) {
        failures++;
        waiting = [...message, ...waiting];
        bytes += sizeOf(message);
        while (bytes > BACKLOG_BYTES_MAX) drop();
        console.error(
          JSON.stringify({
            event: 'traces_not_sent',
            failures,
            waiting: waiting.length,
            error: String(error),
          }),
        );
        if (timer_due_ms === null) startTimer();
        return;
      } finally {
        const at = under_way.indexOf(place);
        if (at >= 0) under_way.splice(at, 1);
      }
    }
  }

  return {
    record(trace, json) {
      put(recordEntry(trace, json));
    },
    settleLater(key_id, settled) {
      for (const settlement of settled) {
        const json = JSON.stringify({ key_id, settlement: { ...settlement, record: null } });
        put({ kind: 'unsettled', json, bytes: byteLength(json) });
      }
    },
    flush,
  };
}

/** One record must fit into a message: retained content is what may be too large, and goes first. */
function recordEntry(trace: TraceRecord, json: string): Waiting {
  let bytes = byteLength(json);
  if (bytes <= ENTRY_BYTES_MAX) return { kind: 'record', json, bytes };
  const smaller = {
    ...trace,
    request_body: null,
    response_text: null,
    candidates: trace.candidates.slice(0, 20),
    degraded: [...trace.degraded, 'content left out of the trace: too large'],
  };
  const smaller_json = JSON.stringify(smaller);
  bytes = byteLength(smaller_json);
  return { kind: 'record', json: smaller_json, bytes };
}

/** Room for the envelope. */
const ENTRY_BYTES_MAX = MESSAGE_BYTES_MAX - 200;

function takeMessage(waiting: Waiting[]): Waiting[] {
  let bytes = 0;
  let count = 0;
  for (const entry of waiting) {
    if (count >= RECORDS_MAX || (count > 0 && bytes + entry.bytes + 1 > ENTRY_BYTES_MAX)) break;
    bytes += entry.bytes + 1;
    count++;
  }
  return waiting.slice(0, count);
}

/** The records are JSON already: put together as text, encoded once. */
function renderMessage(entries: Waiting[]): string {
  const list = (kind: Waiting['kind']) =>
    entries
      .filter((entry) => entry.kind === kind)
      .map((entry) => entry.json)
      .join(',');
  return `{"version":1,"records":[${list('record')}],"unsettled":[${list('unsettled')}]}`;
}

const sizeOf = (entries: Waiting[]): number => entries.reduce((sum, entry) => sum + entry.bytes, 0);

const encoder = new TextEncoder();
/** Every request is measured once: written over the last one, it leaves nothing to be collected. */
const measure = new Uint8Array(16_384);

const byteLength = (text: string): number =>
  // No UTF-16 unit becomes more than three bytes.
  text.length * 3 > measure.length
    ? encoder.encode(text).byteLength
    : encoder.encodeInto(text, measure).written;
