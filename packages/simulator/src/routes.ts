import { anthropic } from './anthropic.ts';
import { azure, azureClassic } from './azure.ts';
import { bedrock } from './bedrock.ts';
import { cohere } from './cohere.ts';
import { gemini } from './gemini.ts';
import type { JsonObject } from './json.ts';
import { textOf } from './json.ts';
import { mistral } from './mistral.ts';
import { openai } from './openai.ts';
import { findOperation } from './operations.ts';
import type { Protocol } from './protocol.ts';
import { responses } from './responses.ts';
import { vertexClaude, vertexGemini } from './vertex.ts';
import { workersAi } from './workers-ai.ts';

export interface Route {
  protocol: Protocol;
  action: 'generate' | 'count' | 'models' | 'operation';
  /** Where the path names it; else the body does. */
  model: string | null;
  /** Where the path says it; else the body does. */
  stream: boolean | null;
}

const CONVERSE = /\/model\/([^/]+)\/(converse|converse-stream)$/;
const VERTEX_CLAUDE = /\/publishers\/anthropic\/models\/([^/:]+):(rawPredict|streamRawPredict)$/;
const GEMINI = /\/models\/([^/:]+(?:\/[^/:]+)*):(generateContent|streamGenerateContent|countTokens)$/;

const AZURE_CLASSIC = /\/openai\/deployments\/([^/]+)\/chat\/completions$/;

/** Endings that tell a vendor from those who only imitate OpenAI. */
const OWN_ENDINGS = [
  [/\/v2\/chat$/, cohere],
  [/\/mistral\/v1\/chat\/completions$/, mistral],
  [/\/azure\/openai\/v1\/chat\/completions$/, azure],
  [/\/accounts\/[^/]+\/ai\/v1\/chat\/completions$/, workersAi],
] as const;

const PATH_NAMES_MODEL = [
  [CONVERSE, bedrock],
  [VERTEX_CLAUDE, vertexClaude],
] as const;

/** By the end of the path, so that any prefix will do: `/v1`, `/openai/v1`, `/groq/openai/v1`, `/anthropic/v1`. */
export function findRoute(
  method: string,
  path: string,
  headers: Record<string, string | undefined>,
): Route | null {
  const body_decides = { model: null, stream: null };
  if (method === 'GET' && /\/models\/?$/.test(path)) {
    const protocol =
      headers['anthropic-version'] !== undefined ? anthropic : path.includes('v1beta') ? gemini : openai;
    return { protocol, action: 'models', ...body_decides };
  }
  if (method !== 'POST') return null;
  if (findOperation(path) !== null) {
    const google = /\/models\/([^/:]+):batchEmbedContents$/.exec(path)?.[1];
    return google === undefined
      ? { protocol: openai, action: 'operation', ...body_decides }
      : { protocol: gemini, action: 'operation', model: decodeURIComponent(google), stream: false };
  }
  const named = GEMINI.exec(path);
  if (named !== null) {
    const action = named[2] === 'countTokens' ? 'count' : 'generate';
    return {
      protocol: path.includes('/publishers/google/') ? vertexGemini : gemini,
      action,
      model: decodeURIComponent(named[1] ?? ''),
      stream: named[2] === 'streamGenerateContent',
    };
  }
  for (const [pattern, protocol] of PATH_NAMES_MODEL) {
    const [, model, verb = ''] = pattern.exec(path) ?? [];
    if (model !== undefined)
      return { protocol, action: 'generate', model: decodeURIComponent(model), stream: /stream/i.test(verb) };
  }
  const deployment = AZURE_CLASSIC.exec(path)?.[1];
  if (deployment !== undefined)
    return {
      protocol: azureClassic,
      action: 'generate',
      model: decodeURIComponent(deployment),
      stream: null,
    };
  for (const [ending, protocol] of OWN_ENDINGS)
    if (ending.test(path)) return { protocol, action: 'generate', ...body_decides };
  if (path.endsWith('/chat/completions')) return { protocol: openai, action: 'generate', ...body_decides };
  if (path.endsWith('/responses')) return { protocol: responses, action: 'generate', ...body_decides };
  if (path.endsWith('/messages/count_tokens'))
    return { protocol: anthropic, action: 'count', ...body_decides };
  if (path.endsWith('/messages')) return { protocol: anthropic, action: 'generate', ...body_decides };
  return null;
}

export const modelOf = (route: Route, body: JsonObject): string => route.model ?? textOf(body['model']);

const MODELS = {
  openai: ['gpt-4o', 'gpt-4o-mini', 'gpt-5', 'o4-mini', 'text-embedding-3-small'],
  anthropic: ['claude-opus-4-7', 'claude-sonnet-4-5', 'claude-haiku-4-5'],
  gemini: ['gemini-3-pro-preview', 'gemini-2.5-pro', 'gemini-2.5-flash'],
  cohere: ['command-a-03-2025', 'command-r-08-2024'],
  bedrock: ['anthropic.claude-sonnet-4-5-20250929-v1:0', 'amazon.nova-2-lite-v1:0'],
};

/** The vendor's list of models, in its own shape. */
export function renderModels(protocol: Protocol): JsonObject {
  const ids = MODELS[protocol.id];
  if (protocol.id === 'gemini') {
    const supportedGenerationMethods = ['generateContent', 'countTokens'];
    return {
      models: ids.map((id) => ({
        name: `models/${id}`,
        displayName: id,
        inputTokenLimit: 1_048_576,
        outputTokenLimit: 65_536,
        supportedGenerationMethods,
      })),
    };
  }
  if (protocol.id === 'anthropic') {
    const data = ids.map((id) => ({
      type: 'model',
      id,
      display_name: id,
      created_at: '2025-09-29T00:00:00Z',
    }));
    return { data, has_more: false, first_id: ids[0], last_id: ids.at(-1) };
  }
  return {
    object: 'list',
    data: ids.map((id) => ({ id, object: 'model', created: 1_715_367_049, owned_by: 'system' })),
  };
}
