import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  BEDROCK_ARN,
  BEDROCK_CLAUDE,
  BEDROCK_NOVA,
  BEDROCK_UNSIGNED,
  bedrockFault,
  VERTEX_CLAUDE,
  VERTEX_FORGED,
  VERTEX_GEMINI,
} from './clouds.ts';
import { attemptsOn, base_url, createVirtualKey, openaiFor, receiptOf } from './harness.ts';

type Messages = OpenAI.Chat.ChatCompletionMessageParam[];
type Message = OpenAI.Chat.ChatCompletionMessage & { reasoning_details?: Record<string, unknown>[] };

const PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const tool = (name: string, member: string): OpenAI.Chat.ChatCompletionFunctionTool => ({
  type: 'function',
  function: {
    name,
    description: 'A tool',
    parameters: { type: 'object', properties: { [member]: { type: 'string' } }, required: [member] },
  },
});
const TOOLS = [tool('get_weather', 'city'), tool('get_time', 'zone')];

const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, people: { type: 'integer' } },
  required: ['city', 'people'],
  additionalProperties: false,
};

let key: string;
let client: OpenAI;
beforeAll(async () => {
  key = (await createVirtualKey()).secret;
  client = openaiFor(key);
});

async function refusalOf(asking: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const caught = await asking.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(caught instanceof OpenAI.APIError)) throw new Error(`no API error: ${String(caught)}`);
  return caught;
}

/** The message of a stream or of a whole answer, in one shape. */
async function ask(
  body: Omit<OpenAI.Chat.ChatCompletionCreateParamsNonStreaming, 'stream'>,
  stream: boolean,
): Promise<{ message: Message; finish: string | null; usage: OpenAI.CompletionUsage | undefined }> {
  if (!stream) {
    const { choices, usage } = await client.chat.completions.create(body);
    const [choice] = choices;
    if (choice === undefined) throw new Error('no choice');
    return { message: choice.message, finish: choice.finish_reason, usage };
  }
  const runner = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } });
  const details: Record<string, unknown>[] = [];
  for await (const chunk of runner) {
    const delta = chunk.choices[0]?.delta as { reasoning_details?: Record<string, unknown>[] } | undefined;
    details.push(...(delta?.reasoning_details ?? []));
  }
  const { choices, usage } = await runner.finalChatCompletion();
  const [choice] = choices;
  if (choice === undefined) throw new Error('no choice');
  const message = { ...choice.message, ...(details.length > 0 ? { reasoning_details: details } : {}) };
  return { message, finish: choice.finish_reason, usage };
}

describe.each([
  `bedrock/${BEDROCK_CLAUDE}`,
  `bedrock/${BEDROCK_NOVA}`,
  `vertex/${VERTEX_GEMINI}`,
  `vertex/${VERTEX_CLAUDE}`,
])('the official client on %s', (model) => {
  describe.each([false, true])('(stream: %s)', (stream) => {
    it('chats, and the receipt says what it cost', async () => {
      const messages: Messages = [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Say hello' },
      ];
      const { message, finish, usage } = await ask({ model, messages, max_tokens: 200 }, stream);
      expect(message.content).toContain('You said');
      expect(finish).toBe('stop');
      expect(usage?.prompt_tokens).toBeGreaterThan(0);
      expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
    });

    it('calls a tool and takes its result in a second turn', async () => {
      const messages: Messages = [{ role: 'user', content: 'Weather in Oslo?' }];
      const { message, finish } = await ask({ model, messages, tools: TOOLS }, stream);
      expect(finish).toBe('tool_calls');
      const [call] = message.tool_calls ?? [];
      if (call?.type !== 'function') throw new Error('no call');
      expect(call.function.name).toBe('get_weather');
      expect(JSON.parse(call.function.arguments)).toHaveProperty('city');
      messages.push(message, { role: 'tool', tool_call_id: call.id, content: 'sunny, 12 degrees' });
      const second = await ask({ model, messages, tools: TOOLS }, stream);
      expect(second.message.content).toContain('sunny, 12 degrees');
      // A client that no longer sends the tools of its own history.
      const third = await ask({ model, messages }, stream);
      expect(third.message.content).toContain('sunny, 12 degrees');
    });

    it('calls tools in parallel and takes both results, in either order', async () => {
      const messages: Messages = [{ role: 'user', content: 'Weather and time in parallel' }];
      const { message } = await ask({ model, messages, tools: TOOLS }, stream);
      const calls = message.tool_calls ?? [];
      expect(calls.map((call) => call.type === 'function' && call.function.name)).toEqual([
        'get_weather',
        'get_time',
      ]);
      expect(new Set(calls.map((call) => call.id)).size).toBe(2);
      const results: Messages = calls
        .toReversed()
        .map((call) => ({ role: 'tool', tool_call_id: call.id, content: `result of ${call.id}` }));
      const second = await ask({ model, messages: [...messages, message, ...results], tools: TOOLS }, stream);
      for (const call of calls) expect(second.message.content).toContain(call.id);
    });

    it('answers in a JSON schema', async () => {
      const { message, finish } = await ask(
        {
          model,
          messages: [{ role: 'user', content: 'Largest city?' }],
          response_format: { type: 'json_schema', json_schema: { name: 'city', schema: SCHEMA } },
        },
        stream,
      );
      expect(Object.keys(JSON.parse(message.content ?? '')).sort()).toEqual(['city', 'people']);
      expect(message.tool_calls ?? []).toEqual([]);
      expect(finish).toBe('stop');
    });

    it('looks at an image', async () => {
      const content: OpenAI.Chat.ChatCompletionContentPart[] = [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: PNG } },
      ];
      const { message } = await ask({ model, messages: [{ role: 'user', content }] }, stream);
      expect(message.content).toContain('What is this?');
    });
  });
});

