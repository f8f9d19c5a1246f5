import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Difference } from './compare.ts';
import type { Exceptions } from './conformance.ts';
import { listIds, type Recording } from './corpus.ts';
import { expectError } from './expected-error.ts';
import { startReplayOf, type Upstream } from './gateway.ts';
import { isLoose, type Loose, listOf, numberOf, objectOf, parseJson, textOf } from './loose.ts';

/** A recorded exchange that is no chat. */
interface FurtherCase {
  id: string;
  recording: Recording;
  model: string;
}

export interface FurtherResult {
  id: string;
  provider: string;
  api: string;
  failed: Difference[];
  /** Why it is not replayed; `null` = it was. */
  excepted: string | null;
}

const ROUTES: Record<string, string> = {
  embeddings: '/v1/embeddings',
  count_tokens: '/v1/messages/count_tokens',
};

/** Who is called in a format of its own; every other recording is of OpenAI's. */
const OWN: readonly string[] = ['anthropic', 'gemini', 'vertex', 'bedrock', 'cohere', 'mistral'];

/** Replays embeddings and token counts through the running gateway: vectors to the last bit, counts and errors. */
export async function runFurther(
  corpus: string,
  exceptions: Exceptions,
  filter: string | null,
): Promise<FurtherResult[]> {
  const cases = listIds(corpus).flatMap((id, index): FurtherCase[] => {
    if (filter !== null && !id.includes(filter)) return [];
    const recording = JSON.parse(readFileSync(path.join(corpus, `${id}.json`), 'utf8')) as Recording;
    if (ROUTES[recording.api] === undefined && recording.api !== 'ollama_chat') return [];
    // A model's own name says which family it is of; the number makes it the replay's address.
    return [{ id, recording, model: `${nameOf(recording)}-c${index}` }];
  });
  if (cases.length === 0) return [];
  const played = cases.filter(({ id }) => exceptions[id] === undefined);
  const gateway = await startReplayOf(
    new Map(played.map(({ model, recording }) => [model, recording])),
    (replay_url) => played.map((one, at) => upstreamOf(one, at, replay_url)),
  );
  try {
    const results: FurtherResult[] = [];
    for (const one of cases) {
      const { provider, api } = one.recording;
      const excepted = exceptions[one.id]?.reason ?? null;
      const failed = excepted === null ? await replay(one, gateway) : [];
      results.push({ id: one.id, provider, api, failed, excepted });
    }
    return results;
  } finally {
    await gateway.stop();
  }
}

const nameOf = ({ request, provider }: Recording): string => {
  const named = textOf(objectOf(request?.body)['model']) || modelOfPath(request?.path ?? '') || provider;
  return named.replaceAll(/[^A-Za-z0-9._-]/g, '-');
};

const modelOfPath = (url: string): string => /\/models?\/([^/:]+)/.exec(decodeURIComponent(url))?.[1] ?? '';

function upstreamOf({ recording, model }: FurtherCase, at: number, replay_url: string): Upstream {
  const { provider } = recording;
  return {
    id: `f${at}`,
    provider: OWN.includes(provider) ? provider : provider === 'openai' ? 'openai' : 'openai-compatible',
    base_url: `${replay_url}/replay/${model}`,
    credential: provider === 'vertex' ? 'ya29.recorded' : 'recorded',
    models: [model],
    ...(provider === 'vertex' ? { settings: { project: 'my-project' }, region: 'europe-west4' } : {}),
    ...(provider === 'bedrock' ? { region: 'us-east-1' } : {}),
  };
}

async function replay(
  one: FurtherCase,
  gateway: Awaited<ReturnType<typeof startReplayOf>>,
): Promise<Difference[]> {
  const { api, response, request } = one.recording;
  const body = api === 'embeddings' ? embeddingsBody(one) : { ...objectOf(request?.body), model: one.model };
  const { received } = await gateway.post(ROUTES[api] ?? '', JSON.stringify(body), true);
  const seen = objectOf(parseJson(received.body_text));
  const found: Difference[] = [];
  const same = (check: string, expected: unknown, actual: unknown): void => {
    if (!isDeepStrictEqual(expected, actual)) found.push({ check, expected, actual });
  };
  const recorded = objectOf(response.body);
  if (response.status !== 200) {
    const expected = expectError(response.status, JSON.stringify(response.body));
    same('error_status', expected.status, received.status);
    // What the door refuses by itself it refuses in its own words.
    if (api === 'embeddings') same('error_code', expected.code, objectOf(seen['error'])['code']);
    return found;
  }
  same('status', 200, received.status);
  if (api === 'count_tokens') same('input_tokens', recorded['input_tokens'], seen['input_tokens']);
  else {
    same('vectors', vectorsOf(recorded), vectorsOf(seen));
    const tokens = tokensOf(recorded);
    if (tokens !== null) same('usage', tokens, objectOf(seen['usage'])['prompt_tokens']);
  }
  return found;
}

/** The recorded body where it is OpenAI's, else the same texts in OpenAI's form. */
function embeddingsBody({ recording, model }: FurtherCase): Loose {
  const body = objectOf(recording.request?.body);
  if ('input' in body) return { ...body, model };
  const requests = listOf(body['requests']).map((one) =>
    textOf(objectOf(listOf(objectOf(objectOf(one)['content'])['parts'])[0])['text']),
  );
  const instances = listOf(body['instances']).map((one) => textOf(objectOf(one)['content']));
  const single =
    textOf(body['inputText']) || textOf(objectOf(objectOf(body['singleEmbeddingParams'])['text'])['value']);
  const texts = [
    ...listOf(body['texts']).map(textOf),
    ...requests,
    ...instances,
    ...(single === '' ? [] : [single]),
  ];
  return { model, input: texts };
}

/** Every vector as the numbers that 32-bit floats can hold. */
function vectorsOf(body: Loose): number[][] {
  const places = [
    ...listOf(body['data']).map((one) => objectOf(one)['embedding']),
    ...listOf(body['embeddings']).map((one) => objectOf(one)['values'] ?? objectOf(one)['embedding']),
    ...listOf(objectOf(body['embeddings'])['float']),
    ...listOf(body['predictions']).map((one) => objectOf(objectOf(one)['embeddings'])['values']),
    ...(Array.isArray(body['embedding']) ? [body['embedding']] : []),
  ];
  return places.filter((place) => place !== undefined).map(toFloats);
}

function toFloats(vector: unknown): number[] {
  if (typeof vector !== 'string') return listOf(vector).map((value) => Math.fround(numberOf(value)));
  const bytes = Buffer.from(vector, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
}

function tokensOf(body: Loose): number | null {
  const usage = body['usage'];
  if (isLoose(usage)) return numberOf(usage['prompt_tokens']);
  if (typeof body['inputTextTokenCount'] === 'number') return body['inputTextTokenCount'];
  return null;
}
