import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JsonObject, numberOf, objectOf, parseJson, textOf } from './json.ts';
import { createRandom } from './text.ts';
import type { Wire } from './wire.ts';

/** A recorded answer, ready to be sent byte for byte. */
export interface Recording {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** How the recorded bytes arrive. */
export interface ReplayOptions {
  /** Send so many bytes, then end the connection. */
  cut: number | null;
  end: 'abort' | 'rst' | 'fin' | 'stall';
  /** Size of every piece. */
  chunk: number | null;
  /** Seed of random pieces of 1 to 64 bytes. */
  splits: number | null;
  /** Pause between pieces, without which the kernel may join them again. */
  delay_ms: number;
}

export interface Replays {
  keys(): string[];
  add(key: string, exchange: unknown): void;
  /** Reads every case below a folder; the key is its path without `.json`, with `~` for `/`. */
  addFolder(folder: string): void;
  /** @param address `key` or `key@cut=120,splits=7,chunk=16,delay_ms=1,end=rst`; `/` and `~` are the same. */
  find(address: string): { recording: Recording; options: ReplayOptions } | null;
}

// The body is stored decoded and whole, so these would no longer be true.
const NOT_REPLAYED = ['content-length', 'content-encoding', 'transfer-encoding', 'connection', 'keep-alive'];

function parseRecording(exchange: unknown): Recording {
  const given = objectOf(exchange);
  const response = objectOf(given['response'] ?? given);
  const body = response['body'];
  const encoded = response['body_base64'];
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(objectOf(response['headers']))) {
    if (!NOT_REPLAYED.includes(name.toLowerCase()))
      headers[name.toLowerCase()] = String(value).replace(/[^\x20-\x7e]/g, '');
  }
  headers['content-type'] ??=
    typeof body === 'string' ? 'text/event-stream; charset=utf-8' : 'application/json';
  const text =
    typeof body === 'string' ? body : body === undefined || body === null ? '' : JSON.stringify(body);
  return {
    status: numberOf(response['status']) ?? 200,
    headers,
    body: typeof encoded === 'string' ? Buffer.from(encoded, 'base64') : Buffer.from(text, 'utf8'),
  };
}

function parseOptions(text: string): ReplayOptions {
  const found: JsonObject = {};
  for (const word of text.split(',')) {
    const [name, value] = word.split('=');
    if (name !== undefined && value !== undefined) found[name] = /^\d+$/.test(value) ? Number(value) : value;
  }
  const end = textOf(found['end']);
  return {
    cut: numberOf(found['cut']),
    end: end === 'rst' || end === 'fin' || end === 'stall' ? end : 'abort',
    chunk: numberOf(found['chunk']),
    splits: numberOf(found['splits']),
    delay_ms: numberOf(found['delay_ms']) ?? 0,
  };
}

const normalize = (key: string): string => key.replaceAll('/', '~');

export function createReplays(): Replays {
  const recordings = new Map<string, Recording>();
  const replays: Replays = {
    keys: () => [...recordings.keys()],
    add(key, exchange) {
      recordings.set(normalize(key), parseRecording(exchange));
    },
    addFolder(folder) {
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!name.endsWith('.json')) continue;
        const parsed = parseJson(readFileSync(join(folder, name), 'utf8'));
        if (objectOf(parsed?.value)['response'] === undefined) continue;
        replays.add(name.slice(0, -'.json'.length).replaceAll('\\', '/'), parsed?.value);
      }
    },
    find(address) {
      if (recordings.size === 0) return null;
      const at = address.indexOf('@');
      const key = normalize(at < 0 ? address : address.slice(0, at));
      const recording = recordings.get(key);
      return recording === undefined
        ? null
        : { recording, options: parseOptions(at < 0 ? '' : address.slice(at + 1)) };
    },
  };
  return replays;
}

function sizesOf(total: number, options: ReplayOptions): number[] {
  if (options.splits === null && options.chunk === null) return [total];
  const random = createRandom(options.splits ?? 0);
  const sizes: number[] = [];
  for (let left = total; left > 0; ) {
    const size = Math.min(
      left,
      options.splits === null ? Math.max(1, options.chunk ?? total) : 1 + Math.floor(random() * 64),
    );
    sizes.push(size);
    left -= size;
  }
  return sizes;
}

/** Sends a recording exactly, in the pieces and up to the cut that the options name. */
export async function deliverReplay(wire: Wire, recording: Recording, options: ReplayOptions): Promise<void> {
  const total = Math.min(options.cut ?? recording.body.length, recording.body.length);
  const headers = { ...recording.headers };
  if (options.cut !== null && options.end === 'fin') {
    wire.response.removeHeader('transfer-encoding');
    headers['connection'] = 'close';
  }
  wire.head(recording.status, headers);
  let at = 0;
  for (const size of sizesOf(total, options)) {
    if (wire.gone) return;
    await wire.write(recording.body.subarray(at, at + size));
    at += size;
    if (options.delay_ms > 0) await wire.wait(options.delay_ms);
    else if (options.chunk !== null || options.splits !== null)
      await new Promise((resolve) => setImmediate(resolve));
  }
  if (options.cut === null) return wire.end();
  return options.end === 'stall' ? wire.hold() : wire.cut(options.end);
}
