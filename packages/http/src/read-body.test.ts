import { GatewayError } from '@sluice/contract';
import { expect, it } from 'vitest';
import { BODY_BYTES_MAX, readBody } from './read-body.ts';

const CHUNK = new Uint8Array(1 << 20).fill(120);

/** A body that counts what is pulled of it, and never ends by itself. */
function endless(headers: Record<string, string> = {}) {
  const seen = { pulled_bytes: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        seen.pulled_bytes += CHUNK.byteLength;
        controller.enqueue(CHUNK);
      },
      cancel() {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const request = new Request('http://gateway/', {
    method: 'POST',
    headers,
    body,
    duplex: 'half',
  } as RequestInit);
  return { request, seen };
}

const codeOf = async (reading: Promise<unknown>): Promise<string> => {
  const error = await reading.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return error instanceof GatewayError ? error.code : String(error);
};

it('stops reading at the limit when nobody said how long the body is, and lets go of it', async () => {
  const { request, seen } = endless();
  expect(await codeOf(readBody(request))).toBe('request_too_large');
  expect(seen.pulled_bytes).toBeLessThanOrEqual(BODY_BYTES_MAX + 2 * CHUNK.byteLength);
  expect(seen.cancelled).toBe(true);
});

it('refuses a body by the length that it claims, before any of it is read', async () => {
  const { request, seen } = endless({ 'content-length': String(BODY_BYTES_MAX + 1) });
  expect(await codeOf(readBody(request))).toBe('request_too_large');
  expect(seen.pulled_bytes).toBe(0);
});

it('does not believe a length that is no number', async () => {
  for (const claimed of ['NaN', '-1', '1e9999', '10, 20', '']) {
    const { request } = endless({ 'content-length': claimed });
    expect(await codeOf(readBody(request))).toBe('request_too_large');
  }
});

it('reads text that is cut inside a character', async () => {
  const bytes = new TextEncoder().encode('größer 🦦');
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
      controller.close();
    },
  });
  const request = new Request('http://gateway/', { method: 'POST', body, duplex: 'half' } as RequestInit);
  expect(await readBody(request)).toEqual({ text: 'größer 🦦', bytes: bytes.length });
});
