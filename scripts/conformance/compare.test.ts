import { describe, expect, it } from 'vitest';
import { chatDoor } from './chat-door.ts';
import { compare, type Receipt } from './compare.ts';
import type { Case, Facts, NativeApi } from './corpus.ts';
import type { Observed } from './door.ts';
import { countTokens } from './expected-answer.ts';
import type { Mode } from './modes.ts';
import { readTextEvents } from './recorded-events.ts';

const WHOLE: Mode = { name: 'whole', replay: '', cut: null, include_usage: true, bare: true };
const UNASKED: Mode = { ...WHOLE, include_usage: false, bare: false };

/** A Messages stream as recorded, and what the chat door makes of it. */
const NATIVE = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":10}}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"Grüße"}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"type":"signature_delta","signature":"abc"}}\n\n',
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}   \n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
];

const FACTS: Facts = {
  text: 'Grüße',
  reasoning: 'Let me see.',
  tool_calls: [
    { id: 'toolu_1', name: 'weather', arguments: { city: 'Paris' } },
    { id: 'toolu_2', name: 'now', arguments: {} },
  ],
  finish: 'tool_use',
  usage: { input_tokens: 10, cache_read_input_tokens: 4, cache_creation_input_tokens: 1, output_tokens: 9 },
  id: 'msg_1',
  model: 'claude-x',
  choices: 1,
  notes: ['citations'],
};

const TOKENS = { prompt: 15, completion: 9, total: 24, cached: 4, cache_write: 1, reasoning: 0 };
const RECEIPT: Receipt = { tokens: TOKENS, estimated: false };

const caseOf = (api: NativeApi, facts: Facts | null, more: Partial<Case> = {}): Case => {
  const body_text = more.body_text ?? NATIVE.join('');
  return {
    id: 'somebody/001-case',
    provider: 'somebody',
    api,
    stream: true,
    streamed: true,
    body_text,
    body_bytes: Buffer.byteLength(body_text),
    events: readTextEvents(body_text),
    facts,
    recording: {
      provider: 'somebody',
      api,
      stream: true,
      request: null,
      response: { status: 200, headers: {}, body: body_text },
    },
    ...more,
  };
};

const CHUNKS: object[] = [
  { choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] },
  {
    choices: [
      {
        index: 0,
        delta: {
          reasoning_content: 'Let me see.',
          reasoning_details: [{ type: 'reasoning.text', text: 'Let me see.', signature: 'abc' }],
        },
      },
    ],
  },
  { choices: [{ index: 0, delta: { content: 'Grü' } }] },
  { choices: [{ index: 0, delta: { content: 'ße', annotations: [{ type: 'url_citation' }] } }] },
  call(0, { id: 'toolu_1', type: 'function', function: { name: 'weather', arguments: '' } }),
  call(0, { function: { arguments: '{"city":' } }),
  call(0, { function: { arguments: '"Paris"}' } }),
  call(1, { id: 'toolu_2', type: 'function', function: { name: 'now', arguments: '{}' } }),
  { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
  {
    choices: [],
    usage: {
      prompt_tokens: 15,
      completion_tokens: 9,
      total_tokens: 24,
      prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 0 },
    },
  },
];

const alteredSignature = {
  index: 0,
  delta: {
    reasoning_content: 'Let me see.',
    reasoning_details: [{ type: 'reasoning.text', signature: 'abd' }],
  },
};

function call(index: number, members: object): { choices: unknown[] } {
  return { choices: [{ index: 0, delta: { tool_calls: [{ index, ...members }] } }] };
}

const render = (chunks: object[], end = 'data: [DONE]\n\n'): string =>
  chunks
    .map((chunk) => `data: ${JSON.stringify({ id: 'msg_1', model: 'claude-x', ...chunk })}\n\n`)
    .join('') + end;

const read = (body_text: string, broken = false): Observed =>
  chatDoor.readAnswer({ status: 200, content_type: 'text/event-stream', body_text, broken });

const ERROR_EVENT =
  'data: {"error":{"code":"provider_stream_broken","message":"broke off","param":null}}\n\n';
const checksOf = (...args: Parameters<typeof compare>): string[] => compare(...args).map((one) => one.check);

