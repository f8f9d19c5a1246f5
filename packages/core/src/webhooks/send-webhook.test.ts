import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type SendPorts, sendWebhook, type WebhookCall } from './send-webhook.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A receiver on this machine; the address check, which would refuse it, is the caller's and tested by itself. */
async function receiver(handle: Handler): Promise<string> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const SECRET = `whsec_${btoa('0123456789abcdef0123456789abcdef')}`;
const callOf = (url: string): WebhookCall => ({
  id: 'msg_a',
  url,
  format: 'standard',
  payload: '{"type":"key.created","data":{}}',
  secrets: [SECRET],
});
const ports: SendPorts = { fetch, now_ms: () => Date.UTC(2026, 10, 21, 12) };
const answer = async (status: number, headers: Record<string, string> = {}, body = '') =>
  await sendWebhook(
    callOf(
      await receiver((_, response) => {
        response.writeHead(status, headers).end(body);
      }),
    ),
    ports,
  );

test.each([200, 201, 202, 204, 299])('%i counts as taken', async (status) => {
  expect(await answer(status)).toMatchObject({ ok: true, status, error: null, gone: false });
});

test.each([400, 401, 404, 409, 422, 429, 500, 502, 503, 504])('%i does not', async (status) => {
  expect(await answer(status)).toMatchObject({ ok: false, status, gone: false, retry_after_ms: null });
});

test('410 says that it is gone', async () => {
  expect(await answer(410)).toMatchObject({ ok: false, gone: true });
});

test.each([
  ['30', 30_000],
  ['Sat, 21 Nov 2026 12:01:00 GMT', 60_000],
  ['0', null],
  ['-5', null],
  ['Sat, 21 Nov 2020 12:01:00 GMT', null],
  ['soon', null],
])('Retry-After: %s', async (header, retry_after_ms) => {
  for (const status of [429, 503])
    expect(await answer(status, { 'retry-after': header })).toMatchObject({ ok: false, retry_after_ms });
});

test('the message is a POST with id, time and signature of this attempt', async () => {
  const seen: { method?: string | undefined; headers: IncomingMessage['headers']; body: string }[] = [];
  const url = await receiver((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      seen.push({ method: request.method, headers: request.headers, body });
      response.end();
    });
  });
  await sendWebhook(callOf(url), ports);
  expect(seen).toMatchObject([
    {
      method: 'POST',
      headers: {
        'webhook-id': 'msg_a',
        'webhook-timestamp': '1795262400',
        'content-type': 'application/json',
      },
      body: callOf(url).payload,
    },
  ]);
});

test.each([301, 302, 303, 307, 308])(
  'a redirect (%i) is not followed: nobody inside is reached',
  async (status) => {
    const reached: string[] = [];
    const canary = await receiver((request, response) => {
      reached.push(request.url ?? '');
      response.end();
    });
    const result = await answer(status, { location: `${canary}/inside` });
    expect(result).toMatchObject({ ok: false, status });
    expect(result.error).toContain('not followed');
    expect(reached).toEqual([]);
  },
);

test('a receiver that hangs is cut off, before its answer and in the middle of it', async () => {
  const silent = await receiver(() => undefined);
  const hasty = { ...ports, timeout_ms: 50 };
  expect(await sendWebhook(callOf(silent), hasty)).toMatchObject({
    ok: false,
    status: null,
    error: 'It did not answer within 0.05 s.',
  });
  const endless = await receiver((_, response) => {
    response.writeHead(500);
    response.write('half');
  });
  expect(await sendWebhook(callOf(endless), hasty)).toMatchObject({ ok: false, status: 500 });
});

test('without being told otherwise it waits 15 seconds', async () => {
  const waits: (number | undefined)[] = [];
  const real = globalThis.setTimeout;
  globalThis.setTimeout = ((run: () => void, ms?: number) => {
    waits.push(ms);
    return real(run, ms);
  }) as typeof setTimeout;
  try {
    await sendWebhook(callOf('http://x.example'), { ...ports, fetch: async () => new Response() });
  } finally {
    globalThis.setTimeout = real;
  }
  expect(waits).toContain(15_000);
});

test('a connection that breaks off, or that nobody takes, is a failed attempt', async () => {
  const broken = await receiver((request) => request.socket.destroy());
  for (const url of [broken, 'http://127.0.0.1:1'])
    expect(await sendWebhook(callOf(url), ports)).toMatchObject({
      ok: false,
      status: null,
      error: 'It could not be reached.',
    });
});

test('of an answer only the beginning is kept, and nothing in it that may be a credential', async () => {
  const { error } = await answer(
    500,
    {},
    `bad signature ${SECRET}\u0007 for https://h.example/T00000000/B00000000/aBcDeFgH`,
  );
  expect(error).toBe('It answered 500: bad signature …  for https:…');
  const { error: long } = await answer(500, {}, 'word '.repeat(100_000));
  expect(long?.length).toBeLessThan(250);
  const { error: cut } = await answer(500, {}, `${'a '.repeat(507)}${SECRET}`);
  expect(cut).not.toContain('whsec');
});
