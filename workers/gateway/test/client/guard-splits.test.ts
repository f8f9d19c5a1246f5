import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, base_url, createVirtualKey, eventually, openaiFor, post } from './harness.ts';

const run = Date.now().toString(36);
const made: string[] = [];
const servers: Server[] = [];
/** As many ways to cut each answer, at each door. */
const CUTS = 36;
const TEXT = 'Write to jane.doe@example.com, pay with 4111 1111 1111 1111, then rest.';
const SAFE_TEXT = 'Write to [EMAIL_1], pay with [CREDIT_CARD_1], then rest.';
const ARGUMENTS = '{"to":"jane.doe@example.com","card":"4111 1111 1111 1111","n":1}';
const SAFE_ARGUMENTS = { to: '[EMAIL_1]', card: '[CREDIT_CARD_1]', n: 1 };

/** The same numbers for the same seed, so that a cut that fails can be made again. */
function random(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 0x1_0000_0000;
  };
}

function cut(text: string, next: () => number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const to = at + 1 + Math.floor(next() * next() * 24);
    pieces.push(text.slice(at, to));
    at = to;
  }
  return pieces;
}

const data = (body: unknown): string => `data: ${JSON.stringify(body)}\n\n`;
const named = (body: { type: string; sequence_number?: number }): string =>
  `event: ${body.type}\n${data(body)}`;

/** A streamed answer in the provider's grammar: the text, then a call of a tool. */
const STREAMS: Record<string, (texts: string[], args: string[]) => string> = {
  '/v1/chat/completions'(texts, args) {
    const chunk = (delta: unknown, finish_reason: string | null = null): string =>
      data({
        id: 'c',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'm',
        choices: [{ index: 0, delta, finish_reason }],
      });
    const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'find', arguments: '' } };
    return [
      chunk({ role: 'assistant', content: '' }),
      ...texts.map((content) => chunk({ content })),
      chunk({ tool_calls: [call] }),
      ...args.map((one) => chunk({ tool_calls: [{ index: 0, function: { arguments: one } }] })),
      chunk({}, 'tool_calls'),
      'data: [DONE]\n\n',
    ].join('');
  },
  '/v1/messages'(texts, args) {
    const usage = { input_tokens: 1, output_tokens: 1 };
    const message = { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], usage };
    const delta = (index: number, one: unknown) => ({ type: 'content_block_delta', index, delta: one });
    const events = [
      { type: 'message_start', message: { ...message, stop_reason: null, stop_sequence: null } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      ...texts.map((text) => delta(0, { type: 'text_delta', text })),
      { type: 'content_block_stop', index: 0 },
      {
        type: 'content_block_start',
        index: 1,
        content_block: { type: 'tool_use', id: 't', name: 'find', input: {} },
      },
      ...args.map((partial_json) => delta(1, { type: 'input_json_delta', partial_json })),
      { type: 'content_block_stop', index: 1 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage },
      { type: 'message_stop' },
    ];
    return events.map(named).join('');
  },
  // Says each value three times more when an item, and when the whole answer, is done.
  '/v1/responses'(texts, args) {
    const part = { type: 'output_text', text: texts.join(''), annotations: [] };
    const message = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [part] };
    const call = { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'find', status: 'completed' };
    const called = { ...call, arguments: args.join('') };
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
    const answer = { id: 'resp_1', object: 'response', created_at: 1, model: 'm' };
    const text_at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
    const call_at = { item_id: 'fc_1', output_index: 1 };
    const events = [
      { type: 'response.created', response: { ...answer, status: 'in_progress', output: [] } },
      { type: 'response.output_item.added', output_index: 0, item: { ...message, content: [] } },
      { type: 'response.content_part.added', ...text_at, part: { ...part, text: '' } },
      ...texts.map((delta) => ({ type: 'response.output_text.delta', ...text_at, delta })),
      { type: 'response.output_text.done', ...text_at, text: part.text },
      { type: 'response.content_part.done', ...text_at, part },
      { type: 'response.output_item.done', output_index: 0, item: message },
      { type: 'response.output_item.added', output_index: 1, item: { ...call, arguments: '' } },
      ...args.map((delta) => ({ type: 'response.function_call_arguments.delta', ...call_at, delta })),
      { type: 'response.function_call_arguments.done', ...call_at, arguments: called.arguments },
      { type: 'response.output_item.done', output_index: 1, item: called },
      {
        type: 'response.completed',
        response: { ...answer, status: 'completed', output: [message, called], usage },
      },
    ];
    return events.map((event, sequence_number) => named({ ...event, sequence_number })).join('');
  },
};

/** Which of its doors the provider was asked at. */
const asked_at = new Set<string>();

/** Answers with the cuts that the prompt's number says, and splits the bytes elsewhere again. */
async function listen(): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const asked = Buffer.concat(chunks).toString('utf8');
      const next = random(Number(/cut (\d+)/.exec(asked)?.[1] ?? 0));
      const render = STREAMS[request.url ?? ''];
      if (render === undefined) return void response.writeHead(404).end();
      asked_at.add(request.url ?? '');
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const all = Buffer.from(render(cut(TEXT, next), cut(ARGUMENTS, next)));
      for (let at = 0; at < all.length; ) {
        const to = at + 1 + Math.floor(next() * 400);
        response.write(all.subarray(at, to));
        at = to;
        await new Promise(setImmediate);
      }
      response.end();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

let secret = '';
const OPENAI = `split-openai-${run}`;
const ANTHROPIC = `split-anthropic-${run}`;
const hits: { body: string; headers: Record<string, string> }[] = [];
let hook_secret = '';
let key_id = '';
const WORD = `unspeakable${run}`;