describe.each([
  [`bedrock/${BEDROCK_CLAUDE}`, 'bedrock-converse-v1'],
  [`vertex/${VERTEX_CLAUDE}`, 'vertex-claude-v1'],
])('Claude’s thinking on %s', (model, format) => {
  it.each([false, true])('comes signed and goes back through a tool loop (stream: %s)', async (stream) => {
    const messages: Messages = [{ role: 'user', content: 'Weather in Oslo?' }];
    const body = { model, tools: TOOLS, max_tokens: 8000, reasoning_effort: 'low' as const };
    const { message } = await ask({ ...body, messages }, stream);
    expect(message.reasoning_details?.every((detail) => detail.format === format)).toBe(true);
    expect(message.reasoning_details?.some((detail) => typeof detail.signature === 'string')).toBe(true);
    const [call] = message.tool_calls ?? [];
    messages.push(message, { role: 'tool', tool_call_id: call?.id ?? '', content: 'sunny' });
    // The simulator refuses a thought whose signature is not its own, and a loop without one.
    const second = await ask({ ...body, messages }, stream);
    expect(second.message.content).toContain('sunny');
  });

  it('never reaches another platform, which would refuse it', async () => {
    const { message } = await ask(
      { model, messages: [{ role: 'user', content: 'Think' }], max_tokens: 8000, reasoning_effort: 'low' },
      false,
    );
    for (const other of [`bedrock/${BEDROCK_CLAUDE}`, `vertex/${VERTEX_CLAUDE}`, 'claude-sonnet-4-5']) {
      const messages: Messages = [
        { role: 'user', content: 'Think' },
        message,
        { role: 'user', content: 'Again' },
      ];
      const answered = await ask(
        { model: other, messages, max_tokens: 8000, reasoning_effort: 'low' },
        false,
      );
      expect(answered.message.content).toContain('Again');
    }
  });
});

describe('Bedrock', () => {
  it('is called by an ARN that stays one segment of its path', async () => {
    const { message } = await ask(
      { model: `bedrock/${BEDROCK_ARN}`, messages: [{ role: 'user', content: 'Say hello' }] },
      false,
    );
    expect(message.content).toContain('You said');
    expect(await attemptsOn(BEDROCK_ARN)).toHaveLength(1);
  });

  it('does not get an image by URL: neither it nor the gateway fetches', async () => {
    const content: OpenAI.Chat.ChatCompletionContentPart[] = [
      { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } },
    ];
    const refusal = await refusalOf(
      ask({ model: `bedrock/${BEDROCK_CLAUDE}`, messages: [{ role: 'user', content }] }, false),
    );
    expect(refusal.status).toBe(400);
    expect(refusal.message).toContain('data: URI');
  });

  it.each([
    ['400', 400, 'invalid_request'],
    ['context', 400, 'context_length_exceeded'],
    ['403', 502, 'provider_credentials_rejected'],
    ['500', 502, 'provider_error'],
    ['429', 503, 'no_provider_available'],
  ])('that fails with %s is told as %i %s', async (fault, status, code) => {
    const messages: Messages = [{ role: 'user', content: 'Say hello' }];
    const refusal = await refusalOf(ask({ model: `bedrock/${bedrockFault(fault)}`, messages }, false));
    expect([refusal.status, refusal.code]).toEqual([status, code]);
  });

  it('that finds the signature wrong is a rejected credential, never the caller’s 401 or 403', async () => {
    const messages: Messages = [{ role: 'user', content: 'Say hello' }];
    const refusal = await refusalOf(ask({ model: `bedrock/${BEDROCK_UNSIGNED}`, messages }, false));
    expect([refusal.status, refusal.code]).toEqual([502, 'provider_credentials_rejected']);
  });

  it.each(['cut-abort', 'error-event', 'malformed'])(
    'that breaks in the middle (%s) is an error after what came, without an end',
    async (fault) => {
      const stream = await client.chat.completions.create({
        model: `bedrock/${bedrockFault(fault)}`,
        messages: [{ role: 'user', content: 'Tell me a story [sim tokens=120]' }],
        stream: true,
      });
      let text = '';
      let finish: string | null = null;
      const refusal = await refusalOf(
        (async () => {
          for await (const chunk of stream) {
            text += chunk.choices[0]?.delta.content ?? '';
            finish ??= chunk.choices[0]?.finish_reason ?? null;
          }
        })(),
      );
      expect(text).not.toBe('');
      expect(finish).toBeNull();
      expect(refusal.code).toBe('provider_stream_broken');
    },
  );

  it('is in the receipt with its price', async () => {
    const { response } = await client.chat.completions
      .create({ model: `bedrock/${BEDROCK_CLAUDE}`, messages: [{ role: 'user', content: 'Say hello' }] })
      .withResponse();
    const receipt = await receiptOf(key, response.headers.get('x-request-id') ?? '');
    expect(receipt.execution.provider).toBe('bedrock');
    expect(receipt.cost.provider_cost_usd).toBeGreaterThan(0);
  });
});

