import type { AnyProtocol, EmbeddingsRequest, RenderOptions } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import {
  bedrockEmbeddings,
  cohereEmbeddings,
  embeddings,
  geminiEmbeddings,
  vertexEmbeddings,
} from './index.ts';

type Json = Record<string, unknown>;

function render(protocol: unknown, asked: EmbeddingsRequest, model = asked.model) {
  const options = {
    model,
    stream: false,
    output_tokens_max: null,
    abilities: {},
    source: { protocol: 'embeddings', body_text: JSON.stringify(asked), headers: {} },
  } as unknown as RenderOptions;
  const rendered = (protocol as AnyProtocol).renderRequest(asked, options);
  return { ...rendered, json: JSON.parse(rendered.body) as Json };
}

const TEXTS = { model: 'm', input: ['a', 'b'] };

describe('what a target cannot take is refused in its words', () => {
  const many = (count: number) => ({ model: 'm', input: new Array<string>(count).fill('a') });

  it.each<[string, unknown, EmbeddingsRequest, RegExp]>([
    ['token ids at Gemini', geminiEmbeddings, { model: 'm', input: [1, 2] }, /token ids/],
    ['token ids at Vertex', vertexEmbeddings, { model: 'm', input: [[1], [2]] }, /token ids/],
    ['token ids at Cohere', cohereEmbeddings, { model: 'm', input: [1] }, /token ids/],
    [
      'token ids at Mistral',
      embeddings({ texts_only: 'Mistral' }),
      { model: 'm', input: [1] },
      /Mistral takes texts/,
    ],
    ['101 texts at Gemini', geminiEmbeddings, many(101), /at most 100 inputs.* has 101/],
    ['97 texts at Cohere', cohereEmbeddings, many(97), /at most 96/],
    [
      'two texts at Titan',
      bedrockEmbeddings,
      { ...many(2), model: 'amazon.titan-embed-text-v2:0' },
      /at most 1 input /,
    ],
    [
      'two texts at Vertex’s Gemini',
      vertexEmbeddings,
      { ...many(2), model: 'gemini-embedding-001' },
      /at most 1 input /,
    ],
    [
      'an unknown encoding',
      embeddings({ numbers_only: true }),
      { ...TEXTS, encoding_format: 'int8' as 'float' },
      /encoding_format/,
    ],
  ])('%s', (_, protocol, asked, message) => {
    expect(() => render(protocol, asked)).toThrow(message);
  });

  it('a model id at Bedrock that would leave its place in the path', () => {
    expect(() => render(bedrockEmbeddings, { model: '..', input: 'a' })).toThrow('not the id of a model');
    expect(render(bedrockEmbeddings, { model: 'a/../b', input: 'a' }).path).toBe('/model/a%2F..%2Fb/invoke');
  });
});

describe('what vectors are for', () => {
  it('is said in Google’s words, in Cohere’s, or not at all', () => {
    const asked = { ...TEXTS, input_type: 'search_query' };
    expect(render(geminiEmbeddings, asked).json).toMatchObject({
      requests: [{ taskType: 'RETRIEVAL_QUERY' }, {}],
    });
    expect(render(vertexEmbeddings, asked).json).toMatchObject({
      instances: [{ task_type: 'RETRIEVAL_QUERY' }, {}],
    });
    expect(render(geminiEmbeddings, { ...TEXTS, input_type: 'semantic_similarity' }).json).toMatchObject({
      requests: [{ taskType: 'SEMANTIC_SIMILARITY' }, {}],
    });
    expect(render(geminiEmbeddings, TEXTS).body).not.toContain('taskType');
    expect(render(cohereEmbeddings, asked).json['input_type']).toBe('search_query');
    // Cohere's models from v3 on refuse a request that does not say it.
    expect(render(cohereEmbeddings, TEXTS).json['input_type']).toBe('search_document');
  });
});

