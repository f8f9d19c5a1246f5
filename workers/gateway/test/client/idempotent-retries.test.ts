import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptsOn, base_url, createVirtualKey, eventually, keyView } from './harness.ts';

/** A network that loses the first whole answer to each Idempotency-Key: the gateway has finished, the client has nothing. */
let network: Server;
let network_url = '';
const lost = new Set<string>();

beforeAll(async () => {
  network = createServer(async (request, response) => {
    const bytes: Buffer[] = [];
    for await (const piece of request) bytes.push(piece);
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers))
      if (typeof value === 'string' && !['host', 'connection', 'content-length'].includes(name))
        headers.set(name, value);
    const answer = await fetch(`${base_url}${request.url}`, {
      method: 'POST',
      headers,
      body: Buffer.concat(bytes),
    });
    const text = await answer.text();
    const key = headers.get('idempotency-key') ?? '';
    if (!lost.has(key)) {
      lost.add(key);
      request.socket.destroy();
      return;
    }
    const shown = ['content-type', 'idempotent-replayed', 'x-request-id'];
    response.writeHead(
      answer.status,
      Object.fromEntries(shown.map((name) => [name, answer.headers.get(name) ?? ''])),
    );
    response.end(text);
  });
  network.listen(0, '127.0.0.1');
  await once(network, 'listening');
  const address = network.address();
  if (typeof address === 'object' && address !== null) network_url = `http://127.0.0.1:${address.port}`;
});
afterAll(() => network.close());

const run = Date.now().toString(36);
let serial = 0;

interface Told {
  text: string;
  response: Response;
}
type Ask = (key: string, text: string, stream: boolean, headers: Record<string, string>) => Promise<Told>;

const chat: Ask = async (apiKey, content, stream, headers) => {
  const { completions } = new OpenAI({ apiKey, baseURL: `${network_url}/v1`, maxRetries: 2 }).chat;
  const body = { model: 'gpt-4o-mini', messages: [{ role: 'user' as const, content }] };
  if (!stream) {
    const { data, response } = await completions.create(body, { headers }).withResponse();
    return { text: data.choices[0]?.message.content ?? '', response };
  }
  const { data, response } = await completions.create({ ...body, stream: true }, { headers }).withResponse();
  let text = '';
  for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? '';
  return { text, response };
};

const responses: Ask = async (apiKey, input, stream, headers) => {
  const client = new OpenAI({ apiKey, baseURL: `${network_url}/v1`, maxRetries: 2 });
  const body = { model: 'gpt-4o-mini', input };
  if (!stream) {
    const { data, response } = await client.responses.create(body, { headers }).withResponse();
    return { text: data.output_text, response };
  }
  const { data, response } = await client.responses
    .create({ ...body, stream: true }, { headers })
    .withResponse();
  let text = '';
  for await (const event of data) if (event.type === 'response.output_text.delta') text += event.delta;
  return { text, response };
};

const messages: Ask = async (apiKey, content, stream, headers) => {
  const client = new Anthropic({ apiKey, baseURL: network_url, maxRetries: 2 });
  const body = { model: 'gpt-4o-mini', max_tokens: 300, messages: [{ role: 'user' as const, content }] };
  if (!stream) {
    const { data, response } = await client.messages.create(body, { headers }).withResponse();
    return {
      text: data.content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
      response,
    };
  }
  const { data, response } = await client.messages
    .create({ ...body, stream: true }, { headers })
    .withResponse();
  let text = '';
  for await (const event of data)
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text;
  return { text, response };
};

describe.each([
  ['/v1/chat/completions', chat],
  ['/v1/responses', responses],
  ['/v1/messages', messages],
] as const)('an official client whose answer of %s was lost on the way', (_path, ask) => {
  it.each([false, true])('retries by itself, gets it again, and pays once (stream: %s)', async (stream) => {
    const { secret } = await createVirtualKey({ limits: { total_usd: 5 } });
    const words = `Tell of the lost letter ${run}-${serial++}-`;
    const told = await ask(secret, words, stream, { 'idempotency-key': `lost-${run}-${serial}` });
    expect(told.response.headers.get('idempotent-replayed')).toBe('true');
    expect(told.text).toContain('lost letter');
    const attempts = (await attemptsOn('gpt-4o-mini')).filter(({ request_body }) =>
      JSON.stringify(request_body).includes(words),
    );
    expect(attempts).toHaveLength(1);
    const { budgets } = await eventually(
      () => keyView(secret),
      ({ limits, budgets: [budget] }) => limits.in_flight === 0 && budget?.held_usd === 0,
    );
    const trace = await fetch(`${base_url}/v1/receipts/${told.response.headers.get('x-request-id')}`, {
      headers: { authorization: `Bearer ${secret}` },
    });
    const replay = (await trace.json()) as {
      cache: { kind: string };
      cost: { provider_cost_usd: number };
    };
    expect(replay.cache.kind).toBe('idempotency');
    expect(replay.cost.provider_cost_usd).toBe(0);
    expect(budgets[0]?.held_usd).toBe(0);
    expect(budgets[0]?.spent_usd).toBeGreaterThan(0);
  });
});
