import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { attemptsOn, createVirtualKey, eventually, openaiFor, type Receipt, receiptOf } from './harness.ts';
import { COMPATIBLE, faulty, OWN, reach } from './more-providers.ts';

type Messages = OpenAI.Chat.ChatCompletionMessageParam[];
type Body = Omit<OpenAI.Chat.ChatCompletionCreateParamsNonStreaming, 'stream'>;

const tool = (name: string, properties: Record<string, unknown>): OpenAI.Chat.ChatCompletionFunctionTool => ({
  type: 'function',
  function: {
    name,
    description: 'A tool',
    parameters: { type: 'object', properties, required: Object.keys(properties) },
  },
});
const TOOLS = [
  tool('get_weather', { city: { type: 'string' } }),
  tool('get_time', { zone: { type: 'string' } }),
];

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

/** The message of a stream or of a whole answer, in one shape. */
async function ask(body: Body, stream: boolean) {
  const { choices, usage } = stream
    ? await client.chat.completions
        .stream({ ...body, stream_options: { include_usage: true } })
        .finalChatCompletion()
    : await client.chat.completions.create(body);
  const [choice] = choices;
  if (choice === undefined) throw new Error('no choice');
  return { message: choice.message, finish: choice.finish_reason, usage };
}

async function refusalOf(asking: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const caught = await asking.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(caught instanceof OpenAI.APIError)) throw new Error(`no API error: ${String(caught)}`);
  return caught;
}

/** It is kept behind the answer. */
async function receiptFor(response: Response): Promise<Receipt> {
  const request_id = response.headers.get('x-request-id') ?? '';
  const found = await eventually(
    () => receiptOf(key, request_id).catch(() => null),
    (receipt) => receipt !== null,
  );
  if (found === null) throw new Error(`no receipt ${request_id}`);
  return found;
}

const callsIn = (message: OpenAI.Chat.ChatCompletionMessage) =>
  (message.tool_calls ?? []).flatMap((call) => (call.type === 'function' ? [call] : []));

describe.each(Object.entries({ ...OWN, ...COMPATIBLE }))('the official client on %s', (_, reached) => {
  const model = reach(reached);

  describe.each([false, true])('(stream: %s)', (stream) => {
    it('chats', async () => {
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
      const [call] = callsIn(message);
      expect(call?.function.name).toBe('get_weather');
      expect(JSON.parse(call?.function.arguments ?? '')).toHaveProperty('city');
      messages.push(message, { role: 'tool', tool_call_id: call?.id ?? '', content: 'sunny, 12 degrees' });
      const second = await ask({ model, messages, tools: TOOLS }, stream);
      expect(second.message.content).toContain('sunny, 12 degrees');
      expect(second.finish).toBe('stop');
    });
  });
});

