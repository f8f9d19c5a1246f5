import Anthropic from '@anthropic-ai/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { attemptsOn, base_url, createVirtualKey, cutModel, receiptOf } from './harness.ts';

const TARGETS = ['claude-haiku-4-5', 'gpt-4o-mini', 'gemini-2.5-flash'];
/** A red pixel. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
const PDF = 'JVBERi0xLjQKJSVFT0YK';

const clientFor = (apiKey: string): Anthropic => new Anthropic({ baseURL: base_url, apiKey, maxRetries: 0 });

const weather: Anthropic.Tool = {
  name: 'get_weather',
  description: 'The weather in a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const user = (content: Anthropic.MessageParam['content']): Anthropic.MessageParam => ({
  role: 'user',
  content,
});
const textOf = (message: Anthropic.Message): string =>
  message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
const callsOf = (message: Anthropic.Message): Anthropic.ToolUseBlock[] =>
  message.content.filter((block) => block.type === 'tool_use');
const answers = (message: Anthropic.Message, content: string): Anthropic.ToolResultBlockParam[] =>
  callsOf(message).map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content }));

describe.each(TARGETS)("Anthropic's client on %s", (model) => {
  let client: Anthropic;
  let key: string;
  beforeAll(async () => {
    key = (await createVirtualKey()).secret;
    client = clientFor(key);
  });

  const ask = (
    body: Partial<Anthropic.MessageCreateParamsNonStreaming>,
    stream: boolean,
  ): Promise<Anthropic.Message & { _request_id?: string | null }> => {
    const asked = { model, max_tokens: 4000, messages: [user('Say hello')], ...body };
    return stream ? client.messages.stream(asked).finalMessage() : client.messages.create(asked);
  };

  it('gets a message in exact shape, with the id of its receipt in the header that it reads', async () => {
    const message = await ask({}, false);
    expect(message).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' });
    expect(message.content).toEqual([{ type: 'text', text: expect.stringContaining('Say hello') }]);
    expect(message.usage.input_tokens).toBeGreaterThan(0);
    const receipt = await receiptOf(key, message._request_id ?? '');
    expect(receipt.execution.tokens?.['total']).toBe(
      message.usage.input_tokens + message.usage.output_tokens,
    );
    expect(receipt.cost.provider_cost_usd).toBeGreaterThan(0);
  });

  it('streams events in Anthropic’s grammar, with a count of the input at the start', async () => {
    const kinds: string[] = [];
    let text = '';
    const stream = await client.messages.create({
      model,
      max_tokens: 4000,
      messages: [user('Tell me about rivers')],
      stream: true,
    });
    let started = 0;
    for await (const event of stream) {
      if (kinds.at(-1) !== event.type) kinds.push(event.type);
      if (event.type === 'message_start') started = event.message.usage.input_tokens;
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text;
    }
    expect(kinds).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(started).toBeGreaterThan(0);
    expect(text).toContain('Tell me about rivers');
  });

  it.each([false, true])('calls a tool and takes its result (stream: %s)', async (stream) => {
    const messages = [user('Weather in Paris?')];
    const first = await ask({ messages, tools: [weather] }, stream);
    expect(first.stop_reason).toBe('tool_use');
    expect(callsOf(first)).toEqual([
      expect.objectContaining({ name: 'get_weather', input: { city: expect.any(String) } }),
    ]);
    messages.push({ role: 'assistant', content: first.content }, user(answers(first, 'Sunny, 21 degrees')));
    const second = await ask({ messages, tools: [weather] }, stream);
    expect(second.stop_reason).toBe('end_turn');
    expect(textOf(second)).toContain('Sunny, 21 degrees');
  });

  it.each([false, true])('keeps parallel tool calls apart (stream: %s)', async (stream) => {
    const messages = [user('Weather in parallel for two cities')];
    const first = await ask({ messages, tools: [weather] }, stream);
    expect(new Set(callsOf(first).map(({ id }) => id)).size).toBe(2);
    for (const { input } of callsOf(first)) expect(input).toHaveProperty('city');
    messages.push({ role: 'assistant', content: first.content }, user(answers(first, 'Rain in both')));
    expect(textOf(await ask({ messages, tools: [weather] }, stream))).toContain('Rain in both');
    const one = await ask(
      {
        messages: messages.slice(0, 1),
        tools: [weather],
        tool_choice: { type: 'any', disable_parallel_tool_use: true },
      },
      stream,
    );
    expect(callsOf(one).length).toBeGreaterThan(0);
  });

  it.each([false, true])('keeps its thinking over the turns of a tool loop (stream: %s)', async (stream) => {
    const body = { tools: [weather], thinking: { type: 'enabled' as const, budget_tokens: 2000 } };
    const messages = [user('Weather in Ghent?')];
    for (let step = 0; step < 2; step += 1) {
      const message = await ask({ ...body, messages }, stream);
      expect(callsOf(message).length).toBe(1);
      messages.push({ role: 'assistant', content: message.content }, user(answers(message, `Step ${step}`)));
      messages.push({ role: 'assistant', content: textOf(await ask({ ...body, messages }, stream)) });
      messages.push(user('Weather in Ghent once more?'));
    }
    const think = (await ask({ ...body, messages, tools: [] }, stream)).content.filter(
      ({ type }) => type === 'thinking',
    );
    // OpenAI shows no thinking.
    expect(think.length > 0).toBe(!model.startsWith('gpt'));
  });

  it('takes images and documents, by value and in the results of tools', async () => {
    const image = {
      type: 'image' as const,
      source: { type: 'base64' as const, media_type: 'image/png' as const, data: PNG },
    };
    const answered = await ask(
      {
        messages: [
          user([
            image,
            {
              type: 'document',
              source: { type: 'base64', media_type: 'application/pdf', data: PDF },
              title: 'a.pdf',
            },
            { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Plain notes.' } },
            { type: 'text', text: 'What do you see?' },
          ]),
        ],
      },
      false,
    );
    expect(textOf(answered)).toContain('What do you see?');
    const messages = [
      user('Screenshot, please'),
      {
        role: 'assistant' as const,
        content: [{ type: 'tool_use' as const, id: 'toolu_1', name: 'get_weather', input: { city: 'a' } }],
      },
      user([
        {
          type: 'tool_result',
          tool_use_id: 'toolu_1',
          content: [{ type: 'text', text: 'Here it is' }, image],
        },
      ]),
    ];
    await ask({ messages, tools: [weather] }, false);
    const seen = (await attemptsOn(model)).findLast(({ request_body }) =>
      JSON.stringify(request_body).includes('Here it is'),
    );
    expect(seen?.status).toBe(200);
    expect(JSON.stringify(seen?.request_body)).toContain(PNG);
  });

  it('answers by a JSON schema, stops where it is told and at its limit', async () => {
    const schema = {
      type: 'object',
      properties: { name: { type: 'string' } },
      required: ['name'],
      additionalProperties: false,
    };
    const made = await ask(
      { messages: [user('A person')], output_config: { format: { type: 'json_schema', schema } } },
      false,
    );
    expect(JSON.parse(textOf(made))).toEqual({ name: expect.any(String) });
    const cut = await ask({ messages: [user('Long story')], max_tokens: 5 }, false);
    expect(cut.stop_reason).toBe('max_tokens');
    expect(cut.usage.output_tokens).toBeLessThanOrEqual(5);
  });

  it('reads what the prompt cache saved in Anthropic’s own members', async () => {
    const system = [
      {
        type: 'text' as const,
        text: `Rules of ${model}. `.repeat(1500),
        cache_control: { type: 'ephemeral' as const },
      },
    ];
    const first = await ask({ system }, false);
    const again = await ask({ system }, true);
    expect(again.usage.cache_read_input_tokens).toBeGreaterThan(1000);
    const all = ({ usage }: Anthropic.Message): number =>
      usage.input_tokens + (usage.cache_creation_input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0);
    expect(all(again)).toBe(all(first));
  });

  it.each(['cut-rst', 'error-event'])(
    'throws when a stream ends in %s, and never sees an end',
    async (fault) => {
      const seen: string[] = [];
      const reading = async (): Promise<void> => {
        const stream = await client.messages.create({
          model: cutModel(model).replace('cut-fin', fault),
          max_tokens: 100,
          messages: [user('Tell me about rivers')],
          stream: true,
        });
        for await (const event of stream) seen.push(event.type);
      };
      await expect(reading()).rejects.toThrow(Anthropic.APIError);
      expect(seen).toContain('content_block_delta');
      expect(seen).not.toContain('message_stop');
    },
  );

  it('counts tokens free of charge, and says so where the count is an estimate', async () => {
    const { data, response } = await client.messages
      .countTokens({ model, messages: [user('Count me')], tools: [weather], system: 'Be brief.' })
      .withResponse();
    expect(data.input_tokens).toBeGreaterThan(5);
    const receipt = await receiptOf(key, response.headers.get('request-id') ?? '');
    expect(receipt.cost.provider_cost_usd).toBe(0);
    expect(receipt.limits.held_usd).toBe(0);
    expect(receipt.degraded).toEqual(model.startsWith('gpt') ? [expect.stringContaining('estimated')] : []);
    expect(JSON.parse(response.headers.get('x-llm-gateway') ?? '').degraded).toEqual(receipt.degraded);
  });
});

describe('a coding agent on Gemini', () => {
  const read: Anthropic.Tool = {
    name: 'Read',
    description: 'Reads a file',
    input_schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { file_path: { type: 'string' }, limit: { type: 'integer', exclusiveMinimum: 0 } },
      required: ['file_path'],
      additionalProperties: false,
    } as Anthropic.Tool.InputSchema,
    cache_control: { type: 'ephemeral' },
  };

  it.each(['x-api-key', 'bearer'] as const)('works through many turns as on Claude (%s)', async (way) => {
    const { secret } = await createVirtualKey();
    const shown = way === 'x-api-key' ? { apiKey: secret } : { apiKey: null, authToken: secret };
    const client = new Anthropic({ baseURL: base_url, maxRetries: 0, ...shown });
    const model = 'gemini-3-pro-preview';
    const messages: Anthropic.Beta.BetaMessageParam[] = [
      user([
        { type: 'text', text: '<system-reminder>Context.</system-reminder>' },
        { type: 'text', text: 'Read the file in parallel', cache_control: { type: 'ephemeral' } },
      ]),
    ];
    let calls = 0;
    for (let step = 0; step < 6; step += 1) {
      const { data: stream, response } = await client.beta.messages
        .create(
          {
            model,
            max_tokens: 32_000,
            stream: true,
            system: [
              { type: 'text', text: 'You are an agent.' },
              {
                type: 'text',
                text: 'A long rule. '.repeat(3000),
                cache_control: { type: 'ephemeral', ttl: '1h' },
              },
            ],
            messages,
            tools: [read],
            thinking: { type: 'enabled', budget_tokens: 16_000 },
            metadata: { user_id: `user_${'a'.repeat(64)}_account__session_${step}` },
            betas: ['interleaved-thinking-2025-05-14', 'claude-code-20250219'],
            context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
          },
          { query: { beta: 'true' } },
        )
        .withResponse();
      expect(response.url).toContain('?beta=true');
      const content: Anthropic.Beta.BetaContentBlockParam[] = [];
      let json = '';
      let stop = '';
      for await (const event of stream) {
        if (event.type === 'content_block_start') {
          content.push(event.content_block as Anthropic.Beta.BetaContentBlockParam);
          json = '';
        }
        const block = content.at(-1);
        if (event.type === 'content_block_delta') {
          const { delta } = event;
          if (delta.type === 'text_delta' && block?.type === 'text') block.text += delta.text;
          if (delta.type === 'thinking_delta' && block?.type === 'thinking') block.thinking += delta.thinking;
          if (delta.type === 'signature_delta' && block?.type === 'thinking')
            block.signature = delta.signature;
          if (delta.type === 'input_json_delta') json += delta.partial_json;
        }
        if (event.type === 'content_block_stop' && block?.type === 'tool_use') block.input = JSON.parse(json);
        if (event.type === 'message_delta') stop = event.delta.stop_reason ?? '';
      }
      messages.push({ role: 'assistant', content });
      const used = content.filter((block) => block.type === 'tool_use');
      calls += used.length;
      expect(stop).toBe(used.length > 0 ? 'tool_use' : 'end_turn');
      messages.push(
        used.length > 0
          ? {
              role: 'user',
              content: used.map(({ id }, at) => ({
                type: 'tool_result',
                tool_use_id: id,
                content: [{ type: 'text', text: `line ${step}`, cache_control: { type: 'ephemeral' } }],
                is_error: at > 0,
              })),
            }
          : user(`Read on in parallel, step ${step}`),
      );
    }
    expect(calls).toBe(6);
    // Google refuses a call of the running turn that comes back without its signature.
    const sent = (await attemptsOn(model)).map(({ request_body }) => JSON.stringify(request_body));
    expect(sent.at(-1)).toContain('thoughtSignature');
    expect(sent.join('')).not.toContain('skip_thought_signature_validator');
  });
});
