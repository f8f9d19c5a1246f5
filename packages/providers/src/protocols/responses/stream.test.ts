import type { AnswerEvent } from '@sluice/contract';
import { describe, expect, test } from 'vitest';
import { responses } from './index.ts';

const event = (data: Record<string, unknown>): string =>
  `event: ${data['type']}\ndata: ${JSON.stringify(data)}\n\n`;

const read = (text: string): { events: AnswerEvent[]; complete: boolean } => {
  const parser = responses.createStreamParser();
  const events = [...parser.push(text), ...parser.end()];
  return { events, complete: parser.complete };
};

const created = event({ type: 'response.created', response: { id: 'resp_1', model: 'm', created_at: 5 } });
const delta = event({ type: 'response.output_text.delta', output_index: 0, delta: 'Hi' });
const failed = event({
  type: 'response.failed',
  response: {
    status: 'failed',
    error: { code: 'rate_limit_exceeded', message: 'Please try again in 1.5s.' },
  },
});

describe('a stream that fails', () => {
  test.each([
    [
      'nested',
      {
        type: 'error',
        error: { type: 'server_error', code: 'server_error', message: 'Broken.', param: null },
      },
    ],
    ['flat', { type: 'error', code: 'server_error', message: 'Broken.', param: null }],
  ])('says why where the error is %s, once', (_shape, data) => {
    const { events, complete } = read(created + delta + event(data) + failed);
    expect(complete).toBe(false);
    const failures = events.filter(({ type }) => type === 'error');
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({
      failure: { kind: 'overloaded', message: 'Broken.', code: 'server_error' },
    });
    const scanned = responses.pass_through?.scanStream(created + delta + event(data) + failed);
    expect(scanned).toMatchObject({ complete: false, failure: { message: 'Broken.' }, output_chars: 2 });
  });

  test('says when to come back', () => {
    const { events } = read(created + failed);
    expect(events.at(-1)).toMatchObject({ failure: { kind: 'rate_limited', retry_after_ms: 1500 } });
    expect(responses.pass_through?.scanHead(created + failed).failure?.kind).toBe('rate_limited');
  });
});

describe('before any content', () => {
  test('a beginning commits to nothing, a delta, a call or an end does', () => {
    const head = (text: string) => responses.pass_through?.scanHead(text).content;
    const added = (type: string): string =>
      event({ type: 'response.output_item.added', output_index: 0, item: { type } });
    expect(head(created + added('reasoning') + added('message'))).toBe(false);
    expect(head(created + delta)).toBe(true);
    expect(head(created + added('function_call'))).toBe(true);
    expect(head(created + event({ type: 'response.completed', response: {} }))).toBe(true);
    expect(head(created + delta.slice(0, -5))).toBe(false);
  });
});

describe('what came only at the end', () => {
  test('is told all the same, and only once', () => {
    const item = { type: 'message', content: [{ type: 'output_text', text: 'Hi', annotations: [] }] };
    const call = { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '' };
    const done = event({ type: 'response.output_item.done', output_index: 0, item });
    const end = event({
      type: 'response.completed',
      response: { id: 'resp_1', status: 'completed', output: [item, call] },
    });
    for (const text of [created + done + end, created + delta + done + end, created + end, end]) {
      const { events, complete } = read(text);
      expect(complete).toBe(true);
      expect(events.filter(({ type }) => type === 'text')).toEqual([{ type: 'text', choice: 0, text: 'Hi' }]);
      expect(events.filter(({ type }) => type === 'tool_arguments')).toEqual([
        { type: 'tool_arguments', choice: 0, index: 0, text: '{}' },
      ]);
      expect(events.find(({ type }) => type === 'finish')).toMatchObject({ finish_reason: 'tool_calls' });
    }
  });
});

test('events that cannot be read end a stream when three come in a row', () => {
  const parser = responses.createStreamParser();
  expect(parser.push('data: {"a\n\ndata: {"b\n\n')).toEqual([]);
  expect(parser.push(delta)).toHaveLength(1);
  expect(parser.push('data: x\n\ndata: y\n\ndata: z\n\n')).toMatchObject([
    { type: 'error', failure: { kind: 'malformed' } },
  ]);
  expect(parser.malformed).toBe(5);
  expect(parser.complete).toBe(false);
});

test('a whole response that failed is a failure, whatever its status was', () => {
  const failure = (body: unknown) => {
    const parsed = responses.parseAnswer(body);
    return 'failure' in parsed ? parsed.failure.kind : null;
  };
  expect(failure({ status: 'failed', error: { code: 'server_error', message: 'x' }, output: [] })).toBe(
    'overloaded',
  );
  expect(failure({ status: 'cancelled', error: null, output: [] })).toBe('overloaded');
  expect(failure({ error: { code: 'invalid_api_key', message: 'Incorrect API key provided' } })).toBe('auth');
  expect(failure({ object: 'chat.completion', choices: [] })).toBe('malformed');
  expect(failure([])).toBe('malformed');
});

test('a line as long as a picture is no reason to end a stream', () => {
  const picture = 'A'.repeat(3 << 20);
  const item = { type: 'image_generation_call', result: picture };
  const text =
    created +
    event({ type: 'response.output_item.done', output_index: 0, item }) +
    event({ type: 'response.completed', response: { status: 'completed', output: [item] } });
  const { events, complete } = read(text);
  expect(complete).toBe(true);
  expect(events.filter(({ type }) => type === 'image')).toHaveLength(1);
  expect(responses.pass_through?.line_chars_max).toBeGreaterThan(picture.length);
});