describe('a translated stream that lost nothing', () => {
  it('has no differences', () => {
    expect(compare(caseOf('messages', FACTS), WHOLE, chatDoor, read(render(CHUNKS)), RECEIPT)).toEqual([]);
  });

  it.each<[string, Partial<Facts>]>([
    ['text', { text: 'Grüße!' }],
    ['reasoning', { reasoning: 'Let me look.' }],
    ['refusal', { refusal: 'No.' }],
    ['finish', { finish: 'max_tokens' }],
    ['id', { id: 'msg_2' }],
    ['model', { model: 'claude-y' }],
    ['choices', { choices: 2 }],
    ['logprobs', { notes: ['logprobs'] }],
    ['tool_names', { tool_calls: FACTS.tool_calls.slice(0, 1) }],
    [
      'tool_names',
      { tool_calls: FACTS.tool_calls.toReversed().map((one, i) => ({ ...one, id: `toolu_${i + 1}` })) },
    ],
    ['tool_id', { tool_calls: FACTS.tool_calls.map((one) => ({ ...one, id: 'toolu_9' })) }],
    [
      'tool_arguments',
      { tool_calls: FACTS.tool_calls.map((one) => ({ ...one, arguments: { city: 'Rome' } })) },
    ],
    ['usage', { usage: { ...FACTS.usage, cache_read_input_tokens: 5 } }],
    ['billed', { usage: { ...FACTS.usage, output_tokens: 10 } }],
    ['billed', { usage: null }],
  ])('differs in %s when the facts do', (check, altered) => {
    const one = caseOf('messages', { ...FACTS, ...altered });
    expect(checksOf(one, WHOLE, chatDoor, read(render(CHUNKS)), RECEIPT)).toContain(check);
  });

  it.each<[string, string, object[]]>([
    ['a dropped chunk of text', 'text', CHUNKS.toSpliced(2, 1)],
    ['lost reasoning', 'reasoning', CHUNKS.toSpliced(1, 1)],
    ['a lost signature', 'signature', CHUNKS.toSpliced(1, 1)],
    ['an altered signature', 'signature', CHUNKS.with(1, { choices: [alteredSignature] })],
    ['a lost citation', 'annotations', CHUNKS.toSpliced(3, 1)],
    ['a lost piece of arguments', 'tool_arguments', CHUNKS.toSpliced(6, 1)],
    ['a lost call', 'tool_names', CHUNKS.toSpliced(7, 1)],
    ['a lost finish', 'finish', CHUNKS.toSpliced(8, 1)],
    ['lost usage', 'usage', CHUNKS.toSpliced(9, 1)],
    ['a chunk twice', 'text', CHUNKS.toSpliced(2, 0, CHUNKS[2] ?? {})],
    ['a second finish', 'grammar', CHUNKS.toSpliced(9, 0, CHUNKS[8] ?? {})],
    ['a missing role', 'grammar', CHUNKS.toSpliced(0, 1)],
    ['another id in the middle', 'grammar', CHUNKS.with(2, { ...CHUNKS[2], id: 'msg_2' })],
  ])('differs after %s', (_what, check, chunks) => {
    expect(checksOf(caseOf('messages', FACTS), WHOLE, chatDoor, read(render(chunks)), RECEIPT)).toContain(
      check,
    );
  });

  it('must end with [DONE], and without an error', () => {
    const one = caseOf('messages', FACTS);
    expect(checksOf(one, WHOLE, chatDoor, read(render(CHUNKS, '')), RECEIPT)).toContain('grammar');
    expect(checksOf(one, WHOLE, chatDoor, read(render(CHUNKS, ERROR_EVENT)), RECEIPT)).toContain('error');
    expect(checksOf(one, WHOLE, chatDoor, read(render(CHUNKS), true), RECEIPT)).toContain('broken');
  });

  it('has usage only where it was asked for', () => {
    const one = caseOf('messages', FACTS);
    expect(checksOf(one, UNASKED, chatDoor, read(render(CHUNKS)), RECEIPT)).toEqual(['usage_unasked']);
    expect(checksOf(one, UNASKED, chatDoor, read(render(CHUNKS.slice(0, 9))), RECEIPT)).toEqual([]);
  });
});

describe('a stream that was cut', () => {
  const one = caseOf('messages', FACTS);
  const ended = Buffer.byteLength(NATIVE.slice(0, 4).join(''));
  const cut = (bytes: number): Mode => ({ ...WHOLE, bare: false, cut: bytes });
  const begun = CHUNKS.slice(0, 3);

  it('must end in an error, never cleanly', () => {
    expect(compare(one, cut(ended - 20), chatDoor, read(render(begun, ERROR_EVENT)), null)).toEqual([]);
    expect(checksOf(one, cut(ended - 20), chatDoor, read(render(begun)), null)).toEqual(['cut_unseen']);
    expect(checksOf(one, cut(ended - 20), chatDoor, read(render(begun, '')), null)).toEqual(['cut_unseen']);
    expect(checksOf(one, cut(1), chatDoor, read(render(CHUNKS)), null)).toContain('cut_unseen');
    const status = { status: 502, content_type: 'application/json', broken: false };
    const failed = chatDoor.readAnswer({ ...status, body_text: '{"error":{"code":"provider_error"}}' });
    expect(compare(one, cut(1), chatDoor, failed, null)).toEqual([]);
  });

  it('may not say what the provider did not', () => {
    const wrong = [...begun, { choices: [{ index: 0, delta: { content: '!' } }] }];
    expect(checksOf(one, cut(ended - 20), chatDoor, read(render(wrong, ERROR_EVENT)), null)).toEqual([
      'text',
    ]);
  });

  it('is clean behind the terminal marker', () => {
    expect(checksOf(one, cut(ended), chatDoor, read(render(begun, ERROR_EVENT)), null)).toContain('error');
    expect(compare(one, cut(ended), chatDoor, read(render(CHUNKS)), null)).toEqual([]);
  });

  it('may be read either way where only the blank line is missing', () => {
    expect(compare(one, cut(ended - 1), chatDoor, read(render(CHUNKS)), null)).toEqual([]);
    expect(compare(one, cut(ended - 1), chatDoor, read(render(begun, ERROR_EVENT)), null)).toEqual([]);
  });
});

