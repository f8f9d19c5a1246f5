import { type AnswerEvent, type AnswerHead, GatewayError, noUsage } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { parseResponses } from './parse-responses.ts';
import { responsesDoor } from './responses.ts';

interface Event {
  type: string;
  sequence_number?: number;
  item?: Record<string, unknown>;
  response?: Record<string, unknown> & { output: Record<string, unknown>[] };
  error?: Record<string, unknown>;
}

const head = (body: Record<string, unknown> = {}): AnswerHead => ({
  id: 'msg_01A',
  model: 'claude',
  created: 7,
  input_tokens: 3,
  asked: parseResponses(JSON.stringify({ model: 'm', input: 'Hi', ...body })),
});

const eventsIn = (text: string): Event[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)));

function stream(events: AnswerEvent[], body?: Record<string, unknown>): Event[] {
  const renderer = responsesDoor.createStreamRenderer(head(body), { include_usage: false });
  return eventsIn(events.map((event) => renderer.push(event)).join('') + renderer.end(null));
}

const text = (words: string): AnswerEvent => ({ type: 'text', choice: 0, text: words });
const toolCall = (index: number, name = 'f'): AnswerEvent => ({
  type: 'tool_call',
  choice: 0,
  index,
  id: `call_${index}`,
  name,
  thought_signature: null,
});
const args = (index: number, words: string): AnswerEvent => ({
  type: 'tool_arguments',
  choice: 0,
  index,
  text: words,
});
const finish = (
  finish_reason: 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'error',
): AnswerEvent => ({
  type: 'finish',
  choice: 0,
  finish_reason,
  native_finish_reason: null,
});

describe('a stream', () => {
  it('repeats what was asked, in the words of the client', () => {
    const tools = [{ type: 'function', name: 'f', parameters: {}, strict: false }];
    const [created] = stream([text('a'), finish('stop')], { tools, temperature: 0.5, metadata: { a: 'b' } });
    expect(created?.response).toMatchObject({ tools, temperature: 0.5, metadata: { a: 'b' }, store: false });
  });

  it('holds interleaved calls apart, each whole in its last event', () => {
    const events = stream([
      toolCall(0),
      toolCall(1, 'g'),
      args(0, '{"a"'),
      args(1, '{"b"'),
      args(0, ':1}'),
      args(1, ':2}'),
      finish('tool_calls'),
    ]);
    const done = events.filter(({ type }) => type === 'response.output_item.done');
    expect(done.map(({ item }) => [item?.['call_id'], item?.['name'], item?.['arguments']])).toEqual([
      ['call_0', 'f', '{"a":1}'],
      ['call_1', 'g', '{"b":2}'],
    ]);
  });

  it('puts text after a call into an item of its own', () => {
    const events = stream([text('one'), toolCall(0), args(0, '{}'), text('two'), finish('tool_calls')]);
    const output = events.at(-1)?.response?.output ?? [];
    expect(output.map(({ type }) => type)).toEqual(['message', 'function_call', 'message']);
  });

  it('ends an answer that was cut short as incomplete, its open items too', () => {
    for (const [reason, said] of [
      ['length', 'max_output_tokens'],
      ['content_filter', 'content_filter'],
    ] as const) {
      const last = stream([text('half'), finish(reason)]).at(-1);
      expect(last?.type).toBe('response.incomplete');
      expect(last?.response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: said } });
      expect(last?.response?.output[0]?.['status']).toBe('incomplete');
    }
  });

  it('that failed tells the error, then that it failed, and no item is closed for it', () => {
    const renderer = responsesDoor.createStreamRenderer(head(), { include_usage: false });
    const begun = renderer.push(text('half'));
    const error = new GatewayError('provider_stream_broken', 'It broke.');
    const events = eventsIn(begun + renderer.fail(error, 'req_1'));
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, at) => at));
    const [told, failed] = events.slice(-2);
    expect(told).toMatchObject({
      type: 'error',
      error: { code: 'provider_stream_broken', type: 'server_error' },
    });
    expect(failed).toMatchObject({
      type: 'response.failed',
      response: {
        status: 'failed',
        error: { code: 'provider_stream_broken', message: 'It broke.' },
        output: [],
      },
    });
    expect(events.some(({ type }) => type.endsWith('.done') || type === 'response.completed')).toBe(false);
  });

  it('calls a tool of free text as the client knows it', () => {
    const tools = [{ type: 'custom', name: 'patch' }];
    const events = stream(
      [toolCall(0, 'patch'), args(0, '{"inp'), args(0, 'ut":"a \\"b\\""}'), finish('tool_calls')],
      { tools },
    );
    expect(events.some(({ type }) => type.includes('function_call'))).toBe(false);
    expect(events.at(-1)?.response?.output).toMatchObject([
      { type: 'custom_tool_call', call_id: 'call_0', name: 'patch', input: 'a "b"', status: 'completed' },
    ]);
  });

  it('counts cached and thought tokens inside input and output', () => {
    const usage = {
      ...noUsage(),
      input_tokens: 10,
      cache_read_tokens: 5,
      output_tokens: 2,
      reasoning_tokens: 4,
    };
    const last = stream([text('a'), { type: 'usage', usage }, finish('stop')]).at(-1);
    expect(last?.response?.['usage']).toEqual({
      input_tokens: 15,
      input_tokens_details: { cached_tokens: 5 },
      output_tokens: 6,
      output_tokens_details: { reasoning_tokens: 4 },
      total_tokens: 21,
    });
  });
});

describe('reasoning that comes back', () => {
  const roundTrip = (events: AnswerEvent[]) => {
    const output = stream(events).at(-1)?.response?.output ?? [];
    const results = output
      .filter(({ type }) => type === 'function_call')
      .map(({ call_id }) => ({ type: 'function_call_output', call_id, output: 'done' }));
    const body = { model: 'm', input: [...output, ...results] };
    return { output, messages: parseResponses(JSON.stringify(body)).messages };
  };

  it('is Anthropic`s own again: text, signature and order', () => {
    const format = 'anthropic-claude-v1';
    const signed = { type: 'reasoning.text', signature: 'sig', format, index: 0 } as const;
    const redacted = { type: 'reasoning.encrypted', data: 'opaque', format, index: 1 } as const;
    const { output, messages } = roundTrip([
      { type: 'reasoning', choice: 0, index: 0, text: 'Think', format },
      { type: 'reasoning', choice: 0, index: 0, text: 'ing', format },
      { type: 'reasoning_detail', choice: 0, detail: signed },
      { type: 'reasoning_detail', choice: 0, detail: redacted },
      text('So'),
      toolCall(0),
      args(0, '{}'),
      finish('tool_calls'),
    ]);
    expect(output.map(({ type }) => type)).toEqual(['reasoning', 'reasoning', 'message', 'function_call']);
    expect(output[0]?.['summary']).toEqual([{ type: 'summary_text', text: 'Thinking' }]);
    expect(messages[0]).toMatchObject({
      content: 'So',
      reasoning_details: [{ ...signed, text: 'Thinking' }, redacted],
    });
  });

  it('is Google`s signature of the call that it signed', () => {
    const { messages } = roundTrip([
      { ...toolCall(0), thought_signature: 'sig' } as AnswerEvent,
      args(0, '{}'),
      finish('tool_calls'),
    ]);
    expect(messages[0]).toMatchObject({
      tool_calls: [{ id: 'call_0', extra_content: { google: { thought_signature: 'sig' } } }],
    });
  });
});
