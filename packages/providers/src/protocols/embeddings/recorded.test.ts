import { existsSync, globSync, readFileSync } from 'node:fs';
import type { EmbeddingsRequest, Protocol, RenderOptions, Vector } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { azure } from '../../azure/index.ts';
import { findProvider } from '../../index.ts';
import { bedrockEmbeddings } from './bedrock.ts';
import { vertexEmbeddings } from './vertex.ts';

const FOLDER = new URL('../../../../../../shared/fixtures/open/', import.meta.url).pathname;

interface Exchange {
  provider: string;
  api: string;
  model: string;
  request: { path: string; body: Record<string, unknown> };
  response: { status: number; body: Record<string, unknown> };
}

const exchanges = existsSync(FOLDER)
  ? globSync('*/*.json', { cwd: FOLDER })
      .map((name) => ({ name, ...(JSON.parse(readFileSync(FOLDER + name, 'utf8')) as Exchange) }))
      .filter(({ api }) => api === 'embeddings')
  : [];
if (exchanges.length === 0) console.log(`no recorded embeddings in ${FOLDER}: their tests are skipped`);

function protocolOf(name: string): Protocol<EmbeddingsRequest> {
  if (name === 'bedrock') return bedrockEmbeddings;
  if (name === 'vertex') return vertexEmbeddings;
  const provider = name === 'azure' ? azure : findProvider(name === 'vllm' ? 'openai-compatible' : name);
  const found = provider?.protocols?.find(({ operation }) => operation === 'embeddings');
  if (found === undefined) throw new Error(`${name} has no embeddings`);
  return found as Protocol<EmbeddingsRequest>;
}

type Json = Record<string, unknown>;
const objectOf = (value: unknown): Json => (value ?? {}) as Json;
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value : []) as Json[];

/** What a client of ours would have sent to bring about a recorded body, read without our own code. */
function askedFor(provider: string, model: string, body: Json): EmbeddingsRequest {
  const gemini = listOf(body['requests']);
  const vertex = listOf(body['instances']);
  const nova = objectOf(body['singleEmbeddingParams']);
  const named = { model, input: '' as EmbeddingsRequest['input'] };
  switch (provider) {
    case 'gemini': {
      const [first] = gemini;
      const task = first?.['taskType'] as string | undefined;
      return {
        ...named,
        input: gemini.map((one) => String(listOf(objectOf(one['content'])['parts'])[0]?.['text'])),
        dimensions: Number(first?.['outputDimensionality']),
        ...(task === undefined ? {} : { input_type: task.replace('RETRIEVAL', 'search').toLowerCase() }),
      };
    }
    case 'vertex':
      return { ...named, input: vertex.map(({ content }) => String(content)) };
    case 'cohere':
      return { ...named, input: body['texts'] as string[], input_type: String(body['input_type']) };
    case 'bedrock':
      return body['inputText'] !== undefined
        ? { ...named, input: String(body['inputText']) }
        : {
            ...named,
            input: String(objectOf(nova['text'])['value']),
            dimensions: Number(nova['embeddingDimension']),
          };
    default:
      return body as unknown as EmbeddingsRequest;
  }
}

const optionsFor = (asked: EmbeddingsRequest): RenderOptions => ({
  model: asked.model,
  stream: false,
  output_tokens_max: null,
  abilities: {} as RenderOptions['abilities'],
  source: { protocol: 'embeddings', body_text: JSON.stringify(asked), headers: {} },
});

/** Vectors of a provider's own body, read without our own code. */
function nativeVectors(provider: string, body: Json): Vector[] {
  if (provider === 'gemini') return listOf(body['embeddings']).map(({ values }) => values as number[]);
  if (provider === 'vertex')
    return listOf(body['predictions']).map(({ embeddings }) => objectOf(embeddings)['values'] as number[]);
  if (provider === 'cohere') return objectOf(body['embeddings'])['float'] as number[][];
  if (provider === 'bedrock')
    return body['embedding'] !== undefined
      ? [body['embedding'] as number[]]
      : listOf(body['embeddings']).map(({ embedding }) => embedding as number[]);
  return listOf(body['data']).map(({ embedding }) => embedding as Vector);
}

const TOKENS: Record<string, (body: Json) => unknown> = {
  cohere: (body) => objectOf(objectOf(body['meta'])['billed_units'])['input_tokens'],
  bedrock: (body) => body['inputTextTokenCount'],
  vertex: (body) =>
    objectOf(objectOf(listOf(body['predictions'])[0]?.['embeddings'])['statistics'])['token_count'],
  gemini: () => undefined,
};
const nativeTokens = (provider: string, body: Json): unknown =>
  (TOKENS[provider] ?? ((own: Json) => objectOf(own['usage'])['prompt_tokens']))(body);

/** Members that say what is the default anyway, or that a client of OpenAI's format cannot ask for. */
const SAID_ANYWAY = ['max_tokens', 'output_dimension', 'truncate', 'embedding_types'];
const lean = (body: Json): Json =>
  Object.fromEntries(
    Object.entries(body).filter(([name, value]) => value !== null && !SAID_ANYWAY.includes(name)),
  );

it.runIf(exchanges.length > 0)('there are recorded exchanges', () => {
  expect(exchanges.length).toBeGreaterThan(10);
});

describe.runIf(exchanges.length > 0).each(exchanges)('$name', ({ provider, model, request, response }) => {
  const protocol = protocolOf(provider);

  it('is asked for in the words that the provider was asked in', () => {
    const path_model = /models?\/([^/:]+(?::\d+)?)(?::|\/)/.exec(request.path)?.[1];
    const asked = askedFor(provider, String(request.body['model'] ?? path_model ?? model), request.body);
    const rendered = protocol.renderRequest(asked, optionsFor(asked));
    expect(lean(JSON.parse(rendered.body) as Json)).toEqual(lean(request.body));
    expect(rendered.dropped).toEqual([]);
    const end = decodeURIComponent(rendered.path).split('/').slice(-2).join('/');
    if (provider !== 'azure') expect(request.path.endsWith(end)).toBe(true);
  });

  it('is read with every number in its place', () => {
    if (response.status >= 400) {
      const failure = protocol.parseFailure(response.status, () => null, JSON.stringify(response.body), 0);
      expect(failure.kind).toBe(response.status === 404 ? 'model_not_found' : 'invalid_request');
      expect(failure.message.length).toBeGreaterThan(10);
      return;
    }
    const parsed = protocol.parseAnswer(response.body);
    if ('failure' in parsed) throw new Error(parsed.failure.message);
    expect(parsed.answer.vectors).toEqual(nativeVectors(provider, response.body));
    const tokens = nativeTokens(provider, response.body);
    expect(parsed.answer.usage?.input_tokens).toBe(tokens);
    if (protocol.pass_through === undefined) return;
    const scanned = protocol.pass_through.scanAnswer(JSON.stringify(response.body));
    expect(scanned).toMatchObject({ complete: true, failure: null, usage: { input_tokens: tokens } });
  });
});
