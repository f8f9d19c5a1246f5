import { GatewayError } from '@sluice/contract';
import { describe, expect, test } from 'vitest';
import { parseChat } from './parse-chat.ts';

const MESSAGES = [{ role: 'user', content: 'hi' }];
const parse = (body: unknown) => parseChat(JSON.stringify(body));

function refusal(body_text: string): { code: string; param: string | null } {
  try {
    parseChat(body_text);
  } catch (error) {
    if (error instanceof GatewayError) return { code: error.code, param: error.param };
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('parseChat', () => {
  test('unknown members and nulls are kept, 64-bit numbers do not stop it', () => {
    const body = { model: 'm', messages: MESSAGES, n: null, stop: null, new_field: { a: 1 }, seed: 2 ** 60 };
    expect(parse(body)).toEqual(body);
  });

  test.each(['', '{', 'hello'])('%j is not JSON', (text) => {
    expect(refusal(text).code).toBe('invalid_json');
  });

  test.each(['[]', '"a"', 'null'])('%j is JSON, but no object', (text) => {
    expect(refusal(text).code).toBe('invalid_request');
  });

  test.each<[unknown, string]>([
    [{ messages: MESSAGES }, 'model'],
    [{ model: 7, messages: MESSAGES }, 'model'],
    [{ model: 'm' }, 'messages'],
    [{ model: 'm', messages: [] }, 'messages'],
    [{ model: 'm', messages: [...MESSAGES, null] }, 'messages[1]'],
    [{ model: 'm', messages: [...MESSAGES, { role: 'wizard', content: '' }] }, 'messages[1].role'],
    [{ model: 'm', messages: [{ role: 'user' }] }, 'messages[0].content'],
    [
      { model: 'm', messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      'messages[0].content[0].text',
    ],
    [
      { model: 'm', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: 'x' }] }] },
      'messages[0].content[0].image_url.url',
    ],
    [{ model: 'm', messages: [{ role: 'tool', content: '' }] }, 'messages[0].tool_call_id'],
    [
      {
        model: 'm',
        messages: [{ role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f', arguments: {} } }] }],
      },
      'messages[0].tool_calls[0].function.arguments',
    ],
    [{ model: 'm', messages: MESSAGES, max_tokens: -1 }, 'max_tokens'],
    [{ model: 'm', messages: MESSAGES, max_tokens: '9' }, 'max_tokens'],
    [{ model: 'm', messages: MESSAGES, n: 0 }, 'n'],
    [{ model: 'm', messages: MESSAGES, stream: 'yes' }, 'stream'],
    [
      { model: 'm', messages: MESSAGES, stream_options: { include_usage: 1 } },
      'stream_options.include_usage',
    ],
    [{ model: 'm', messages: MESSAGES, tools: [{ type: 'function' }] }, 'tools[0].function.name'],
  ])('%j is refused, naming the place', (body, param) => {
    expect(refusal(JSON.stringify(body))).toEqual({ code: 'invalid_request', param });
  });

  test('the deprecated function forms become tools, and the result finds its call', () => {
    const chat = parse({
      model: 'm',
      functions: [{ name: 'f', parameters: {} }],
      function_call: { name: 'f' },
      messages: [
        ...MESSAGES,
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
        { role: 'function', name: 'f', content: '42' },
      ],
    });
    expect(chat.tools).toEqual([{ type: 'function', function: { name: 'f', parameters: {} } }]);
    expect(chat.tool_choice).toEqual({ type: 'function', function: { name: 'f' } });
    const [, call, result] = chat.messages;
    expect(call?.role === 'assistant' && call.tool_calls?.[0]?.id).toBe('call_function_1');
    expect(result).toMatchObject({ role: 'tool', tool_call_id: 'call_function_1', content: '42' });
  });

  test('a member called __proto__ changes nobody', () => {
    const chat = parseChat(
      '{"__proto__":{"stream":true,"x":1},"model":"m","messages":[{"role":"user","content":"a"}]}',
    );
    expect(chat.stream).toBeUndefined();
    expect({ ...chat }.x).toBeUndefined();
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});