it('wants arguments to be JSON where the facts hold only fragments of them', () => {
  const tool_calls = [...FACTS.tool_calls, { id: null, name: null, arguments: null }];
  const one = caseOf('messages', { ...FACTS, tool_calls });
  expect(compare(one, WHOLE, chatDoor, read(render(CHUNKS)), RECEIPT)).toEqual([]);
  const lost = read(render(CHUNKS.toSpliced(6, 1)));
  expect(checksOf(one, WHOLE, chatDoor, lost, RECEIPT)).toEqual(['tool_arguments']);
});

it('lets nothing change in an answer that passes through', () => {
  const facts: Facts = { ...FACTS, finish: 'tool_calls', usage: null, notes: [] };
  const body_text = render(CHUNKS.slice(0, 9));
  const one = caseOf('chat', facts, { body_text });
  const estimated: Receipt = { tokens: TOKENS, estimated: true };
  expect(compare(one, WHOLE, chatDoor, read(body_text), estimated)).toEqual([]);
  expect(checksOf(one, WHOLE, chatDoor, read(body_text.replace('{', '{ ')), estimated)).toEqual(['bytes']);
  expect(checksOf(one, WHOLE, chatDoor, read(body_text), RECEIPT)).toEqual(['billed']);
});

describe('a recorded error', () => {
  const failed = (status: number, body: unknown): Case => {
    const made = caseOf('chat', null, { body_text: JSON.stringify(body), streamed: false });
    made.recording.response.status = status;
    return made;
  };
  const told = (status: number, error: object): Observed =>
    chatDoor.readAnswer({
      status,
      content_type: 'application/json',
      body_text: JSON.stringify({ error }),
      broken: false,
    });

  it.each<[string, number, object, number, string]>([
    [
      'a rejected key',
      401,
      { error: { message: 'Incorrect API key' } },
      502,
      'provider_credentials_rejected',
    ],
    ['an overload', 529, { error: { message: 'Overloaded' } }, 502, 'provider_error'],
    ['a rate limit', 429, { error: { message: 'Slow down' } }, 503, 'no_provider_available'],
    ['an empty purse', 429, { error: { code: 'insufficient_quota' } }, 502, 'provider_error'],
  ])('of %s is told as ours, without the words of the provider', (_what, status, body, ours, code) => {
    const one = failed(status, body);
    expect(compare(one, WHOLE, chatDoor, told(ours, { code, message: 'ours' }), null)).toEqual([]);
    expect(checksOf(one, WHOLE, chatDoor, told(status, { code, message: 'ours' }), null)).toEqual([
      'error_status',
    ]);
    expect(checksOf(one, WHOLE, chatDoor, told(ours, { code: 'internal_error' }), null)).toEqual([
      'error_code',
    ]);
  });

  it('that the caller can cure keeps the words of the provider, but no credential', () => {
    const one = failed(400, { error: { message: 'This model has a maximum context length of 9.' } });
    const code = 'context_length_exceeded';
    const message = 'This model has a maximum context length of 9.';
    expect(compare(one, WHOLE, chatDoor, told(400, { code, message }), null)).toEqual([]);
    expect(checksOf(one, WHOLE, chatDoor, told(400, { code, message: 'No.' }), null)).toEqual([
      'error_message',
    ]);
    const key = told(400, { code, message: `${message} sk-0123456789` });
    expect(checksOf(one, WHOLE, chatDoor, key, null)).toContain('error_message');
  });
});

describe('tokens', () => {
  const counted = (api: NativeApi, provider: string, usage: Record<string, unknown>) =>
    countTokens(caseOf(api, FACTS, { provider }), usage);

  it('are counted by what each provider puts inside and outside of its numbers', () => {
    expect(
      counted('generateContent', 'gemini', {
        promptTokenCount: 10,
        toolUsePromptTokenCount: 5,
        cachedContentTokenCount: 4,
        candidatesTokenCount: 3,
        thoughtsTokenCount: 7,
      }),
    ).toEqual({ prompt: 15, completion: 10, total: 25, cached: 4, cache_write: 0, reasoning: 7 });
    const chat = {
      prompt_tokens: 10,
      completion_tokens: 3,
      completion_tokens_details: { reasoning_tokens: 7 },
    };
    expect(counted('chat', 'xai', chat)).toMatchObject({ completion: 10, reasoning: 7 });
    expect(counted('chat', 'vercel-gateway', chat)).toMatchObject({ completion: 3, reasoning: 3 });
    const cached = { prompt_tokens: 10, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 12 } };
    expect(counted('chat', 'azure-ai', cached)).toMatchObject({ prompt: 10, cached: 10 });
    expect(counted('chat', 'together', { prompt_tokens: 9, cached_tokens: 2 })).toMatchObject({ cached: 2 });
  });
});
