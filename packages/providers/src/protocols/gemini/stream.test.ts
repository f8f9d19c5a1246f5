import type { AnswerEvent } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { geminiProtocol } from './index.ts';

const sse = (...bodies: unknown[]) => bodies.map((body) => `data: ${JSON.stringify(body)}\r\n\r\n`).join('');

const event = (parts: unknown, more: object = {}, root: object = {}) => ({
  candidates: [{ content: { role: 'model', parts }, index: 0, ...more }],
  modelVersion: 'gemini-x',
  responseId: 'resp_1',
  ...root,
});

function read(text: string) {
  const parser = geminiProtocol.createStreamParser();
  const events = [...parser.push(text), ...parser.end()];
  return { events, complete: parser.complete, malformed: parser.malformed };
}

const ofType = <T extends AnswerEvent['type']>(events: AnswerEvent[], type: T) =>
  events.filter((one): one is Extract<AnswerEvent, { type: T }> => one.type === type);

const finishOf = (body: unknown) => {
  const { events } = read(sse(body));
  return ofType(events, 'finish').map((finish) => [finish.finish_reason, finish.native_finish_reason]);
};

describe('a stream of Gemini', () => {
  it('starts once and finishes once', () => {
    const { events, complete } = read(
      sse(
        event([{ text: 'a' }]),
        event([{ text: 'b' }], { finishReason: 'STOP' }),
        event([], { finishReason: 'STOP' }),
      ),
    );
    expect(events).toEqual([
      { type: 'start', id: 'resp_1', model: 'gemini-x', created: null },
      { type: 'text', choice: 0, text: 'a' },
      { type: 'text', choice: 0, text: 'b' },
      { type: 'finish', choice: 0, finish_reason: 'stop', native_finish_reason: 'STOP' },
    ]);
    expect(complete).toBe(true);
  });

  it.each([
    ['without content', { candidates: [{ finishReason: 'MODEL_ARMOR' }] }, 'content_filter'],
    ['with empty content', { candidates: [{ content: {}, finishReason: 'SAFETY' }] }, 'content_filter'],
    [
      'with a role only',
      { candidates: [{ content: { role: 'model' }, finishReason: 'MAX_TOKENS' }] },
      'length',
    ],
    ['with a reason of the future', { candidates: [{ finishReason: 'SOLAR_FLARE' }] }, 'error'],
    ['with a reason that is a word of Object', { candidates: [{ finishReason: 'constructor' }] }, 'error'],
    ['that is blocked', { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }, 'content_filter'],
  ])('%s ends properly', (_case, body, reason) => {
    expect(finishOf(body).map(([ours]) => ours)).toEqual([reason]);
    const whole = geminiProtocol.parseAnswer(body);
    expect(whole).toMatchObject({ answer: { choices: [{ content: null, finish_reason: reason }] } });
  });

  it('says tool_calls where Google says STOP, also when the call came earlier', () => {
    expect(finishOf(event([{ functionCall: { name: 'f' } }], { finishReason: 'STOP' }))).toEqual([
      ['tool_calls', 'STOP'],
    ]);
    const { events } = read(
      sse(event([{ functionCall: { name: 'f' } }]), event([{ text: '' }], { finishReason: 'STOP' })),
    );
    expect(ofType(events, 'finish')[0]?.finish_reason).toBe('tool_calls');
    expect(
      finishOf(event([{ functionCall: { name: 'f' } }], { finishReason: 'UNEXPECTED_TOOL_CALL' })),
    ).toEqual([['error', 'UNEXPECTED_TOOL_CALL']]);
  });

  it('gives calls without arguments an empty object, and calls without an id a stable one', () => {
    const body = sse(event([{ functionCall: { name: 'f' } }, { functionCall: { name: 'f', id: '' } }]));
    const { events } = read(body);
    expect(ofType(events, 'tool_arguments').map((one) => one.text)).toEqual(['{}', '{}']);
    const ids = ofType(events, 'tool_call').map((one) => one.id);
    expect(ids).toEqual(['call_resp_1_0', 'call_resp_1_1']);
    expect(ofType(read(body).events, 'tool_call').map((one) => one.id)).toEqual(ids);
  });

  it('never gives two calls one id', () => {
    const { events } = read(
      sse(event([{ functionCall: { name: 'f', id: 'x' } }, { functionCall: { name: 'f', id: 'x' } }])),
    );
    expect(new Set(ofType(events, 'tool_call').map((one) => one.id)).size).toBe(2);
  });

  it('announces a call with its signature, and gives the signature as a detail too', () => {
    const { events } = read(sse(event([{ functionCall: { name: 'f', id: 'x' }, thoughtSignature: 'S=' }])));
    expect(events.slice(1)).toEqual([
      {
        type: 'reasoning_detail',
        choice: 0,
        detail: { type: 'reasoning.encrypted', data: 'S=', format: 'google-gemini-v1', id: 'x', index: 0 },
      },
      { type: 'tool_call', choice: 0, index: 0, id: 'x', name: 'f', thought_signature: 'S=' },
      { type: 'tool_arguments', choice: 0, index: 0, text: '{}' },
    ]);
  });

  it('numbers thoughts by block, and separates choices', () => {
    const { events } = read(
      sse(
        event([{ text: 'a', thought: true }]),
        event([{ text: 'b', thought: true }, { text: 'x' }, { text: 'c', thought: true }]),
        { candidates: [{ index: 1, content: { parts: [{ text: 'y' }] }, finishReason: 'STOP' }] },
      ),
    );
    expect(ofType(events, 'reasoning').map((one) => [one.index, one.text])).toEqual([
      [0, 'a'],
      [0, 'b'],
      [1, 'c'],
    ]);
    expect(ofType(events, 'text').map((one) => [one.choice, one.text])).toEqual([
      [0, 'x'],
      [1, 'y'],
    ]);
  });

  it('is not complete while another choice is still open', () => {
    const parser = geminiProtocol.createStreamParser();
    parser.push(sse(event([{ text: 'a' }])));
    parser.push(sse({ candidates: [{ index: 1, finishReason: 'STOP' }] }));
    expect(parser.complete).toBe(false);
    parser.push(sse(event([], { finishReason: 'STOP' })));
    expect(parser.complete).toBe(true);
  });

  it('gives images, and never code that ran on the server as text', () => {
    const { events } = read(
      sse(
        event([
          { executableCode: { code: 'print(1)' } },
          { codeExecutionResult: { output: '1' } },
          { toolCall: { id: 'a' }, thoughtSignature: 'S' },
          { inlineData: { mimeType: 'image/png', data: 'AA==' } },
          { inlineData: { mimeType: 'audio/pcm', data: 'BB' } },
        ]),
      ),
    );
    expect(events.slice(1)).toEqual([{ type: 'image', choice: 0, url: 'data:image/png;base64,AA==' }]);
  });

  it('reads an event larger than a mebibyte, as a generated image is', () => {
    const data = 'A'.repeat(2_000_000);
    const text = sse(event([{ inlineData: { mimeType: 'image/png', data } }], { finishReason: 'STOP' }));
    const parser = geminiProtocol.createStreamParser();
    const events: AnswerEvent[] = [];
    for (let at = 0; at < text.length; at += 65_536) events.push(...parser.push(text.slice(at, at + 65_536)));
    expect(ofType(events, 'image')[0]?.url).toHaveLength(data.length + 22);
  });

  it('but an event without end breaks instead of filling the memory', () => {
    const parser = geminiProtocol.createStreamParser();
    const events = parser.push('data: ');
    for (let round = 0; round < 20; round++) events.push(...parser.push('x'.repeat(500_000)));
    expect(events).toMatchObject([{ type: 'error', failure: { kind: 'malformed' } }]);
    expect(parser.complete).toBe(false);
  });

  it('survives a malformed event, and gives up at three in a row', () => {
    const one = read(`data: {"x\n\ndata: []\n\n${sse(event([{ text: 'ok' }], { finishReason: 'STOP' }))}`);
    expect(one).toMatchObject({ complete: true, malformed: 2 });
    expect(ofType(one.events, 'text')).toHaveLength(1);
    const good = sse(event([{ text: 'ok' }]));
    const scattered = read(`data: 1\n\ndata: 2\n\n${good}data: 3\n\n${good}data: 4\n\n`);
    expect(ofType(scattered.events, 'error')).toEqual([]);
    expect(scattered.malformed).toBe(4);
    const three = read(`data: 1\n\ndata: 2\n\ndata: 3\n\n${sse(event([{ text: 'late' }]))}`);
    expect(three.events).toMatchObject([{ type: 'error', failure: { kind: 'malformed' } }]);
  });

  it('tells an error inside a 200 and reads nothing after it', () => {
    const error = { code: 503, status: 'UNAVAILABLE', message: 'The model is overloaded.' };
    const { events, complete } = read(
      sse(event([{ text: 'a' }]), { error }, event([], { finishReason: 'STOP' })),
    );
    expect(events.at(-1)).toMatchObject({
      type: 'error',
      failure: { kind: 'overloaded', code: 'UNAVAILABLE', message: error.message },
    });
    expect(complete).toBe(false);
    expect(geminiProtocol.parseAnswer([{ error }])).toMatchObject({ failure: { kind: 'overloaded' } });
  });

  it('keeps a last event whose blank line was never sent', () => {
    const text = sse(event([{ text: 'a' }], { finishReason: 'STOP' })).trimEnd();
    expect(read(text).complete).toBe(true);
  });

  it('gathers arguments that arrive piece by piece', () => {
    const piece = (functionCall: object) => event([{ functionCall }]);
    const at = (jsonPath: string, value: object, more = false) => ({
      jsonPath,
      ...value,
      willContinue: more,
    });
    const { events } = read(
      sse(
        piece({ name: 'write', willContinue: true }),
        piece({ partialArgs: [at('$.a[0].b', { stringValue: 'x' }, true)], willContinue: true }),
        piece({
          partialArgs: [
            at('$.a[0].b', { stringValue: 'y' }),
            at("$['k.k']", { boolValue: true }),
            at('$.a[1]', { nullValue: 'NULL_VALUE' }),
            at('$.a[900000]', { numberValue: 1 }),
            at('$.__proto__.polluted', { numberValue: 1 }),
          ],
          willContinue: true,
        }),
        piece({}),
        piece({ partialArgs: [at('$.late', { numberValue: 1 })] }),
      ),
    );
    expect(ofType(events, 'tool_arguments').map((one) => one.text)).toEqual([
      '{"a":[{"b":"xy"},null],"k.k":true,"__proto__":{"polluted":1}}',
    ]);
    expect('polluted' in {}).toBe(false);
  });

  it('ends a call that was still open when the finish reason came, before the finish', () => {
    const open = { functionCall: { name: 'f', willContinue: true } };
    const { events } = read(sse(event([open]), event([], { finishReason: 'STOP' })));
    expect(events.slice(2)).toEqual([
      { type: 'tool_arguments', choice: 0, index: 0, text: '{}' },
      { type: 'finish', choice: 0, finish_reason: 'tool_calls', native_finish_reason: 'STOP' },
    ]);
  });

  it('never makes up the end of arguments that were cut off', () => {
    const { events, complete } = read(sse(event([{ functionCall: { name: 'f', willContinue: true } }])));
    expect(ofType(events, 'tool_arguments')).toEqual([]);
    expect(complete).toBe(false);
  });

  it('cites sources at positions of the text, once', () => {
    const groundingMetadata = {
      groundingChunks: [
        { web: { uri: 'https://a.example', title: 'A' } },
        { retrievedContext: { title: 'no url' } },
      ],
      groundingSupports: [{ segment: { startIndex: 5, endIndex: 8 }, groundingChunkIndices: [0, 1, 7] }],
    };
    const text = 'ä😀b'; // bytes: ä 0-2, 😀 2-6, b 6-7
    const { events } = read(
      sse(event([{ text }], { groundingMetadata }), event([], { groundingMetadata, finishReason: 'STOP' })),
    );
    expect(ofType(events, 'annotation').map((one) => one.annotation)).toEqual([
      {
        type: 'url_citation',
        url_citation: { url: 'https://a.example', title: 'A', start_index: 3, end_index: 4 },
      },
    ]);
  });

  it('counts every token in one bucket, and the last count wins', () => {
    const usageMetadata = {
      promptTokenCount: 100,
      cachedContentTokenCount: 60,
      toolUsePromptTokenCount: 7,
      candidatesTokenCount: 20,
      thoughtsTokenCount: 30,
      totalTokenCount: 157,
      serviceTier: 'standard',
      promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 50 }],
      cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 20 }],
    };
    const { events } = read(
      sse(
        event([{ text: 'a' }], {}, { usageMetadata: { trafficType: 'ON_DEMAND' } }),
        event([], {}, { usageMetadata: { promptTokenCount: 1 } }),
        event([], { finishReason: 'STOP' }, { usageMetadata }),
      ),
    );
    expect(ofType(events, 'usage')).toHaveLength(2);
    expect(ofType(events, 'usage').at(-1)?.usage).toEqual({
      input_tokens: 17,
      cache_read_tokens: 60,
      cache_write_tokens: 0,
      cache_write_1h_tokens: 0,
      output_tokens: 20,
      reasoning_tokens: 30,
      input_audio_tokens: 30,
      output_audio_tokens: 0,
      estimated: false,
    });
    expect(geminiProtocol.parseAnswer(event([{ text: 'a' }], {}, { usageMetadata }))).toMatchObject({
      answer: { service_tier: 'default' },
    });
  });

  it('gives log probabilities in the shape of OpenAI', () => {
    const logprobsResult = {
      chosenCandidates: [{ token: 'a', logProbability: -0.5 }],
      topCandidates: [
        {
          candidates: [
            { token: 'a', logProbability: -0.5 },
            { token: 'b', logProbability: -2 },
          ],
        },
      ],
    };
    expect(
      ofType(read(sse(event([{ text: 'a' }], { logprobsResult }))).events, 'logprobs')[0]?.logprobs,
    ).toEqual({
      content: [
        {
          token: 'a',
          logprob: -0.5,
          bytes: null,
          top_logprobs: [
            { token: 'a', logprob: -0.5, bytes: null },
            { token: 'b', logprob: -2, bytes: null },
          ],
        },
      ],
      refusal: null,
    });
  });
});

