import { expect, it } from 'vitest';
import { budget, createGatewayFixture, settledUsage, streamed } from './gateway-fixture.ts';

const MODEL = 'claude-sonnet-4-5';
const PATH = '/v1/messages';

const event = (data: Record<string, unknown>): string =>
  `event: ${data['type']}\ndata: ${JSON.stringify(data)}${' '.repeat(5)}\n\n`;
/** With an event, a block and members of which the gateway knows nothing. */
const STREAM = [
  event({
    type: 'message_start',
    message: { id: 'msg_1', model: MODEL, content: [], usage: { input_tokens: 10, output_tokens: 1 } },
  }),
  event({ type: 'ping' }),
  event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' }, novel: 1 }),
  event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Grüße, 世界' } }),
  event({ type: 'content_block_stop', index: 0 }),
  event({ type: 'novelty', data: [1, 2, 3] }),
  event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 20 } }),
  event({ type: 'message_stop' }),
];
const WHOLE = `{"id":"msg_1", "type":"message","content":[{"type":"text","text":"Gr\\u00fc\\u00dfe"}],"model":"${MODEL}",
  "stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":20,"big":12345678901234567890}}`;

const bodyOf = (more: string): string =>
  `{ "messages":[{"role":"user","content":"Gr\\u00fc\\u00dfe"}], "model":"${MODEL}", "max_tokens":100 , "new_feature":{"n":12345678901234567890}${more}}`;

