import {
  type Answer,
  type AnswerChoice,
  type AnswerEvent,
  GatewayError,
  noUsage,
  unwrapReasoning,
  wrapReasoning,
} from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { messagesDoor } from './messages.ts';

const HEAD = { id: 'msg_1', model: 'm', created: 1, input_tokens: 42 };
const USAGE = { ...noUsage(), input_tokens: 3, cache_read_tokens: 5, output_tokens: 7, reasoning_tokens: 2 };
const finish: AnswerEvent = {
  type: 'finish',
  choice: 0,
  finish_reason: 'stop',
  native_finish_reason: 'STOP',
};
const text = (said: string): AnswerEvent => ({ type: 'text', choice: 0, text: said });
const call = (index: number): AnswerEvent => ({
  type: 'tool_call',
  choice: 0,
  index,
  id: `call_${index}`,
  name: 'f',
  thought_signature: null,
});
const args = (index: number, json: string): AnswerEvent => ({
  type: 'tool_arguments',
  choice: 0,
  index,
  text: json,
});

interface Sent {
  type: string;
  [member: string]: unknown;
}

function stream(events: AnswerEvent[], receipt: string | null = null): Sent[] {
  const renderer = messagesDoor.createStreamRenderer(HEAD, { include_usage: false });
  return read(events.map((event) => renderer.push(event)).join('') + renderer.end(receipt));
}

/** Every event must have its name, and the same in its data. */
function read(sse: string): Sent[] {
  expect(sse.endsWith('\n\n')).toBe(true);
  return sse
    .slice(0, -2)
    .split('\n\n')
    .map((event) => {
      const [, name, data] = /^event: (\w+)\ndata: (.+)$/.exec(event) ?? [];
      const parsed = JSON.parse(data ?? 'null') as Sent;
      expect(parsed.type).toBe(name);
      return parsed;
    });
}

const names = (sent: Sent[]): string => sent.map(({ type }) => type.replace('content_block_', '')).join(' ');