describe('a whole answer', () => {
  it('joins thoughts that follow each other, and keeps signatures beside them', () => {
    const body = event(
      [
        { text: 'a', thought: true },
        { text: 'b', thought: true, thoughtSignature: 'T' },
        { text: 'x', thoughtSignature: 'S' },
        { functionCall: { name: 'f', id: 'i', args: { z: 1 } }, thoughtSignature: 'C' },
        { inlineData: { mimeType: 'image/png', data: 'AA' } },
      ],
      { finishReason: 'STOP' },
      { createTime: '2026-03-12T18:06:34.881582Z' },
    );
    const format = 'google-gemini-v1';
    expect(geminiProtocol.parseAnswer(body)).toEqual({
      answer: {
        id: 'resp_1',
        model: 'gemini-x',
        created: 1_773_338_794,
        usage: null,
        service_tier: null,
        system_fingerprint: null,
        choices: [
          {
            index: 0,
            content: 'x',
            refusal: null,
            reasoning: [
              { type: 'reasoning.text', text: 'ab', signature: 'T', format, index: 0 },
              { type: 'reasoning.encrypted', data: 'S', format, id: null, index: 1 },
              { type: 'reasoning.encrypted', data: 'C', format, id: 'i', index: 2 },
            ],
            tool_calls: [
              {
                id: 'i',
                type: 'function',
                function: { name: 'f', arguments: '{"z":1}' },
                extra_content: { google: { thought_signature: 'C' } },
              },
            ],
            annotations: [],
            logprobs: null,
            finish_reason: 'tool_calls',
            native_finish_reason: 'STOP',
            images: ['data:image/png;base64,AA'],
          },
        ],
      },
    });
  });

  it.each([
    [null],
    ['text'],
    [[]],
    [{}],
    [{ candidates: [] }],
    [{ candidates: 'x' }],
    [{ candidates: [null] }],
  ])('that says nothing (%j) is a failure, not a crash', (body) => {
    expect(geminiProtocol.parseAnswer(body)).toMatchObject({ failure: { kind: 'malformed' } });
  });
});
