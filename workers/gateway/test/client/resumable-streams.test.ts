import { describe, expect, it } from 'vitest';
import {
  type Attempt,
  admin,
  attemptsOn,
  base_url,
  createVirtualKey,
  eventually,
  keyView,
  openaiFor,
  receiptOf,
} from './harness.ts';

let serial = 0;
/** A slow answer to a question that no other test asks. */
const question = (): { role: 'user'; content: string }[] => [
  {
    role: 'user',
    content: `[sim chunks=12 delay_ms=60] Tell story ${Date.now().toString(36)}-${serial++}-`,
  },
];
const messages = [{ role: 'user', content: 'Tell me a story in some words' }];
type Messages = ReturnType<typeof question>;
const DOORS = [
  [
    '/chat/completions',
    'gpt-4o-mini',
    (messages: Messages) => ({ messages, stream_options: { include_usage: true } }),
  ],
  ['/chat/completions', 'claude-sonnet-4-5', (messages: Messages) => ({ messages })],
  ['/messages', 'claude-sonnet-4-5', (messages: Messages) => ({ messages, max_tokens: 200 })],
  ['/responses', 'gpt-4o-mini', (input: Messages) => ({ input })],
] as const;

async function attemptsFor(model: string, [asked]: Messages): Promise<Attempt[]> {
  const all = await attemptsOn(model);
  return all.filter(({ request_body }) => JSON.stringify(request_body).includes(asked?.content ?? '?'));
}

const send = (secret: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> =>
  fetch(`${base_url}/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });

const resume = (secret: string, id: string, last?: string): Promise<Response> =>
  fetch(`${base_url}/v1/streams/${id}`, {
    headers: {
      authorization: `Bearer ${secret}`,
      ...(last === undefined ? {} : { 'last-event-id': last }),
    },
  });

const resumableKey = (more: Record<string, unknown> = {}) =>
  createVirtualKey({ resumable_streams: true, limits: { total_usd: 5 }, ...more });

/** Reads until some events are there, then cuts the socket. @returns all whole events, as a client has them. */
async function readAndCut(response: Response, cut: AbortController, events: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes as Uint8Array, { stream: true });
    if (text.split('\n\n').length > events) break;
  }
  cut.abort();
  return text.slice(0, text.lastIndexOf('\n\n') + 2);
}

const lastId = (text: string): string =>
  text
    .match(/^id: \d+$/gm)
    ?.at(-1)
    ?.slice(4) ?? 'none';

describe('a stream that was cut off', () => {
  it.each(DOORS)(
    '%s: goes on where it was, to the same bytes, by one call and at one charge',
    async (path, model, bodyOf) => {
      const asked = question();
      const body = { ...bodyOf(asked), model, stream: true };
      const { secret } = await resumableKey();
      const cut = new AbortController();
      const first = await send(secret, path, body, cut.signal);
      expect(first.status).toBe(200);
      const id = first.headers.get('x-request-id') ?? '';
      const begun = await readAndCut(first, cut, 3);
      const rest = await resume(secret, id, lastId(begun));
      expect(rest.status).toBe(200);
      expect(rest.headers.get('content-type')).toContain('text/event-stream');
      const ended = await rest.text();
      const whole = await (await resume(secret, id)).text();
      expect(begun + ended).toBe(whole);
      expect(ended.length).toBeGreaterThan(0);
      expect(whole).toMatch(/\[DONE\]|message_stop|response\.completed/);
      // Numbered without a gap.
      const ids = [...whole.matchAll(/^id: (\d+)$/gm)].map(([, n]) => Number(n));
      expect(ids).toEqual(ids.map((_, i) => i + 1));
      expect(await attemptsFor(model, asked)).toMatchObject([{ client_closed: false }]);
      const receipt = await receiptOf(secret, id);
      expect(receipt.ending).toBe('complete');
      const view = await keyView(secret);
      expect(view.limits).toMatchObject({ requests_today: 1, in_flight: 0 });
      expect(view.budgets[0]?.spent_usd).toBeCloseTo(receipt.cost.provider_cost_usd ?? -1, 9);
    },
  );

  it('is found by no other key, and not under a key that does not allow it', async () => {
    const mine = await resumableKey();
    const response = await send(mine.secret, '/chat/completions', {
      model: 'gpt-4o-mini',
      messages,
      stream: true,
    });
    const id = response.headers.get('x-request-id') ?? '';
    const text = await response.text();
    expect(await (await resume(mine.secret, id)).text()).toBe(text);
    for (const other of [await resumableKey(), await createVirtualKey()]) {
      const refused = await resume(other.secret, id);
      expect(refused.status).toBe(404);
      expect(await refused.text()).not.toContain('data:');
    }
    expect((await resume(mine.secret, 'req_none')).status).toBe(404);
    expect((await resume(mine.secret, id, 'x')).status).toBe(400);
    const patched = await admin('PATCH', `keys/${mine.id}`, { resumable_streams: false });
    expect(patched.body['resumable_streams']).toBe(false);
    expect((await resume(mine.secret, id)).status).toBe(404);
  });

  it('is found by no other browser token of the same key', async () => {
    const { secret } = await resumableKey();
    const tokenOf = async (): Promise<string> => {
      const made = await fetch(`${base_url}/v1/tokens`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ttl_seconds: 300 }),
      });
      expect(made.status).toBe(201);
      return ((await made.json()) as { token: string }).token;
    };
    const [mine, other] = [await tokenOf(), await tokenOf()];
    const response = await send(mine, '/chat/completions', { model: 'gpt-4o-mini', messages, stream: true });
    const id = response.headers.get('x-request-id') ?? '';
    const text = await response.text();
    expect(await (await resume(mine, id)).text()).toBe(text);
    expect((await resume(other, id)).status).toBe(404);
    expect((await resume(secret, id)).status).toBe(404);
  });

  it('ends at the provider, too, where the key does not allow it; its events have no ids', async () => {
    const { secret } = await createVirtualKey();
    const asked = question();
    const cut = new AbortController();
    const response = await send(
      secret,
      '/chat/completions',
      { model: 'gpt-4o-mini', messages: asked, stream: true },
      cut.signal,
    );
    expect(await readAndCut(response, cut, 2)).not.toContain('id: ');
    const seen = await eventually(
      () => attemptsFor('gpt-4o-mini', asked),
      ([attempt]) => attempt?.client_closed === true,
    );
    expect(seen).toMatchObject([{ client_closed: true }]);
  });

  it('is read by the official client as any other', async () => {
    const { secret } = await resumableKey();
    const stream = await openaiFor(secret).chat.completions.create({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: 'Say hello' }],
      stream: true,
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text.length).toBeGreaterThan(0);
  });
});
