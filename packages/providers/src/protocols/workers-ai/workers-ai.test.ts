import { type AnswerEvent, type ChatRequest, type RenderOptions, UNKNOWN_ABILITIES } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { workersAiChat } from './index.ts';

const OPTIONS: RenderOptions = {
  model: '@cf/meta/llama',
  stream: false,
  output_tokens_max: null,
  abilities: UNKNOWN_ABILITIES,
  source: { protocol: 'chat-completions', body_text: '', headers: {} },
};

function render(chat: Partial<ChatRequest>, changes: Partial<RenderOptions> = {}) {
  const asked: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...chat };
  const source = { ...OPTIONS.source, body_text: JSON.stringify(asked) };
  const { body, dropped } = workersAiChat.renderRequest(asked, { ...OPTIONS, source, ...changes });
  return { body: JSON.parse(body), dropped };
}

const tool = (name: string) => ({ type: 'function' as const, function: { name } });

describe('a request', () => {
  it('never has a null content, which the models refuse', () => {
    const call = { id: 'c', type: 'function' as const, function: { name: 'f', arguments: '{}' } };
    const { body } = render({
      messages: [
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'c', content: 'ok' },
      ],
    });
    expect(body.messages[0]).toEqual({ role: 'assistant', content: '', tool_calls: [call] });
  });

  it('names one tool by leaving only that one and requiring it', () => {
    const { body } = render({
      tools: [tool('a'), tool('b')],
      tool_choice: { type: 'function', function: { name: 'b' } },
    });
    expect(body.tools).toEqual([tool('b')]);
    expect(body.tool_choice).toBe('required');
  });

  it('asks for more than the few tokens that models write by themselves, within every bound', () => {
    expect(render({}).body.max_tokens).toBe(2048);
    expect(render({}, { output_tokens_max: 90 }).body.max_tokens).toBe(90);
    expect(render({ max_tokens: 7 }).body.max_tokens).toBe(7);
    expect(render({ max_completion_tokens: 7000 }).body).toMatchObject({ max_tokens: 7000 });
    expect(render({ max_completion_tokens: 7000 }).body.max_completion_tokens).toBeUndefined();
    const abilities = { ...OPTIONS.abilities, context_tokens: 4096 };
    expect(render({}, { abilities }).body.max_tokens).toBe(512);
  });

  it('keeps what the gateway does not know, and names what the models do not take', () => {
    const { body, dropped } = render({ chat_template_kwargs: { enable_thinking: true }, store: true });
    expect(body.chat_template_kwargs).toEqual({ enable_thinking: true });
    expect(dropped).toEqual(['store']);
  });
});

const answerOf = (body: unknown) => {
  const parsed = workersAiChat.parseAnswer(body);
  if ('failure' in parsed) throw new Error(parsed.failure.message);
  return parsed.answer;
};

describe('a whole answer', () => {
  const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };

  it('is read in the native shape, with and without the envelope', () => {
    const native = { response: 'Hello', usage };
    const wrapped = { result: native, success: true, errors: [], messages: [] };
    for (const body of [native, wrapped]) {
      const { choices, usage } = answerOf(body);
      expect(choices[0]).toMatchObject({ content: 'Hello', finish_reason: 'stop', tool_calls: [] });
      expect(usage).toMatchObject({ input_tokens: 3, output_tokens: 4 });
    }
  });

  it("is read in OpenAI's shape too", () => {
    const message = { role: 'assistant', content: 'Hi', reasoning_content: 'hm' };
    const { choices } = answerOf({
      id: 'x',
      choices: [{ index: 0, message, finish_reason: 'length' }],
      usage,
    });
    expect(choices[0]).toMatchObject({ content: 'Hi', finish_reason: 'length' });
    expect(choices[0]?.reasoning).toMatchObject([{ text: 'hm' }]);
  });

  it.each([
    [{ a: 1 }, '{"a":1}'],
    [42, '42'],
    [null, ''],
    ['', ''],
  ])('whose response is %j has the content %j', (response, content) => {
    expect(answerOf({ response }).choices[0]?.content).toBe(content);
  });

  it('has calls with arguments as text, each with an id of its own', () => {
    const tool_calls = [
      { name: 'f', arguments: { a: 1 } },
      { name: 'f', arguments: { a: 1 } },
      { name: null, arguments: null },
    ];
    const [choice] = answerOf({ response: null, tool_calls, usage }).choices;
    expect(choice).toMatchObject({ content: null, finish_reason: 'tool_calls' });
    expect(choice?.tool_calls.map((call) => call.function)).toEqual([
      { name: 'f', arguments: '{"a":1}' },
      { name: 'f', arguments: '{"a":1}' },
    ]);
    expect(new Set(choice?.tool_calls.map(({ id }) => id)).size).toBe(2);
  });

  it('with a usage of zeros has none, so that the gateway counts by itself', () => {
    const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    expect(answerOf({ response: 'x', usage: zeros }).usage).toBeNull();
  });
});