beforeAll(async () => {
  const base_url_of_provider = await listen();
  for (const [provider, model] of [
    ['openai', OPENAI],
    ['anthropic', ANTHROPIC],
  ]) {
    const { status, body } = await admin<{ id: string }>('POST', 'connections', {
      provider,
      credential: `test-${run}`,
      // Anthropic's base URL has no version in it.
      base_url: provider === 'openai' ? base_url_of_provider : base_url_of_provider.replace(/\/v1$/, ''),
      private_allowed: true,
      models: [model],
    });
    if (status !== 201) throw new Error(JSON.stringify(body));
    made.push(`connections/${body.id}`);
  }
  const hook = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
      const headers = Object.fromEntries(names.map((name) => [name, String(request.headers[name])]));
      hits.push({ body: Buffer.concat(chunks).toString('utf8'), headers });
      response.writeHead(204).end();
    });
  });
  servers.push(hook);
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const created = await admin<{ id: string; secret: string }>('POST', 'webhooks', {
    url: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/in`,
    events: ['guard.hit'],
    private_allowed: true,
  });
  if (created.status !== 201) throw new Error(JSON.stringify(created.body));
  hook_secret = created.body.secret;
  made.push(`webhooks/${created.body.id}`);
  const key = await createVirtualKey();
  made.push(`keys/${key.id}`);
  ({ secret, id: key_id } = key);
  for (const guard of [
    { name: `split-${run}`, rule: { kind: 'pii', types: ['email', 'credit_card'] }, sides: ['output'] },
    { name: `word-${run}`, rule: { kind: 'words', words: [WORD] }, sides: ['input'] },
  ]) {
    await admin('POST', 'guards', { ...guard, keys: [key_id] });
    made.unshift(`guards/${guard.name}`);
  }
  await eventually(
    async () =>
      (await post(secret, { model: 'gpt-4o-mini', messages: [{ role: 'user', content: `Say ${WORD}` }] }))
        .status,
    (status) => status === 422,
  );
});

afterAll(async () => {
  for (const route of made) await admin('DELETE', route);
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface Said {
  text: string;
  args: unknown;
}

const parameters = { type: 'object' as const, properties: {} };
const CHAT_TOOLS = [{ type: 'function' as const, function: { name: 'find', parameters } }];

/** Every door, in the vendor's own client; `model` says who serves it. */
const DOORS: Record<string, (model: string, prompt: string) => Promise<Said>> = {
  async chat(model, content) {
    const answer = await openaiFor(secret)
      .chat.completions.stream({ model, messages: [{ role: 'user', content }], tools: CHAT_TOOLS })
      .finalChatCompletion();
    const message = answer.choices[0]?.message;
    const call = message?.tool_calls?.[0];
    const args = call?.type === 'function' ? call.function.arguments : 'null';
    return { text: message?.content ?? '', args: JSON.parse(args) };
  },
  async messages(model, content) {
    const client = new Anthropic({ baseURL: base_url, apiKey: secret, maxRetries: 0 });
    const message = await client.messages
      .stream({
        model,
        max_tokens: 500,
        messages: [{ role: 'user', content }],
        tools: [{ name: 'find', input_schema: parameters }],
      })
      .finalMessage();
    const text = message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
    return { text, args: message.content.find((block) => block.type === 'tool_use')?.input };
  },
  async responses(model, input) {
    const stream = await openaiFor(secret).responses.create({
      model,
      input,
      stream: true,
      tools: [{ type: 'function', name: 'find', parameters, strict: false }],
    });
    let text = '';
    let args = '';
    for await (const event of stream) {
      expect(JSON.stringify(event)).not.toMatch(/jane|example\.com|4111/);
      if (event.type === 'response.output_text.delta') text += event.delta;
      if (event.type === 'response.function_call_arguments.delta') args += event.delta;
    }
    return { text, args: JSON.parse(args) };
  },
};

describe.each([
  ['chat', OPENAI],
  ['chat', ANTHROPIC],
  ['messages', OPENAI],
  ['messages', ANTHROPIC],
  ['responses', ANTHROPIC],
  ['responses', OPENAI],
])('at the %s door, served by %s', (door, model) => {
  it('no byte of a redacted value reaches the client, in text and arguments, however the stream is cut', async () => {
    for (let seed = 1; seed <= CUTS; seed++)
      expect(await DOORS[door]?.(model, `cut ${seed}`), `cut ${seed}`).toEqual({
        text: SAFE_TEXT,
        args: SAFE_ARGUMENTS,
      });
  });
});

it('the provider was asked in each of the three grammars, its own Responses included', () => {
  expect([...asked_at].sort()).toEqual(Object.keys(STREAMS).sort());
});

it('a request that a guard blocks is told to a webhook, signed, with no word of the user in it', async () => {
  const told = await eventually(
    async () => hits.filter(({ body }) => body.includes(`word-${run}`)),
    (found) => found.length > 0,
    400,
  );
  const [first] = told;
  if (first === undefined) throw new Error('nothing was told');
  expect(new Webhook(hook_secret).verify(first.body, first.headers)).toMatchObject({
    type: 'guard.hit',
    data: { guard: `word-${run}`, kind: 'words', side: 'input', action: 'block' },
  });
  for (const { body } of hits) expect(body).not.toMatch(new RegExp(`${WORD}|jane|4111`));
  // Once an hour for a guard, side and action, however often it acts.
  expect(told).toHaveLength(1);
});