type Fixture = ReturnType<typeof createGatewayFixture>;
const send = (
  { gateway }: Fixture,
  secret: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<Response> =>
  Promise.resolve(
    gateway.fetch(
      new Request(`http://gateway${PATH}?beta=true`, {
        method: 'POST',
        headers: { 'x-api-key': secret, 'content-type': 'application/json', ...headers },
        body,
      }),
    ),
  );

it('sends Anthropic the client’s own bytes, version and betas, and nothing else of its headers', async () => {
  const fixture = createGatewayFixture({
    upstream: () => new Response(WHOLE, { headers: { 'content-type': 'application/json' } }),
  });
  const { secret } = await fixture.createVirtualKey();
  const body = bodyOf('');
  const response = await send(fixture, secret, body, {
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'context-1m-2025-08-07, made-up-2030-01-01',
    'anthropic-dangerous-direct-browser-access': 'true',
    'x-private': 'secret',
    'x-llm-gateway-body': 'off',
  });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe(WHOLE);
  expect(response.headers.get('request-id')).toBe(response.headers.get('x-request-id'));
  const [call] = fixture.calls;
  expect(call?.text).toBe(body);
  expect(call?.headers).toMatchObject({
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'context-1m-2025-08-07, made-up-2030-01-01',
  });
  expect(Object.keys(call?.headers ?? {}).sort()).toEqual([
    'anthropic-beta',
    'anthropic-version',
    'content-type',
    'x-api-key',
    'x-llm-gateway-hops',
  ]);
});

it('gives the client the provider’s stream byte for byte, and bills what its end says', async () => {
  const fixture = createGatewayFixture({ upstream: () => streamed(STREAM) });
  const { secret, stub } = await fixture.createVirtualKey({ budgets: [budget(1e12)] });
  const body = bodyOf(',"stream":true');
  const response = await send(fixture, secret, body);
  expect(await response.text()).toBe(STREAM.join(''));
  expect(fixture.calls[0]?.text).toBe(body);
  const usage = await settledUsage(stub);
  // $3 and $15 per million tokens of Claude Sonnet 4.5.
  expect(usage.budgets[0]?.spent_usd_nanos).toBe(10 * 3000 + 20 * 15_000);
});

it('changes one member where the rest of the budget pays for less', async () => {
  const fixture = createGatewayFixture({
    upstream: () => new Response(WHOLE, { headers: { 'content-type': 'application/json' } }),
  });
  const { secret } = await fixture.createVirtualKey({ budgets: [budget(1_500_000)] });
  const body = bodyOf('').replace('"max_tokens":100', '"max_tokens":9000');
  const response = await send(fixture, secret, body);
  expect(response.status).toBe(200);
  const sent = /"max_tokens":(\d+)/.exec(fixture.calls[0]?.text ?? '')?.[1];
  expect(Number(sent)).toBeGreaterThan(15);
  expect(Number(sent)).toBeLessThan(100);
  expect(fixture.calls[0]?.text).toBe(body.replace('9000', String(sent)));
});

it.each([
  'prompt is too long: 210112 tokens > 200000 maximum',
  'messages.1.content.0: Invalid `signature` in `thinking` block',
  "tools.0.custom.input_schema: JSON schema is invalid - it's wrong",
])('gives Anthropic’s own words of a refusal back verbatim: %s', async (message) => {
  const fixture = createGatewayFixture({
    upstream: () =>
      Response.json(
        { type: 'error', error: { type: 'invalid_request_error', message }, request_id: 'req_theirs' },
        { status: 400 },
      ),
  });
  const { secret } = await fixture.createVirtualKey();
  const response = await send(fixture, secret, bodyOf(''));
  expect(response.status).toBe(400);
  const { type, error, request_id } = (await response.json()) as Record<string, Record<string, unknown>>;
  expect(type).toBe('error');
  expect(error).toMatchObject({ type: 'invalid_request_error', message });
  expect(request_id).toBe(response.headers.get('request-id'));
});

it('ends a stream that breaks off with an error event, and never with a stop', async () => {
  const fixture = createGatewayFixture({ upstream: () => streamed(STREAM.slice(0, 4)) });
  const { secret } = await fixture.createVirtualKey();
  const text = await (await send(fixture, secret, bodyOf(',"stream":true'))).text();
  expect(text.startsWith(STREAM.slice(0, 4).join(''))).toBe(true);
  expect(text).toMatch(/event: error\ndata: \{"type":"error","error":\{"type":"api_error".*\}\n\n$/);
  expect(text).not.toContain('message_stop');
});

it('puts the receipt into the last event of a stream when it is asked for, and changes nothing else', async () => {
  const fixture = createGatewayFixture({ upstream: () => streamed(STREAM) });
  const { secret } = await fixture.createVirtualKey();
  const response = await send(fixture, secret, bodyOf(',"stream":true'), { 'x-llm-gateway-body': 'on' });
  const text = await response.text();
  const receipt = /,"x-llm-gateway":(\{.*\})\}/.exec(text)?.[1] ?? '';
  expect(JSON.parse(receipt)).toMatchObject({ provider: 'anthropic', model: MODEL });
  expect(text.replace(`,"x-llm-gateway":${receipt}`, '')).toBe(STREAM.join(''));
});

it.each([
  ['openai/a-model-without-a-price', 'estimated'],
  ['anthropic/a-model-without-a-price', 'counted'],
])(
  'counts tokens of %s for nothing, even where its price is unknown and the budget is small',
  async (model, how) => {
    const fixture = createGatewayFixture({ upstream: () => Response.json({ input_tokens: 42 }) });
    const { secret, stub } = await fixture.createVirtualKey({ budgets: [budget(1)] });
    const response = await fixture.post(
      secret,
      { model, messages: [{ role: 'user', content: 'x'.repeat(400) }] },
      { path: '/v1/messages/count_tokens' },
    );
    expect(response.status).toBe(200);
    const { input_tokens } = (await response.json()) as { input_tokens: number };
    const { cost_usd, degraded } = JSON.parse(response.headers.get('x-llm-gateway') ?? '{}');
    expect(cost_usd).toBe(0);
    if (how === 'counted') {
      expect(input_tokens).toBe(42);
      expect(degraded).toEqual([]);
      expect(fixture.calls[0]?.path).toMatch(/\/messages\/count_tokens$/);
      expect(fixture.calls[0]?.text).toContain('"model":"a-model-without-a-price"');
    } else {
      expect(input_tokens).toBeGreaterThan(90);
      expect(degraded).toEqual([expect.stringContaining('estimated')]);
      expect(fixture.calls).toEqual([]);
    }
    expect((await settledUsage(stub)).budgets[0]?.spent_usd_nanos).toBe(0);
  },
);

it('falls back from Claude to Gemini in the middle of a tool loop, without Claude’s signature', async () => {
  const fixture = createGatewayFixture({
    upstream: ({ host }) =>
      host === 'anthropic.test'
        ? Response.json(
            { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
            { status: 529 },
          )
        : Response.json({
            candidates: [{ content: { role: 'model', parts: [{ text: 'Done' }] }, finishReason: 'STOP' }],
            usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 1 },
          }),
  });
  const { secret } = await fixture.createVirtualKey();
  const response = await fixture.post(
    secret,
    {
      model: MODEL,
      max_tokens: 4000,
      'x-fallback-chain': ['gemini-2.5-flash'],
      thinking: { type: 'enabled', budget_tokens: 2000 },
      tools: [
        { name: 'f', input_schema: { type: 'object' } },
        { type: 'web_search_20250305', name: 'web_search' },
      ],
      messages: [
        { role: 'user', content: 'go' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Secret thought', signature: 'ANTHROPIC-SIGNED' },
            { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'ok' }] },
      ],
    },
    { path: PATH },
  );
  expect(await response.json()).toMatchObject({
    type: 'message',
    content: [{ type: 'text', text: 'Done' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 9, output_tokens: 1 },
  });
  const [claude, ...others] = fixture.calls.map(({ host, text }) => ({ host, text }));
  expect(claude?.text).toContain('web_search_20250305');
  expect(claude?.text).not.toContain('x-fallback-chain');
  expect(others.at(-1)?.host).toBe('gemini.test');
  expect(others.at(-1)?.text).not.toContain('ANTHROPIC-SIGNED');
  expect(others.at(-1)?.text).not.toContain('Secret thought');
});
