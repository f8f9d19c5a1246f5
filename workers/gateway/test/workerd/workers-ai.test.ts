import type { AiBinding } from '@sluice/cloudflare/workers-ai-fetch';
import { expect, it } from 'vitest';
import { createGatewayFixture, hello } from './gateway-fixture.ts';

const MODEL = '@cf/meta/llama-3.1-8b-instruct';

interface Run {
  model: string;
  inputs: Record<string, unknown>;
  signal: AbortSignal | undefined;
}

/** A gateway with a binding `AI` that answers as told, and a network on which nobody may be called. */
function createFixture(answer: (run: Run) => Response | Promise<Response>) {
  const runs: Run[] = [];
  const AI: AiBinding = {
    async run(model, inputs, { signal }) {
      const run = { model, inputs, signal };
      runs.push(run);
      return answer(run);
    },
  };
  const fixture = createGatewayFixture({
    upstream: () => new Response('nobody is here', { status: 500 }),
    env: { AI, SLUICE_UPSTREAMS: '' },
  });
  return { ...fixture, runs };
}

const events = (...data: unknown[]): Response =>
  new Response(
    data.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join(''),
    { headers: { 'content-type': 'text/event-stream' } },
  );

const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };

it('a model of the binding answers, without any call over the network', async () => {
  const { createVirtualKey, post, runs, calls } = createFixture(() =>
    Response.json({ response: 'Good day', usage }),
  );
  const { secret } = await createVirtualKey();
  const response = await post(secret, hello(`workers-ai/${MODEL}`, { temperature: 0.2 }));
  expect(await response.json()).toMatchObject({
    object: 'chat.completion',
    choices: [{ message: { role: 'assistant', content: 'Good day' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 5, completion_tokens: 2 },
  });
  expect(runs).toMatchObject([
    { model: MODEL, inputs: { messages: [{ role: 'user' }], temperature: 0.2, max_tokens: 100 } },
  ]);
  expect(runs[0]?.inputs).not.toHaveProperty('model');
  expect(calls).toEqual([]);
});

it("a native stream arrives as OpenAI's, with its tool calls", async () => {
  const { createVirtualKey, post } = createFixture(({ inputs }) => {
    expect(inputs['stream']).toBe(true);
    return events(
      { response: 'Let me' },
      { response: ' look.', tool_calls: [{ name: 'weather', arguments: { city: 'Bonn' } }] },
      { response: null, tool_calls: [{ name: null, arguments: null }] },
      { response: '', usage },
      '[DONE]',
    );
  });
  const { secret } = await createVirtualKey();
  const text = await (await post(secret, hello(`workers-ai/${MODEL}`, { stream: true }))).text();
  const chunks = [...text.matchAll(/^data: (\{.*)$/gm)].map((match) => JSON.parse(match[1] ?? ''));
  const deltas = chunks.map((chunk) => chunk.choices[0]?.delta ?? {});
  expect(deltas.map((delta) => delta.content ?? '').join('')).toBe('Let me look.');
  const calls = deltas.flatMap((delta) => delta.tool_calls ?? []);
  expect(calls[0].function.name).toBe('weather');
  expect(calls.map((call) => call.function.arguments ?? '').join('')).toBe('{"city":"Bonn"}');
  expect(chunks.map((chunk) => chunk.choices[0]?.finish_reason).filter(Boolean)).toEqual(['tool_calls']);
  expect(text).toContain('data: [DONE]');
});

it('a streaming call that is answered in one piece streams all the same', async () => {
  const { createVirtualKey, post } = createFixture(() => Response.json({ response: 'At once', usage }));
  const { secret } = await createVirtualKey();
  const text = await (await post(secret, hello(`workers-ai/${MODEL}`, { stream: true }))).text();
  expect(text).toContain('"content":"At once"');
  expect(text).toContain('data: [DONE]');
});

it('a stream without its end is an error, not a finish', async () => {
  const { createVirtualKey, post } = createFixture(() => events({ response: 'Half' }));
  const { secret } = await createVirtualKey();
  const text = await (await post(secret, hello(`workers-ai/${MODEL}`, { stream: true }))).text();
  expect(text).toContain('"code":"provider_stream_broken"');
  expect(text).not.toContain('[DONE]');
});

it('its embeddings come as OpenAI’s list', async () => {
  const { createVirtualKey, post, runs } = createFixture(() =>
    Response.json({
      shape: [2, 2],
      data: [
        [0.5, 1],
        [0.25, 2],
      ],
    }),
  );
  const { secret } = await createVirtualKey();
  const body = { model: 'workers-ai/@cf/baai/bge-m3', input: ['a', 'b'] };
  const response = await post(secret, body, { path: '/v1/embeddings' });
  expect(await response.json()).toMatchObject({
    object: 'list',
    data: [
      { index: 0, embedding: [0.5, 1] },
      { index: 1, embedding: [0.25, 2] },
    ],
  });
  expect(runs[0]).toMatchObject({ model: '@cf/baai/bge-m3', inputs: { text: ['a', 'b'] } });
});

// The last of these puts the connection out of use: nothing that needs it may follow.
it.each([
  ['5007: No such model @cf/x or task', 400, 'unknown_model'],
  ['5004: Invalid data: bad temperature', 400, 'invalid_request'],
  ['3036: You have used up your daily free allocation', 502, 'provider_error'],
])('the binding’s own error %j is what it says', async (message, status, code) => {
  const { createVirtualKey, post } = createFixture(() => {
    throw new Error(message);
  });
  const { secret } = await createVirtualKey();
  const response = await post(secret, hello(`workers-ai/${MODEL}`));
  expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
    status,
    code,
  ]);
});

it('a connection that writes the reserved address into its base URL does not reach the binding', async () => {
  const runs: string[] = [];
  const AI: AiBinding = {
    async run(model) {
      runs.push(model);
      return Response.json({ response: 'mine', usage });
    },
  };
  const { createVirtualKey, post } = createGatewayFixture({
    upstream: () => new Response('nobody', { status: 500 }),
    env: {
      AI,
      SLUICE_UPSTREAMS: JSON.stringify([
        {
          provider: 'openai',
          base_url: 'https://workers-ai.binding',
          credential: 'guess',
          models: ['thief'],
        },
      ]),
    },
  });
  const { secret } = await createVirtualKey();
  const response = await post(secret, hello('openai/thief'));
  expect(response.status).toBe(502);
  expect(runs).toEqual([]);
});