describe.each(Object.entries(OWN))('on %s', (name, reached) => {
  const model = reach(reached);

  describe.each([false, true])('(stream: %s)', (stream) => {
    it('calls tools in parallel and takes both results', async () => {
      const messages: Messages = [{ role: 'user', content: 'Weather and time in parallel' }];
      const { message } = await ask({ model, messages, tools: TOOLS }, stream);
      const calls = callsIn(message);
      expect(calls.map((call) => call.function.name)).toEqual(['get_weather', 'get_time']);
      expect(new Set(calls.map((call) => call.id)).size).toBe(2);
      const results: Messages = calls.map(({ id }) => ({
        role: 'tool',
        tool_call_id: id,
        content: `of ${id}`,
      }));
      const second = await ask({ model, messages: [...messages, message, ...results], tools: TOOLS }, stream);
      expect(second.message.content).toContain(`of ${calls[1]?.id}`);
    });

    it('a forced tool is the one that is called', async () => {
      const { message } = await ask(
        {
          model,
          messages: [{ role: 'user', content: 'Any' }],
          tools: TOOLS,
          tool_choice: { type: 'function', function: { name: 'get_time' } },
        },
        stream,
      );
      expect(callsIn(message).map((call) => call.function.name)).toEqual(['get_time']);
    });

    it('a tool without arguments is called with an empty object', async () => {
      const now: OpenAI.Chat.ChatCompletionFunctionTool = { type: 'function', function: { name: 'now' } };
      const { message } = await ask(
        { model, messages: [{ role: 'user', content: 'Now?' }], tools: [now] },
        stream,
      );
      expect(callsIn(message).map((call) => JSON.parse(call.function.arguments))).toEqual([{}]);
    });

    it('answers in a JSON schema', async () => {
      const { message, finish } = await ask(
        {
          model,
          messages: [{ role: 'user', content: 'Largest city?' }],
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'city', schema: SCHEMA, strict: true },
          },
        },
        stream,
      );
      expect(Object.keys(JSON.parse(message.content ?? '')).toSorted()).toEqual(['city', 'people']);
      expect(finish).toBe('stop');
    });

    it('an answer at its limit says so', async () => {
      const messages: Messages = [{ role: 'user', content: 'Say a lot' }];
      const { finish } = await ask({ model, messages, max_completion_tokens: 3 }, stream);
      // The older shape of Workers AI has no word for why it ended.
      expect(finish).toBe(reached.model.includes('native') ? 'stop' : 'length');
    });
  });

  it.each([
    ['400', 400, 'invalid_request'],
    ['401', 502, 'provider_credentials_rejected'],
    ['429', 503, 'no_provider_available'],
    ['500', 502, 'provider_error'],
    ['context', 400, 'context_length_exceeded'],
  ])('a failure of kind %s is told as %i %s', async (fault, status, code) => {
    const failing = `${reached.provider}/${faulty(reached, fault)}`;
    // A rejected credential puts its connection out of use for a while.
    for (const stream of fault === '401' ? [false] : [false, true]) {
      const refusal = await refusalOf(
        ask({ model: failing, messages: [{ role: 'user', content: 'Hi' }] }, stream),
      );
      expect([name, stream, refusal.status, refusal.code]).toEqual([name, stream, status, code]);
    }
  });

  it.each(['cut-abort', 'error-event'])(
    'a stream that breaks by %s is an error and not a short answer',
    async (fault) => {
      const failing = `${reached.provider}/${faulty(reached, fault)}`;
      const messages: Messages = [{ role: 'user', content: 'Say a lot, many words please' }];
      const stream = await client.chat.completions.create({ model: failing, messages, stream: true });
      let finish: string | null = null;
      const broken = await refusalOf(
        (async () => {
          for await (const chunk of stream) finish = chunk.choices[0]?.finish_reason ?? finish;
        })(),
      );
      // A provider's own error event is passed on as it is where its format is the client's.
      if (fault === 'cut-abort') expect(broken.code).toBe('provider_stream_broken');
      expect(finish).toBeNull();
    },
  );

  it('the receipt names the provider, and the tokens are those that it counted', async () => {
    const { data, response } = await client.chat.completions
      .create({ model, messages: [{ role: 'user', content: 'Say hello' }] })
      .withResponse();
    const receipt = await receiptFor(response);
    expect(receipt.execution).toMatchObject({ provider: reached.provider, model: reached.model });
    expect(receipt.cost.estimated).toBe(false);
    expect(data.usage?.prompt_tokens).toBeGreaterThan(0);
  });
});

describe('Cohere', () => {
  const model = reach(OWN['cohere'] ?? { provider: '', path: '', model: '' });

  it('thinks when it is asked to, apart from its answer', async () => {
    const messages: Messages = [{ role: 'user', content: 'Think about it' }];
    const { message, usage } = await ask({ model, messages, reasoning_effort: 'high' }, false);
    const { reasoning_content = '' } = message as { reasoning_content?: string };
    expect(reasoning_content).not.toBe('');
    expect(message.content).not.toContain(reasoning_content);
    expect(usage?.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(0);
  });

  it('is sent nothing that it would refuse, and the receipt names what was left out', async () => {
    const { response } = await client.chat.completions
      .create({
        model,
        messages: [{ role: 'user', content: 'Say hello' }],
        user: 'u-1',
        logit_bias: { '50256': -100 },
        temperature: 1.7,
        store: true,
      })
      .withResponse();
    const { dropped_parameters } = await receiptFor(response);
    expect(dropped_parameters.toSorted()).toEqual(['logit_bias', 'store', 'temperature', 'user']);
  });
});

describe('Azure', () => {
  it('puts the deployment into the path or the body, as the connection says', async () => {
    for (const [name, path] of [
      ['azure v1', '/azure/openai/v1/chat/completions'],
      ['azure classic', '/azure/openai/deployments/my-classic-gpt-4o/chat/completions'],
    ] as const) {
      const { model = '' } = OWN[name] ?? {};
      const attempts = await attemptsOn(model);
      expect(attempts.length).toBeGreaterThan(0);
      for (const attempt of attempts) expect((attempt as unknown as { path: string }).path).toBe(path);
    }
  });
});
