import type { ServerResponse } from 'node:http';
import { constants, createGzip, type Gzip } from 'node:zlib';
import type { Attempt } from './ledger.ts';

/** Writes an answer while keeping account of it. Nothing throws once the client has gone: look at `gone`. */
export interface Wire {
  readonly response: ServerResponse;
  readonly attempt: Attempt;
  /** True once the client closed, or the answer was cut on purpose. */
  readonly gone: boolean;
  head(status: number, headers: Record<string, string>): void;
  write(bytes: string | Uint8Array): Promise<void>;
  end(): Promise<void>;
  /** Resolves early when the client goes. */
  wait(ms: number): Promise<void>;
  /** Ends the connection as `how` says, after the kernel had a moment to send what was written. */
  cut(how: 'abort' | 'rst' | 'fin'): Promise<void>;
  /** Holds the connection open until the client gives up. */
  hold(): Promise<void>;
}

const FLUSH_MS = 30;

export function createWire(response: ServerResponse, attempt: Attempt, gzip: boolean): Wire {
  const began = performance.now();
  const since = (): number => Math.round((performance.now() - began) * 10) / 10;
  let gone = false;
  let finish: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let ours = false;
  response.once('close', () => {
    gone = true;
    attempt.ended_ms ??= since();
    if (!ours) {
      attempt.client_closed = true;
      attempt.client_closed_at_ms = since();
    }
    finish();
  });
  const zip: Gzip | null = gzip ? createGzip() : null;
  zip?.on('data', (data: Uint8Array) => response.write(data));
  const drained = (): Promise<void> =>
    new Promise((resolve) => {
      response.once('drain', resolve);
      void closed.then(resolve);
    });
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      void closed.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  return {
    response,
    attempt,
    get gone() {
      return gone;
    },
    head(status, headers) {
      if (gone) return;
      attempt.status = status;
      response.writeHead(status, zip === null ? headers : { ...headers, 'content-encoding': 'gzip' });
      response.flushHeaders();
    },
    async write(bytes) {
      if (gone) return;
      attempt.first_byte_ms ??= since();
      attempt.bytes_sent += typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
      attempt.chunks_sent++;
      if (zip !== null) {
        zip.write(bytes);
        await new Promise<void>((resolve) => zip.flush(constants.Z_SYNC_FLUSH, () => resolve()));
      } else if (!response.write(bytes)) await drained();
    },
    async end() {
      if (gone) return;
      if (zip !== null) {
        const ended = new Promise<void>((resolve) => zip.once('end', resolve));
        zip.end();
        await ended;
      }
      response.once('finish', () => {
        ours = true;
      });
      response.end();
      attempt.ended_ms = since();
    },
    wait,
    async cut(how) {
      await wait(FLUSH_MS);
      if (gone) return;
      ours = true;
      attempt.ended_ms = since();
      if (how === 'fin') response.end();
      else if (how === 'rst') response.socket?.resetAndDestroy();
      else response.destroy();
    },
    hold: () => closed,
  };
}
