import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { attemptsOn, base_url, createVirtualKey, openaiFor, receiptOf, simulator_url } from './harness.ts';

type Input = OpenAI.Responses.ResponseInput;

/** The first is passed through, the others are translated. */
const MODELS = ['gpt-4o-mini', 'gpt-5', 'claude-sonnet-4-5', 'gemini-2.5-flash'];

const weather: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather in a city',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
  strict: true,
};

let serial = 0;
const unique = (base: string, fault: string): string =>
  `${base}-${Date.now().toString(36)}${serial++}-sim-${fault}`;

const post = (
  key: string,
  body: Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(`${base_url}/v1/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify(body),
  });

const refusalOf = async (asking: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> => {
  const caught = await asking.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(caught instanceof OpenAI.APIError)) throw new Error(`no API error: ${String(caught)}`);
  return caught;
};

describe.each(MODELS)('the official client on %s, through Responses', (model) => {
  let client: OpenAI;
  let key: string;
  beforeAll(async () => {
    key = (await createVirtualKey()).secret;
    client = openaiFor(key);
  });

  it('gets a whole answer with its receipt', async () => {
    const { data, response } = await client.responses
      .create({ model, instructions: 'Be brief.', input: 'Say hello' })
      .withResponse();
    expect(data.object).toBe('response');
    expect(data.status).toBe('completed');
    expect(data.output_text).toContain('Say hello');
    const { usage } = data;
    expect(usage?.total_tokens).toBe((usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0));
    const compact = (data as unknown as Record<string, Record<string, unknown>>)['x-llm-gateway'];
    expect(compact?.['request_id']).toBe(response.headers.get('x-request-id'));
    expect(compact?.['cost_usd']).toBeGreaterThan(0);
    const receipt = await receiptOf(key, String(compact?.['request_id']));
    expect(receipt.execution.tokens?.['total']).toBe(usage?.total_tokens);
  });

  it('streams numbered events that build the same answer', async () => {
    const stream = client.responses.stream({ model, input: 'Tell me about rivers' });
    let text = '';
    const types: string[] = [];
    for await (const event of stream) {
      expect(event.sequence_number).toBe(types.length);
      types.push(event.type);
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    const final = await stream.finalResponse();
    expect(types.slice(0, 2)).toEqual(['response.created', 'response.in_progress']);
    expect(types.at(-1)).toBe('response.completed');
    expect(final.output_text).toBe(text);
    expect(text).toContain('Tell me about rivers');
    expect(final.usage?.output_tokens).toBeGreaterThan(0);
  });

  it.each([false, true])('calls a tool and takes its result (stream: %s)', async (stream) => {
    const input: Input = [{ role: 'user', content: 'Weather in Paris?' }];
    const ask = async (): Promise<OpenAI.Responses.Response> => {
      const body = {
        model,
        input,
        tools: [weather],
        include: ['reasoning.encrypted_content' as const],
        store: false,
      };
      const fitting = model === 'gpt-4o-mini' ? { ...body, include: [] } : body;
      return stream ? client.responses.stream(fitting).finalResponse() : client.responses.create(fitting);
    };
    const first = await ask();
    const call = first.output.find((item) => item.type === 'function_call');
    if (call === undefined) throw new Error('no call came');
    expect(call.name).toBe('get_weather');
    expect(JSON.parse(call.arguments)).toHaveProperty('city');
    // Everything that came goes back, reasoning with its opaque part included.
    for (const item of first.output) input.push(item as OpenAI.Responses.ResponseInputItem);
    input.push({ type: 'function_call_output', call_id: call.call_id, output: 'Sunny, 21 degrees' });
    const second = await ask();
    expect(second.status).toBe('completed');
    expect(second.output_text).toContain('Sunny, 21 degrees');
  });

  it.each([false, true])('keeps parallel calls apart (stream: %s)', async (stream) => {
    const body = { model, input: 'Weather in parallel for two cities', tools: [weather] };
    const answer: OpenAI.Responses.Response = stream
      ? await client.responses.stream(body).finalResponse()
      : await client.responses.create(body);
    const calls = answer.output.filter((item) => item.type === 'function_call');
    expect(calls.length).toBe(2);
    expect(new Set(calls.map((call) => call.call_id)).size).toBe(2);
    expect(new Set(calls.map((call) => call.id)).size).toBe(2);
    for (const call of calls) expect(JSON.parse(call.arguments)).toHaveProperty('city');
  });

  it.each([false, true])('calls a tool of free text and takes its result (stream: %s)', async (stream) => {
    const patch: OpenAI.Responses.CustomTool = {
      type: 'custom',
      name: 'apply_patch',
      description: 'Changes files',
      format: { type: 'grammar', syntax: 'lark', definition: 'start: /.+/' },
    };
    const input: Input = [{ role: 'user', content: 'Change the file' }];
    const body = { model, input, tools: [patch] };
    const first: OpenAI.Responses.Response = stream
      ? await client.responses.stream(body).finalResponse()
      : await client.responses.create(body);
    const call = first.output.find((item) => item.type === 'custom_tool_call');
    if (call === undefined) throw new Error('no call came');
    expect(call.name).toBe('apply_patch');
    expect(call.input.length).toBeGreaterThan(0);
    expect(call.input).not.toContain('{');
    input.push(
      { type: 'custom_tool_call', call_id: call.call_id, name: call.name, input: call.input },
      { type: 'custom_tool_call_output', call_id: call.call_id, output: 'Patched' },
    );
    expect((await client.responses.create(body)).output_text).toContain('Patched');
  });

  it('answers by a JSON schema', async () => {
    const answer = await client.responses.parse({
      model,
      input: 'A person',
      text: {
        format: {
          type: 'json_schema',
          name: 'person',
          strict: true,
          schema: {
            type: 'object',
            properties: { name: { type: 'string' }, age: { type: 'integer' } },
            required: ['name', 'age'],
            additionalProperties: false,
          },
        },
      },
    });
    const person = JSON.parse(answer.output_text) as Record<string, unknown>;
    expect(typeof person['name']).toBe('string');
    expect(Number.isInteger(person['age'])).toBe(true);
  });

  it.each([false, true])('stops at the output limit and says so (stream: %s)', async (stream) => {
    const body = {
      model,
      input: '[sim tokens=200] Long story',
      max_output_tokens: 16,
      reasoning: model === 'gpt-5' ? { effort: 'minimal' as const } : null,
    };
    const answer: OpenAI.Responses.Response = stream
      ? await client.responses.stream(body).finalResponse()
      : await client.responses.create(body);
    expect(answer.status).toBe('incomplete');
    expect(answer.incomplete_details?.reason).toBe('max_output_tokens');
    expect(answer.usage?.output_tokens).toBeLessThanOrEqual(16);
  });

  it.each(['cut-fin', 'cut-rst', 'error-event'])(
    '%s: an error event, and never a clean end',
    async (fault) => {
      const response = await post(key, { model: unique(model, fault), input: 'Hello', stream: true });
      expect(response.status).toBe(200);
      const text = await response.text();
      expect(text).toContain('event: error\n');
      expect(text).toContain('event: response.failed\n');
      expect(text).not.toContain('response.completed');
      expect(text).not.toContain('[DONE]');
      const receipt = await receiptOf(key, response.headers.get('x-request-id') ?? '');
      expect(receipt.ending).toBe('truncated');
    },
  );

  it('makes the official client throw when a stream is cut', async () => {
    const reading = async (): Promise<void> => {
      const stream = await client.responses.create({
        model: unique(model, 'cut-fin'),
        input: 'Hi',
        stream: true,
      });
      for await (const _ of stream);
    };
    await expect(reading()).rejects.toThrow(OpenAI.APIError);
  });

  it('puts the receipt into the last event where it is asked for', async () => {
    const asked = { model, input: 'Hello', stream: true };
    const text = await (await post(key, asked, { 'x-llm-gateway-body': 'on' })).text();
    const last = text.split('\n').findLast((line) => line.startsWith('data: '));
    const { type, response } = JSON.parse(last?.slice(6) ?? '');
    expect(type).toBe('response.completed');
    expect(response['x-llm-gateway'].cost_usd).toBeGreaterThan(0);
    expect(await (await post(key, asked)).text()).not.toContain('x-llm-gateway');
  });
});

describe.each(['gpt-5', 'claude-sonnet-4-5', 'gemini-3-pro-preview'])('reasoning of %s', (base) => {
  it.each([false, true])('goes back to whoever made it, through a tool loop (stream: %s)', async (stream) => {
    const client = openaiFor((await createVirtualKey()).secret);
    const model = unique(base, 'tokens-20');
    const input: Input = [{ role: 'user', content: 'Weather in Paris?' }];
    const ask = async (): Promise<OpenAI.Responses.Response> => {
      const body = {
        model,
        input,
        tools: [weather],
        reasoning: { effort: 'medium' as const, summary: 'auto' as const },
        include: ['reasoning.encrypted_content' as const],
        store: false,
      };
      return stream ? client.responses.stream(body).finalResponse() : client.responses.create(body);
    };
    const first = await ask();
    expect(first.output[0]?.type).toBe('reasoning');
    expect(first.output.at(-1)?.type).toBe('function_call');
    for (const item of first.output) {
      input.push(item as OpenAI.Responses.ResponseInputItem);
      if (item.type === 'function_call')
        input.push({ type: 'function_call_output', call_id: item.call_id, output: 'Sunny' });
    }
    // The simulator refuses reasoning that is missing where it must be, or altered.
    expect((await ask()).output_text).toContain('Sunny');
    const second = JSON.stringify((await attemptsOn(model))[1]?.request_body);
    expect(second).toMatch(/"encrypted_content":"g|"signature":"|"thoughtSignature":"/);
    expect(second).not.toContain('skip_thought_signature_validator');
    expect(second).not.toContain('sluice-1:');
  });
});

describe('passed through to OpenAI', () => {
  it.each([false, true])('every byte of the answer is the provider`s (stream: %s)', async (stream) => {
    const key = (await createVirtualKey()).secret;
    const body = { model: 'gpt-5', input: 'Grüße, 世界 🌍', stream, reasoning: { summary: 'auto' } };
    const through = await post(key, body, { 'x-llm-gateway-body': 'off' });
    const direct = await fetch(`${simulator_url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer simulator' },
      body: JSON.stringify(body),
    });
    // Ids and times differ from call to call.
    const still = (text: string): string =>
      text.replaceAll(/"(resp|msg|rs)_[a-z0-9]+"/g, '"$1"').replaceAll(/"created_at":\d+/g, '"created_at":0');
    expect(still(await through.text())).toBe(still(await direct.text()));
  });

  it('the request reaches it as it was sent, references to stored answers included', async () => {
    const client = openaiFor((await createVirtualKey()).secret);
    const model = unique('gpt-4o-mini', 'tokens-20');
    const body = {
      model,
      previous_response_id: 'resp_123',
      input: [{ type: 'message' as const, role: 'user' as const, content: 'Go on' }],
      tools: [{ type: 'web_search' as const }],
      truncation: 'auto' as const,
    };
    expect((await client.responses.create(body)).status).toBe('completed');
    const [attempt] = await attemptsOn(model);
    expect(attempt?.request_body).toEqual(body);
  });

  it('a model that answers through Responses alone is reached from the chat door', async () => {
    const client = openaiFor((await createVirtualKey()).secret);
    const model = unique('o3-pro', 'tokens-20');
    const chat = await client.chat.completions.create({
      model,
      messages: [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: 'Say hello' },
      ],
    });
    expect(chat.choices[0]?.message.content).toContain('Say hello');
    expect(chat.choices[0]?.finish_reason).toBe('stop');
    const [attempt] = await attemptsOn(model);
    expect(attempt?.request_body).toMatchObject({ store: false, include: ['reasoning.encrypted_content'] });
    const streamed = client.chat.completions.stream({
      model,
      messages: [{ role: 'user', content: 'Again' }],
    });
    expect((await streamed.finalChatCompletion()).choices[0]?.message.content).toContain('Again');
  });
});

it('a tool loop of the chat door keeps the reasoning of a model that answers through Responses alone', async () => {
  const client = openaiFor((await createVirtualKey()).secret);
  const model = unique('gpt-5-codex', 'tokens-20');
  const { name, description, parameters } = weather;
  const tools: OpenAI.ChatCompletionTool[] = [
    { type: 'function', function: { name, description: description ?? '', parameters: parameters ?? {} } },
  ];
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Weather in Paris?' }];
  const first = (await client.chat.completions.create({ model, messages, tools })).choices[0];
  const call = first?.message.tool_calls?.[0];
  if (first === undefined || call === undefined) throw new Error('no call came');
  expect(first.finish_reason).toBe('tool_calls');
  messages.push(first.message, { role: 'tool', tool_call_id: call.id, content: 'Sunny' });
  const second = await client.chat.completions.create({ model, messages, tools });
  expect(second.choices[0]?.message.content).toContain('Sunny');
  const body = (await attemptsOn(model))[1]?.request_body;
  expect(JSON.stringify(body)).toMatch(
    /"type":"reasoning".*"type":"function_call".*"type":"function_call_output"/,
  );
});

describe('what only OpenAI`s own format can carry', () => {
  const bound: [string, Record<string, unknown>][] = [
    ['previous_response_id', { previous_response_id: 'resp_123', input: 'Go on' }],
    ['conversation', { conversation: 'conv_123', input: 'Go on' }],
    ['tools[0]', { input: 'Search', tools: [{ type: 'web_search' }] }],
    [
      'input[0]',
      {
        input: [
          { type: 'item_reference', id: 'msg_1' },
          { role: 'user', content: 'Go on' },
        ],
      },
    ],
  ];

  it.each(bound)('%s is refused by another target, with what to do', async (param, body) => {
    const key = (await createVirtualKey()).secret;
    const response = await post(key, { model: 'claude-sonnet-4-5', ...body });
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: Record<string, string> };
    expect(error).toMatchObject({ code: 'invalid_request', param });
    expect(error['message']).toContain('send the whole input instead');
  });

  it('passes over a target that cannot carry it, and the receipt says so', async () => {
    const client = openaiFor((await createVirtualKey()).secret);
    const failing = await refusalOf(
      client.responses.create(
        { model: unique('gpt-4o-mini', '503'), input: 'Go on', previous_response_id: 'resp_1' },
        { headers: { 'x-fallback-chain': 'claude-sonnet-4-5,gemini-2.5-flash' } },
      ),
    );
    expect(failing.status).toBe(502);
    const key = (await createVirtualKey()).secret;
    const { data, response } = await openaiFor(key)
      .responses.create(
        { model: 'claude-sonnet-4-5', input: 'Go on', previous_response_id: 'resp_1' },
        { headers: { 'x-fallback-chain': 'gpt-4o-mini' } },
      )
      .withResponse();
    expect(data.status).toBe('completed');
    const receipt = await receiptOf(key, response.headers.get('x-request-id') ?? '');
    expect(receipt.fallback.used).toBe(true);
    expect(receipt.fallback.attempts.map(({ provider, error }) => [provider, error])).toEqual([
      ['anthropic', 'invalid_request'],
      ['openai', null],
    ]);
  });

  it('reasoning of another provider never reaches OpenAI', async () => {
    const client = openaiFor((await createVirtualKey()).secret);
    const first = await client.responses.create({
      model: 'claude-sonnet-4-5',
      input: 'Think',
      reasoning: { effort: 'medium' },
    });
    expect(first.output[0]?.type).toBe('reasoning');
    const model = unique('gpt-5', 'tokens-20');
    const input: Input = [
      { role: 'user', content: 'Think' },
      ...(first.output as OpenAI.Responses.ResponseInputItem[]),
      { role: 'user', content: 'And on' },
    ];
    const { response } = await client.responses.create({ model, input }).withResponse();
    expect(response.status).toBe(200);
    const [attempt] = await attemptsOn(model);
    expect(JSON.stringify(attempt?.request_body)).not.toContain('"reasoning"');
  });
});

describe('refusals', () => {
  it.each([
    [{ input: 'Hi' }, 'model'],
    [{ model: 'gpt-4o-mini' }, 'input'],
    [{ model: 'gpt-4o-mini', input: [{ role: 'user' }] }, 'input[0].content'],
    [
      { model: 'gpt-4o-mini', input: 'Hi', tools: [{ type: 'function', function: { name: 'f' } }] },
      'tools[0].name',
    ],
    [{ model: 'gpt-4o-mini', input: 'Hi', background: true }, 'background'],
  ])('%j names %s', async (body, param) => {
    const response = await post((await createVirtualKey()).secret, body);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: { param: string } }).error.param).toBe(param);
  });

  it('a wrong key is OpenAI`s own error', async () => {
    const error = await refusalOf(
      openaiFor('slu_dev_wrong').responses.create({ model: 'gpt-5', input: 'Hi' }),
    );
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error.code).toBe('invalid_api_key');
  });
});
