import { DurableObject } from 'cloudflare:workers';
import type { LogClaim } from '@sluice/contract';

interface Claimed {
  token: string;
  content: string;
  /** Until then its writer is believed to be alive; once it is closed, until then it can be read. */
  until_ms: number;
  /** Set when it is closed. */
  head: string | null;
}

/** What readers hold: it stays as it was, whatever becomes of the claim. */
interface Log {
  chunks: Uint8Array[];
  bytes: number;
  state: 'open' | 'closed' | 'given up';
}

const CLAIM = 'claim';
const LOG_BYTES_MAX = 16 << 20;
const ROW_BYTES = 1 << 20;

/**
 * The log of one answer, under its name: claimed and written by one request, read by others while it grows and after.
 * In memory while it is written, on disk once it is closed; gone when nobody may ask for it any more.
 */
export class AnswerLog extends DurableObject {
  now_ms: () => number = () => Date.now();
  #claim: Claimed | null;
  #log: Log | null = null;
  #listening = 0;
  readonly #waiting = new Set<() => void>();

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    this.#claim = ctx.storage.kv.get<Claimed>(CLAIM) ?? null;
  }

  async claim(content: string, lease_ms: number): Promise<LogClaim> {
    const now_ms = this.now_ms();
    const claimed = this.#claim;
    if (claimed !== null && claimed.until_ms > now_ms) {
      if (claimed.content !== content) return { kind: 'conflict' };
      return claimed.head === null ? { kind: 'running' } : { kind: 'done', head: claimed.head };
    }
    this.#forget();
    const token = crypto.randomUUID();
    this.#claim = { token, content, until_ms: now_ms + lease_ms, head: null };
    this.#log = { chunks: [], bytes: 0, state: 'open' };
    this.ctx.storage.kv.put(CLAIM, this.#claim);
    await this.ctx.storage.setAlarm(this.#claim.until_ms + 1_000);
    return { kind: 'first', token };
  }

  async append(token: string, bytes: Uint8Array): Promise<number> {
    const log = this.#log;
    if (this.#claim?.token !== token || log?.state !== 'open') return 0;
    log.bytes += bytes.byteLength;
    // What is so long is not kept, and those who wait ask for themselves.
    if (log.bytes > LOG_BYTES_MAX) this.#forget();
    else if (bytes.byteLength > 0) log.chunks.push(bytes);
    this.#wake();
    return this.#listening;
  }

  async close(token: string, head: string, keep_ms: number): Promise<void> {
    const log = this.#log;
    if (this.#claim?.token !== token || log === null) return;
    log.state = 'closed';
    this.#claim = { ...this.#claim, head, until_ms: this.now_ms() + keep_ms };
    if (keep_ms > 0) {
      this.#save(this.#claim, log);
      await this.ctx.storage.setAlarm(this.#claim.until_ms + 1_000);
    } else this.#forget();
    this.#wake();
  }

  async abandon(token: string): Promise<void> {
    if (this.#claim?.token === token) this.#forget();
  }

  /** @returns the head; `null` = its writer gave up, or is not done yet. */
  async wait(wait_ms: number): Promise<string | null> {
    const until_ms = this.now_ms() + wait_ms;
    const token = this.#claim?.token;
    for (;;) {
      if (this.#claim === null || this.#claim.token !== token) return null;
      if (this.#claim.head !== null) return this.#claim.head;
      const left_ms = until_ms - this.now_ms();
      if (left_ms <= 0) return null;
      await this.#changed(left_ms);
    }
  }

  async read(): Promise<ReadableStream<Uint8Array> | null> {
    const claimed = this.#claim;
    if (claimed === null || claimed.until_ms <= this.now_ms()) return null;
    const log = this.#load(claimed);
    if (log === null) return null;
    let at = 0;
    this.#listening += 1;
    let left = false;
    const leave = (): void => {
      if (!left) this.#listening -= 1;
      left = true;
    };
    return new ReadableStream({
      type: 'bytes',
      pull: async (controller: ReadableByteStreamController) => {
        while (at >= log.chunks.length && log.state === 'open' && !left) await this.#changed(KEEP_LOOKING_MS);
        if (left) return;
        const chunk = log.chunks[at++];
        if (chunk !== undefined) {
          // A copy, because a byte stream takes the buffer away.
          controller.enqueue(chunk.slice());
          return;
        }
        leave();
        if (log.state === 'given up') {
          controller.error(new Error('The answer was given up.'));
          return;
        }
        controller.close();
        controller.byobRequest?.respond(0);
      },
      cancel: leave,
    });
  }

  override async alarm(): Promise<void> {
    const claimed = this.#claim;
    if (claimed !== null && claimed.until_ms > this.now_ms()) {
      await this.ctx.storage.setAlarm(claimed.until_ms + 1_000);
      return;
    }
    this.#forget();
    await this.ctx.storage.deleteAll();
  }

  #forget(): void {
    if (this.#log?.state === 'open') this.#log.state = 'given up';
    this.#claim = null;
    this.#log = null;
    this.ctx.storage.kv.delete(CLAIM);
    this.ctx.storage.sql.exec('DROP TABLE IF EXISTS chunks');
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #changed(within_ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, within_ms);
      this.#waiting.add(end);
    });
  }

  #save(claimed: Claimed, { chunks, bytes }: Log): void {
    const { sql, kv } = this.ctx.storage;
    sql.exec('CREATE TABLE IF NOT EXISTS chunks (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL)');
    const whole = joined(chunks, bytes);
    for (let from = 0, n = 0; from < bytes; from += ROW_BYTES, n++)
      sql.exec('INSERT INTO chunks (n, bytes) VALUES (?, ?)', n, whole.slice(from, from + ROW_BYTES).buffer);
    kv.put(CLAIM, claimed);
  }

  /** `null` = its writer's isolate is alive, but this object has died meanwhile: what was written is gone. */
  #load(claimed: Claimed): Log | null {
    if (this.#log !== null || claimed.head === null) return this.#log;
    const { sql } = this.ctx.storage;
    sql.exec('CREATE TABLE IF NOT EXISTS chunks (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL)');
    const rows = sql.exec<{ bytes: ArrayBuffer }>('SELECT bytes FROM chunks ORDER BY n').toArray();
    const chunks = rows.map(({ bytes }) => new Uint8Array(bytes));
    this.#log = { chunks, bytes: 0, state: 'closed' };
    return this.#log;
  }
}

const KEEP_LOOKING_MS = 60_000;

function joined(chunks: Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
