import { describe, expect, it } from 'vitest';
import { cohereChat } from './index.ts';

const event = (type: string, more: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const text = (words: string) =>
  event('content-delta', { index: 0, delta: { message: { content: { text: words } } } });

function read(body: string) {
  const parser = cohereChat.createStreamParser();
  return { events: [...parser.push(body), ...parser.end()], parser };
}

const toolCalls = (tool_calls: object) => ({ index: 0, delta: { message: { tool_calls } } });

describe('a Cohere stream', () => {
  it('arguments that say null, in any pieces, are an empty object; others are whole', () => {
    const argumentsOf = (...pieces: string[]) =>
      read(
        event('tool-call-start', toolCalls({ id: 'c', function: { name: 'f', arguments: '' } })) +
          pieces
            .map((piece) => event('tool-call-delta', toolCalls({ function: { arguments: piece } })))
            .join('') +
          event('tool-call-end', { index: 0 }),
      )
        .events.map((one) => (one.type === 'tool_arguments' ? one.text : ''))
        .join('');
    expect(argumentsOf('nu', 'll')).toBe('{}');
    expect(argumentsOf()).toBe('{}');
    expect(argumentsOf('{"a"', ':null}')).toBe('{"a":null}');
  });

  it('an end that reports an error is a failure, never a finish', () => {
    const { events, parser } = read(
      text('half') + event('message-end', { delta: { finish_reason: 'ERROR', error: 'model broke' } }),
    );
    expect(events.at(-1)).toMatchObject({
      type: 'error',
      failure: { kind: 'overloaded', message: 'model broke' },
    });
    expect(events.some(({ type }) => type === 'finish')).toBe(false);
    expect(parser.complete).toBe(false);
  });

  it('an error body in place of events is a failure of its kind', () => {
    const { events } = read('data: {"message":"too many tokens"}\n\n');
    expect(events).toMatchObject([{ type: 'error', failure: { kind: 'context_too_long' } }]);
  });

  it('one unreadable event is passed over, three in a row are not', () => {
    const one = read(`data: {oops\n\n${text('a')}`);
    expect(one.events.map(({ type }) => type)).toEqual(['start', 'text']);
    expect(one.parser.malformed).toBe(1);
    expect(read('data: {\n\ndata: {\n\ndata: {\n\n').events).toMatchObject([
      { type: 'error', failure: { kind: 'malformed' } },
    ]);
  });
});

describe('failures', () => {
  const kindOf = (status: number, message: string) =>
    cohereChat.parseFailure(status, () => null, JSON.stringify({ id: 'x', message }), 0).kind;

  it.each([
    [401, 'invalid api token', 'auth'],
    [498, 'invalid token', 'auth'],
    [429, 'You are using a Trial key, which is limited to 1000 API calls / month.', 'quota'],
    [429, 'You are using a Trial key, which is limited to 20 API calls / minute.', 'rate_limited'],
    [422, 'tool_choice is not supported', 'invalid_request'],
    [499, 'request cancelled', 'conflict'],
    [501, 'not implemented', 'invalid_request'],
    [500, 'internal server error', 'overloaded'],
    [503, 'unavailable', 'overloaded'],
    [504, 'timeout', 'overloaded'],
  ])('%i %s is %s', (status, message, kind) => {
    expect(kindOf(status, message)).toBe(kind);
  });

  it('a turn that Cohere gave up inside a 200 is a failure when it says nothing', () => {
    expect(
      cohereChat.parseAnswer({ message: { role: 'assistant' }, finish_reason: 'TIMEOUT' }),
    ).toMatchObject({
      failure: { kind: 'timeout' },
    });
  });
});