it('a token that Google never gave is a rejected credential', async () => {
  const messages: Messages = [{ role: 'user', content: 'Say hello' }];
  const refusal = await refusalOf(ask({ model: `vertex/${VERTEX_FORGED}`, messages }, false));
  expect([refusal.status, refusal.code]).toEqual([502, 'provider_credentials_rejected']);
});

describe.each([`bedrock/${BEDROCK_CLAUDE}`, `vertex/${VERTEX_CLAUDE}`])(
  "Anthropic's client on %s",
  (model) => {
    const weather: Anthropic.Tool = {
      name: 'get_weather',
      input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    };

    it.each([false, true])('keeps its thinking over a tool loop (stream: %s)', async (stream) => {
      const anthropic = new Anthropic({ baseURL: base_url, apiKey: key, maxRetries: 0 });
      const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Weather in Oslo?' }];
      const ask = (): Promise<Anthropic.Message> => {
        const body: Anthropic.MessageCreateParamsNonStreaming = {
          model,
          max_tokens: 8000,
          thinking: { type: 'enabled', budget_tokens: 2000 },
          tools: [weather],
          messages,
        };
        return stream ? anthropic.messages.stream(body).finalMessage() : anthropic.messages.create(body);
      };
      const first = await ask();
      expect(first.content.map(({ type }) => type)).toEqual(['thinking', 'tool_use']);
      expect(first.usage.input_tokens).toBeGreaterThan(0);
      const call = first.content.find((block) => block.type === 'tool_use');
      messages.push(
        { role: 'assistant', content: first.content },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: call?.id ?? '', content: 'sunny, 12 degrees' }],
        },
      );
      const second = await ask();
      expect(JSON.stringify(second.content)).toContain('sunny, 12 degrees');
    });

    it('counts tokens without a call that costs', async () => {
      const anthropic = new Anthropic({ baseURL: base_url, apiKey: key, maxRetries: 0 });
      const counted = await anthropic.messages.countTokens({
        model,
        messages: [{ role: 'user', content: 'Hi' }],
      });
      expect(counted.input_tokens).toBeGreaterThan(0);
    });
  },
);

it('Vertex gets the very text of a client that speaks Anthropic’s format, but for the model and the version', async () => {
  const anthropic = new Anthropic({ baseURL: base_url, apiKey: key, maxRetries: 0 });
  const marker = `marker ${Date.now()}`;
  await anthropic.messages.create({
    model: `vertex/${VERTEX_CLAUDE}`,
    max_tokens: 50,
    messages: [{ role: 'user', content: marker }],
    metadata: { user_id: 'u1' },
  });
  const sent = (await attemptsOn(VERTEX_CLAUDE)).findLast((one) =>
    JSON.stringify(one.request_body).includes(marker),
  );
  expect(sent?.request_body).toEqual({
    max_tokens: 50,
    messages: [{ role: 'user', content: marker }],
    metadata: { user_id: 'u1' },
    anthropic_version: 'vertex-2023-10-16',
  });
});

it.each([`bedrock/${BEDROCK_CLAUDE}`, `vertex/${VERTEX_GEMINI}`])(
  'Responses reach %s with tools',
  async (model) => {
    const first = await client.responses.create({
      model,
      input: 'Weather in Oslo?',
      tools: [
        {
          type: 'function',
          name: 'get_weather',
          parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
          strict: false,
        },
      ],
    });
    const call = first.output.find((item) => item.type === 'function_call');
    if (call?.type !== 'function_call') throw new Error('no call');
    const second = await client.responses.create({
      model,
      input: [
        { role: 'user', content: 'Weather in Oslo?' },
        ...first.output.filter((item) => item.type === 'function_call'),
        { type: 'function_call_output', call_id: call.call_id, output: 'sunny, 12 degrees' },
      ],
    });
    expect(second.output_text).toContain('sunny, 12 degrees');
  },
);