describe('dimensions', () => {
  it('reach each target by its own name for them', () => {
    const asked = { ...TEXTS, dimensions: 64 };
    expect(render(geminiEmbeddings, asked).json).toMatchObject({
      requests: [{ outputDimensionality: 64 }, {}],
    });
    expect(render(vertexEmbeddings, asked).json).toMatchObject({ parameters: { outputDimensionality: 64 } });
    expect(render(cohereEmbeddings, asked).json).toMatchObject({ output_dimension: 64 });
    const mistral = embeddings({ dimensions: 'output_dimension' });
    expect(render(mistral, asked).json).toEqual({ model: 'm', input: ['a', 'b'], output_dimension: 64 });
    const one = { model: 'amazon.titan-embed-text-v2:0', input: 'a', dimensions: 64 };
    expect(render(bedrockEmbeddings, one).json).toEqual({ inputText: 'a', dimensions: 64 });
  });

  it('that a target has no word for are named as dropped', () => {
    const asked = { model: 'amazon.titan-embed-text-v1', input: 'a', dimensions: 64, user: 'u' };
    const { json, dropped } = render(bedrockEmbeddings, asked);
    expect(json).toEqual({ inputText: 'a' });
    expect(dropped.sort()).toEqual(['dimensions', 'user']);
  });
});

describe('a server that sends numbers only', () => {
  const protocol = embeddings({ numbers_only: true });

  it('is not asked for an encoding, and its answer is read, not passed on', () => {
    expect(render(protocol, { ...TEXTS, encoding_format: 'base64' }).json).toEqual(TEXTS);
    expect(protocol.pass_through).toBeUndefined();
    const body = {
      data: [
        { index: 1, embedding: [2] },
        { index: 0, embedding: [1] },
      ],
      usage: { prompt_tokens: 3 },
    };
    expect(protocol.parseAnswer(body)).toMatchObject({
      answer: { vectors: [[1], [2]], usage: { input_tokens: 3 } },
    });
  });

  it.each([
    [{}],
    [{ data: [] }],
    [{ data: [{ embedding: null }] }],
    [{ data: [{ index: 5, embedding: [1] }] }],
    [7],
    [null],
  ])('and answers %j has no vectors', (body) => {
    expect(protocol.parseAnswer(body)).toMatchObject({ failure: { kind: 'malformed' } });
  });
});

describe('a large answer that is passed on', () => {
  const scan = embeddings().pass_through;
  const numbers = Array.from({ length: 3000 }, (_, at) => at / 7);

  it('is not parsed for its usage at the end', () => {
    const text = JSON.stringify({
      data: [{ index: 0, embedding: numbers }],
      model: 'm',
      usage: { prompt_tokens: 9 },
    });
    expect(scan?.scanAnswer(text)).toMatchObject({
      usage: { input_tokens: 9 },
      failure: null,
      complete: true,
    });
  });

  it('gives its usage from wherever it stands', () => {
    const text = JSON.stringify({ usage: { prompt_tokens: 9 }, data: [{ index: 0, embedding: numbers }] });
    expect(scan?.scanAnswer(text)).toMatchObject({ usage: { input_tokens: 9 } });
  });

  it('is a failure where it is cut off', () => {
    const text = JSON.stringify({ data: [{ index: 0, embedding: numbers }] });
    expect(scan?.scanAnswer(text.slice(0, -10))).toMatchObject({ failure: { kind: 'malformed' } });
  });
});

it.each([geminiEmbeddings, vertexEmbeddings, cohereEmbeddings, bedrockEmbeddings])(
  '$id never throws on what a provider may send',
  (protocol) => {
    for (const body of [
      null,
      1,
      'a',
      [],
      {},
      { embeddings: [null] },
      { predictions: [1] },
      { embedding: ['a'] },
    ])
      expect(protocol.parseAnswer(body)).toMatchObject({ failure: { kind: 'malformed' } });
  },
);
