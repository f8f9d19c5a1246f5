import { waitUntil } from 'cloudflare:workers';
import type { AfterPort, ClockPort, FetchPort, PipePort, RandomPort } from '@sluice/contract';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Bytes from here on would favour the first letters of the alphabet. */
const UNBIASED = 248;

/** Random bytes are fetched many at a time: a call for each id would cost more than the id. */
const POOL_BYTES = 1024;
const pool = new Uint8Array(POOL_BYTES);
let pool_at = POOL_BYTES;

export const clock: ClockPort = { now_ms: () => Date.now() };

export const random: RandomPort = {
  id(length) {
    let text = '';
    while (text.length < length) {
      if (pool_at === POOL_BYTES) {
        crypto.getRandomValues(pool);
        pool_at = 0;
      }
      const byte = pool[pool_at++] ?? UNBIASED;
      if (byte < UNBIASED) text += BASE62[byte % 62];
    }
    return text;
  },
  number: () => Math.random(),
};

/** Keeps the isolate at work after the answer is out; a failure is logged under its name, never thrown. */
export const after: AfterPort = (name, work) => {
  waitUntil(
    work.catch((error: unknown) => {
      console.error(JSON.stringify({ event: 'background_failure', name, error: String(error) }));
    }),
  );
};

/** Redirects are answers, not orders: following one would carry a provider key to wherever it points. */
export const fetchManually: FetchPort = (url, init) => fetch(url, { ...init, redirect: 'manual' });

/** Native on both ends, so that whole streams can pass without touching JavaScript. */
export const pipe: PipePort = () => new IdentityTransformStream();