function read(...pieces: string[]) {
  const parser = workersAiChat.createStreamParser();
  const events = [...pieces.flatMap((piece) => parser.push(piece)), ...parser.end()];
  return { events, parser };
}

const data = (body: unknown): string => `data: ${JSON.stringify(body)}\n\n`;
const textOf = (events: AnswerEvent[]) => events.map((one) => (one.type === 'text' ? one.text : '')).join('');

describe('a stream', () => {
  const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

  it('of native events ends by [DONE], and without it was cut', () => {
    const body =
      data({ response: 'Hel', p: 'abc' }) + data({ response: 'lo' }) + data({ response: '', usage });
    const whole = read(...(`${body}data: [DONE]\n\n`.match(/[\s\S]{1,5}/g) ?? []));
    expect(textOf(whole.events)).toBe('Hello');
    expect(whole.events.filter(({ type }) => type === 'finish')).toMatchObject([{ finish_reason: 'stop' }]);
    expect(whole.events.findLast((one) => one.type === 'usage')).toMatchObject({
      usage: { output_tokens: 2 },
    });
    expect(whole.parser.complete).toBe(true);
    const cut = read(body);
    expect(cut.parser.complete).toBe(false);
    expect(cut.events.some(({ type }) => type === 'finish')).toBe(false);
  });

  it('of native tool calls survives the fragment in which everything is null', () => {
    const { events, parser } = read(
      data({ response: null, tool_calls: [{ name: 'f', arguments: { a: 1 } }] }),
      data({ response: null, tool_calls: [{ id: null, name: null, arguments: null }] }),
      'data: [DONE]\n\n',
    );
    expect(events.filter(({ type }) => type === 'tool_call')).toMatchObject([{ index: 0, name: 'f' }]);
    expect(events.filter(({ type }) => type === 'tool_arguments')).toMatchObject([{ text: '{"a":1}' }]);
    expect(events.find(({ type }) => type === 'finish')).toMatchObject({ finish_reason: 'tool_calls' });
    expect(parser.complete).toBe(true);
  });

  it("of OpenAI's chunks is read as such", () => {
    const chunk = (delta: object, finish_reason: string | null) =>
      data({ id: 'i', model: 'm', created: 5, choices: [{ index: 0, delta, finish_reason }] });
    const { events, parser } = read(chunk({ role: 'assistant', content: 'Hi' }, null) + chunk({}, 'stop'));
    expect(events[0]).toEqual({ type: 'start', id: 'i', model: 'm', created: 5 });
    expect(textOf(events)).toBe('Hi');
    expect(parser.complete).toBe(true);
  });

  it('that is one plain JSON answer is read in either shape', () => {
    for (const body of [
      { response: 'Hello', tool_calls: [{ name: 'f', arguments: {} }], usage },
      {
        choices: [
          {
            index: 0,
            message: {
              content: 'Hello',
              tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
            },
            finish_reason: 'tool_calls',
          },
        ],
        usage,
      },
    ]) {
      const { events, parser } = read(JSON.stringify(body));
      expect(textOf(events)).toBe('Hello');
      expect(events.filter(({ type }) => type === 'tool_call')).toHaveLength(1);
      expect(events.find(({ type }) => type === 'finish')).toMatchObject({ finish_reason: 'tool_calls' });
      expect(parser.complete).toBe(true);
    }
  });

  it('that reports an error is a failure of its kind', () => {
    const { events } = read(data({ errors: [{ code: 3040, message: 'Capacity exceeded' }], success: false }));
    expect(events).toMatchObject([{ type: 'error', failure: { kind: 'rate_limited', code: '3040' } }]);
  });
});

describe('failures', () => {
  const failureOf = (status: number, body: object) =>
    workersAiChat.parseFailure(status, () => null, JSON.stringify(body), 0);
  const envelope = (code: number, message: string) => ({
    result: null,
    success: false,
    errors: [{ code, message }],
    messages: [],
  });

  it.each([
    [429, 3036, 'you have used up your daily free allocation of 10,000 neurons', 'quota'],
    [429, 3040, 'Capacity temporarily exceeded, please try again.', 'rate_limited'],
    [400, 5007, 'No such model @cf/x or task', 'model_not_found'],
    [400, 5004, 'Invalid data', 'invalid_request'],
    [403, 5018, 'This account is not allowed', 'auth'],
    [413, 3006, 'Request is too large', 'context_too_long'],
    [408, 3007, 'Request timeout', 'conflict'],
    [401, 10000, 'Authentication error', 'auth'],
    [500, 1234, 'Something new', 'overloaded'],
  ])('%i with number %i (%s) is %s', (status, code, message, kind) => {
    expect(failureOf(status, envelope(code, message))).toMatchObject({ kind, message, status });
  });

  it('a number in the words counts like one beside them', () => {
    expect(failureOf(400, { error: { message: '5007: No such model' } }).kind).toBe('model_not_found');
  });

  it('an envelope that says no inside a 200 is a failure', () => {
    expect(workersAiChat.parseAnswer(envelope(3036, 'used up'))).toMatchObject({
      failure: { kind: 'quota' },
    });
  });
});