describe('a stream', () => {
  it('follows Anthropic’s grammar, with usage that came before content told at the start', () => {
    const sent = stream([
      { type: 'start', id: 'x', model: 'y', created: null },
      { type: 'usage', usage: { ...USAGE, output_tokens: 0, reasoning_tokens: 0 } },
      text('Hel'),
      text('lo'),
      finish,
      { type: 'usage', usage: USAGE },
    ]);
    expect(names(sent)).toBe('message_start start ping delta delta stop message_delta message_stop');
    expect(sent[0]?.['message']).toMatchObject({
      id: 'msg_1',
      role: 'assistant',
      content: [],
      stop_reason: null,
      usage: { input_tokens: 3, cache_read_input_tokens: 5, output_tokens: 0 },
    });
    expect(sent.at(-2)).toMatchObject({
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: {
        input_tokens: 3,
        cache_read_input_tokens: 5,
        output_tokens: 9,
        output_tokens_details: { thinking_tokens: 2 },
      },
    });
  });

  it('tells our own estimate of the input where the provider has not counted yet', () => {
    const sent = stream([text('x'.repeat(40)), finish]);
    expect(sent[0]?.['message']).toMatchObject({ usage: { input_tokens: 42, output_tokens: 0 } });
    expect(sent.at(-2)?.['usage']).toEqual({ input_tokens: 42, output_tokens: 10 });
  });

  it('puts blocks one after another where a provider mixes the arguments of parallel calls', () => {
    const sent = stream([
      text('a'),
      call(0),
      args(0, '{"a"'),
      call(1),
      args(1, '{"b":'),
      args(0, ':1}'),
      args(1, '2}'),
      call(2),
      args(2, '{}'),
      finish,
    ]);
    expect(blocksOf(sent)).toEqual([
      'text a',
      'tool_use call_0 {"a":1}',
      'tool_use call_1 {"b":2}',
      'tool_use call_2 {}',
    ]);
    expect(sent.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use' } });
  });

  it('loses no call whose arguments never become whole', () => {
    const sent = stream([call(0), args(0, '{"a'), call(1), call(2), args(1, '{"b"'), args(2, '{}'), finish]);
    expect(blocksOf(sent)).toEqual(['tool_use call_0 {"a', 'tool_use call_1 {"b"', 'tool_use call_2 {}']);
  });

  it('signs the thinking of others as ours, and gives Anthropic’s own back as it is', () => {
    const sent = stream([
      { type: 'reasoning', choice: 0, index: 0, text: 'deep ', format: 'unknown' },
      { type: 'reasoning', choice: 0, index: 0, text: 'seek', format: 'unknown' },
      { type: 'reasoning', choice: 0, index: 1, text: 'gem', format: 'google-gemini-v1' },
      {
        type: 'reasoning_detail',
        choice: 0,
        detail: { type: 'reasoning.text', signature: 'GSIG', format: 'google-gemini-v1', index: 1 },
      },
      { type: 'reasoning', choice: 0, index: 2, text: 'claude', format: 'anthropic-claude-v1' },
      {
        type: 'reasoning_detail',
        choice: 0,
        detail: { type: 'reasoning.text', signature: 'SIG', format: 'anthropic-claude-v1', index: 2 },
      },
      {
        type: 'reasoning_detail',
        choice: 0,
        detail: { type: 'reasoning.encrypted', data: 'OPAQUE', format: 'anthropic-claude-v1', index: 3 },
      },
      text('so'),
      finish,
    ]);
    const signatures = sent.flatMap(({ delta }) => (delta as { signature?: string })?.signature ?? []);
    expect(signatures.map(unwrapReasoning)).toEqual([
      { type: 'reasoning.text', format: 'unknown', index: 0 },
      { type: 'reasoning.text', format: 'google-gemini-v1', signature: 'GSIG', index: 1 },
      null,
    ]);
    expect(signatures[2]).toBe('SIG');
    expect(blocksOf(sent)).toEqual([
      'thinking deep seek',
      'thinking gem',
      'thinking claude',
      'redacted_thinking OPAQUE',
      'text so',
    ]);
  });

  it('does not tear a text apart for a signature in its middle', () => {
    const detail = { type: 'reasoning.encrypted', data: 'G', format: 'google-gemini-v1', index: 0 } as const;
    const sent = stream([text('a'), { type: 'reasoning_detail', choice: 0, detail }, text('b'), finish]);
    expect(blocksOf(sent)).toEqual(['text ab', `redacted_thinking ${wrapReasoning(detail)}`]);
  });

  it('puts the receipt into the last event, and ends a failure with an error event alone', () => {
    expect(stream([text('a'), finish], '{"cost_usd":0}').at(-1)).toEqual({
      type: 'message_stop',
      'x-llm-gateway': { cost_usd: 0 },
    });
    const renderer = messagesDoor.createStreamRenderer(HEAD, { include_usage: false });
    renderer.push(text('a'));
    renderer.push(finish);
    const [error, ...more] = read(renderer.fail(new GatewayError('provider_stream_broken', 'cut'), 'req_1'));
    expect(more).toEqual([]);
    expect(error).toMatchObject({
      type: 'error',
      error: { type: 'api_error', message: 'cut' },
      request_id: 'req_1',
    });
  });
});

function blocksOf(sent: Sent[]): string[] {
  const blocks: string[] = [];
  let open = -1;
  for (const { type, index, content_block, delta } of sent) {
    if (type === 'content_block_start') {
      expect(index).toBe(open + 1);
      open = Number(index);
      const block = content_block as Record<string, string>;
      blocks.push(
        `${block['type']} ${block['id'] === undefined ? (block['data'] ?? '') : `${block['id']} `}`,
      );
    }
    if (type !== 'content_block_delta') continue;
    expect(index).toBe(open);
    const { text: said, thinking, partial_json } = delta as Record<string, string>;
    blocks[open] += said ?? thinking ?? partial_json ?? '';
  }
  return blocks;
}

describe('a whole answer', () => {
  const choice: AnswerChoice = {
    index: 0,
    content: 'hi',
    refusal: null,
    reasoning: [],
    tool_calls: [],
    annotations: [],
    logprobs: null,
    finish_reason: 'stop',
    native_finish_reason: null,
    images: [],
  };
  const answer = (over: Partial<AnswerChoice>): Answer => ({
    id: null,
    model: null,
    created: null,
    choices: [{ ...choice, ...over }],
    usage: USAGE,
    service_tier: 'standard',
    system_fingerprint: null,
  });
  const render = (over: Partial<AnswerChoice>) =>
    JSON.parse(messagesDoor.renderAnswer(answer(over), HEAD, '{"a":1}'));

  it('is a message with usage in Anthropic’s buckets', () => {
    expect(render({})).toEqual({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [{ type: 'text', text: 'hi' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: {
        input_tokens: 3,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 5,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
        output_tokens: 9,
        output_tokens_details: { thinking_tokens: 2 },
        service_tier: 'standard',
      },
      'x-llm-gateway': { a: 1 },
    });
  });

  it.each([
    ['end_turn', { finish_reason: 'stop', native_finish_reason: 'tool_use' }],
    ['pause_turn', { finish_reason: 'stop', native_finish_reason: 'pause_turn' }],
    [
      'model_context_window_exceeded',
      { finish_reason: 'length', native_finish_reason: 'model_context_window_exceeded' },
    ],
    ['max_tokens', { finish_reason: 'length', native_finish_reason: 'MAX_TOKENS' }],
    ['refusal', { finish_reason: 'content_filter', native_finish_reason: 'SAFETY' }],
    ['refusal', { finish_reason: 'stop', refusal: 'No.', content: null }],
    ['error', { finish_reason: 'error', native_finish_reason: 'MALFORMED_FUNCTION_CALL' }],
  ] as const)('says %s', (stop_reason, over) => {
    expect(render(over).stop_reason).toBe(stop_reason);
  });

  it('puts a signature before the call that it belongs to, and one of a text after it', () => {
    const of_text = { type: 'reasoning.encrypted', data: 'T', format: 'google-gemini-v1' } as const;
    const of_call = { ...of_text, data: 'C', id: 'c1' };
    const made = { id: 'c1', type: 'function' as const, function: { name: 'f', arguments: '{"a":1}' } };
    const { content } = render({
      reasoning: [of_text, of_call],
      tool_calls: [made, { ...made, id: 'c2', function: { name: 'f', arguments: '{"a"' } }],
    });
    expect(content).toEqual([
      { type: 'text', text: 'hi' },
      { type: 'redacted_thinking', data: wrapReasoning(of_text) },
      { type: 'redacted_thinking', data: wrapReasoning(of_call) },
      { type: 'tool_use', id: 'c1', name: 'f', input: { a: 1 } },
      { type: 'tool_use', id: 'c2', name: 'f', input: { invalid_json: '{"a"' } },
    ]);
  });
});

describe('an error', () => {
  const render = (error: GatewayError) => JSON.parse(messagesDoor.renderError(error, 'req_1'));

  it('has Anthropic’s envelope and the type of its status', () => {
    expect(render(new GatewayError('budget_exceeded', 'Spent.', { extra: { limit: 'monthly' } }))).toEqual({
      type: 'error',
      error: {
        type: 'billing_error',
        message: 'Spent.',
        details: { error_code: 'budget_exceeded', param: null, limit: 'monthly' },
      },
      request_id: 'req_1',
    });
    expect(render(new GatewayError('invalid_api_key', '')).error.type).toBe('authentication_error');
    expect(render(new GatewayError('rate_limit_exceeded', '')).error.type).toBe('rate_limit_error');
    expect(render(new GatewayError('no_provider_available', '')).error.type).toBe('overloaded_error');
    expect(render(new GatewayError('provider_error', '')).error.type).toBe('api_error');
    expect(render(new GatewayError('unknown_model', '')).error.type).toBe('invalid_request_error');
  });

  it('says in the words that agents look for that a conversation is too long, and leaves Anthropic’s own alone', () => {
    const own = 'prompt is too long: 210112 tokens > 200000 maximum';
    expect(render(new GatewayError('context_length_exceeded', own)).error.message).toBe(own);
    expect(render(new GatewayError('context_length_exceeded', 'Too many.')).error.message).toBe(
      'prompt is too long: Too many.',
    );
  });
});
