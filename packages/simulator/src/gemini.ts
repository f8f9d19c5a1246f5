import { signCall, validateGemini } from './gemini-rules.ts';
import { type JsonObject, listOf, numberOf, objectOf, textOf } from './json.ts';
import type { Ask, Choice, Failure, FailureKind, Piece, Protocol, Reply, ToolCall } from './protocol.ts';
import { callTokens } from './reply.ts';
import { opaqueOf } from './text.ts';
import { countTokens, groupPieces, IMAGE_TOKENS, MESSAGE_TOKENS } from './tokens.ts';

const STATUS: Readonly<Record<FailureKind, readonly [number, string, string]>> = {
  auth_missing: [
    403,
    'PERMISSION_DENIED',
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
  ],
  auth_bad: [400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'],
  invalid: [400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.'],
  payment: [402, 'FAILED_PRECONDITION', 'Please enable billing on your project.'],
  forbidden: [403, 'PERMISSION_DENIED', 'The caller does not have permission'],
  not_found: [
    404,
    'NOT_FOUND',
    'models/{model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.',
  ],
  timeout: [408, 'DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'],
  conflict: [409, 'ABORTED', 'The operation was aborted.'],
  unprocessable: [422, 'INVALID_ARGUMENT', 'The request could not be processed.'],
  rate_limited: [
    429,
    'RESOURCE_EXHAUSTED',
    'You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.',
  ],
  quota: [
    429,
    'RESOURCE_EXHAUSTED',
    'You exceeded your current quota, please check your plan and billing details.',
  ],
  server: [
    500,
    'INTERNAL',
    'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
  ],
  unavailable: [503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'],
  overloaded: [529, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'],
  context: [
    400,
    'INVALID_ARGUMENT',
    'The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).',
  ],
  filter: [400, 'INVALID_ARGUMENT', 'The request was blocked.'],
  prefill: [400, 'INVALID_ARGUMENT', 'Please ensure that the last message has the user role.'],
};

const partsOf = (content: unknown): JsonObject[] => listOf(objectOf(content)['parts']).map(objectOf);

const textIn = (parts: JsonObject[]): string => parts.map((part) => textOf(part['text'])).join('');

function partTokens(part: JsonObject): number {
  if (part['inlineData'] !== undefined || part['fileData'] !== undefined) return IMAGE_TOKENS;
  const structured = part['functionCall'] ?? part['functionResponse'];
  return structured === undefined
    ? countTokens(textOf(part['text']))
    : countTokens(JSON.stringify(structured));
}

const sumTokens = (parts: JsonObject[]): number => parts.reduce((sum, part) => sum + partTokens(part), 0);

function readAsk(
  body: JsonObject,
  model: string,
  stream: boolean,
): Omit<Ask, 'cached_tokens' | 'cache_write_tokens'> {
  const contents = listOf(body['contents']).map(objectOf);
  const config = objectOf(body['generationConfig']);
  const last = contents.at(-1);
  const results =
    last?.['role'] === 'model' ? [] : partsOf(last).filter((part) => part['functionResponse'] !== undefined);
  const asked = contents.findLast(
    (content) => content['role'] !== 'model' && textIn(partsOf(content)) !== '',
  );
  const calling = objectOf(objectOf(body['toolConfig'])['functionCallingConfig']);
  const allowed = textOf(listOf(calling['allowedFunctionNames'])[0]);
  const mode = textOf(calling['mode']);
  const tools = listOf(body['tools']).flatMap((tool) =>
    listOf(objectOf(tool)['functionDeclarations']).map(objectOf),
  );
  const system = partsOf(body['systemInstruction'] ?? body['system_instruction']);
  return {
    model,
    stream,
    last_user_text: textIn(partsOf(asked)),
    tool_result:
      results.length === 0
        ? null
        : results.map((part) => JSON.stringify(objectOf(part['functionResponse'])['response'])).join(' '),
    prefill: last?.['role'] === 'model' ? textIn(partsOf(last)) : null,
    tools: tools.map((tool) => ({
      name: textOf(tool['name']),
      schema: tool['parametersJsonSchema'] ?? tool['parameters'],
    })),
    tool_choice:
      mode === 'NONE' ? 'none' : mode !== 'ANY' ? 'auto' : allowed === '' ? 'required' : { name: allowed },
    parallel: true,
    output_tokens_max: numberOf(config['maxOutputTokens']),
    stops: listOf(config['stopSequences']).map(textOf),
    choices: numberOf(config['candidateCount']) ?? 1,
    json_schema:
      config['responseMimeType'] === 'application/json'
        ? (config['responseJsonSchema'] ?? config['responseSchema'] ?? null)
        : undefined,
    think: objectOf(config['thinkingConfig'])['includeThoughts'] === true,
    reasoning_tokens: 0,
    include_usage: true,
    input_tokens:
      1 +
      contents.reduce((sum, content) => sum + MESSAGE_TOKENS + sumTokens(partsOf(content)), 0) +
      sumTokens(system) +
      (tools.length > 0 ? countTokens(JSON.stringify(tools)) : 0),
  };
}

function renderUsage(reply: Reply, made: number, thoughts: number): JsonObject {
  const { ask } = reply;
  return {
    promptTokenCount: ask.input_tokens,
    candidatesTokenCount: made,
    totalTokenCount: ask.input_tokens + made + thoughts,
    ...(ask.cached_tokens > 0 ? { cachedContentTokenCount: ask.cached_tokens } : {}),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: ask.input_tokens }],
    ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
  };
}

const FINISH = { stop: 'STOP', tool: 'STOP', stop_sequence: 'STOP', length: 'MAX_TOKENS', filter: 'SAFETY' };

/** Only the first call of a step is signed; ids came with Gemini 3. */
function renderCall(reply: Reply, call: ToolCall, at: number): JsonObject {
  const gemini_3 = /gemini-3/.test(reply.ask.model);
  return {
    functionCall: {
      ...(gemini_3 ? { id: call.id.slice(0, 8).toLowerCase() } : {}),
      name: call.name,
      args: call.input,
    },
    ...((gemini_3 || reply.ask.think) && at === 0
      ? { thoughtSignature: signCall(call.name, call.input) }
      : {}),
  };
}

function renderAnswer(reply: Reply, candidates: JsonObject[], made: number, thoughts: number): string {
  return JSON.stringify({
    candidates,
    ...(reply.usage ? { usageMetadata: renderUsage(reply, made, thoughts) } : {}),
    modelVersion: reply.ask.model,
    responseId: opaqueOf(reply.serial, 22),
  });
}

function renderWhole(reply: Reply): string {
  const candidates = reply.choices.map((choice, index) => {
    const parts = [
      ...(choice.thought.length > 0 ? [{ text: choice.thought.join(''), thought: true }] : []),
      ...(choice.text.length > 0 ? [{ text: choice.text.join('') }] : []),
      ...choice.calls.map((call, at) => renderCall(reply, call, at)),
    ];
    const content = parts.length > 0 ? { parts, role: 'model' } : { role: 'model' };
    return { content, finishReason: FINISH[choice.finish], index };
  });
  return renderAnswer(
    reply,
    candidates,
    reply.output_tokens - reply.reasoning_tokens,
    reply.reasoning_tokens,
  );
}

function choicePieces(
  reply: Reply,
  choice: Choice,
  index: number,
  before: { made: number; thoughts: number },
): Piece[] {
  const pieces: Piece[] = [];
  const add = (kind: Piece['kind'], part: JsonObject, tokens: number, finish?: string): void => {
    if (part['thought'] === true) before.thoughts += tokens;
    else before.made += tokens;
    const candidate = {
      content: { parts: [part], role: 'model' },
      ...(finish === undefined ? {} : { finishReason: finish }),
      index,
    };
    pieces.push({
      kind,
      text: `data: ${renderAnswer(reply, [candidate], before.made, before.thoughts)}\r\n\r\n`,
      tokens,
    });
  };
  for (const group of groupPieces(choice.thought, choice.thought.length > 0 ? 2 : 0)) {
    add('content', { text: group.text, thought: true }, group.tokens);
  }
  for (const group of groupPieces(choice.text, reply.chunks ?? Math.ceil(choice.text.length / 8))) {
    add('content', { text: group.text }, group.tokens);
  }
  choice.calls.forEach((call, at) => {
    add('content', renderCall(reply, call, at), callTokens(call));
  });
  add('finish', { text: '' }, 0, FINISH[choice.finish]);
  return pieces;
}

function renderFailure(failure: Failure, model: string): ReturnType<Protocol['renderFailure']> {
  const [code, status, text] = STATUS[failure.kind];
  const seconds = failure.retry_after_ms === undefined ? null : `${failure.retry_after_ms / 1000}s`;
  const message =
    (failure.message ?? text).replace('{model}', model) +
    (seconds === null ? '' : `\nPlease retry in ${seconds}.`);
  const details: JsonObject[] = [];
  if (failure.kind === 'auth_bad') {
    details.push({
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'API_KEY_INVALID',
      domain: 'googleapis.com',
      metadata: { service: 'generativelanguage.googleapis.com' },
    });
  }
  if (seconds !== null)
    details.push({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: seconds });
  // A blocked prompt is not an error at Gemini: it is an answer without candidates.
  if (failure.kind === 'filter') {
    const body = {
      promptFeedback: { blockReason: 'SAFETY' },
      usageMetadata: { promptTokenCount: 8, totalTokenCount: 8 },
      modelVersion: model,
    };
    return {
      status: 200,
      headers: { 'content-type': 'application/json; charset=UTF-8' },
      body: JSON.stringify(body),
    };
  }
  return {
    status: code,
    headers: { 'content-type': 'application/json; charset=UTF-8', 'server-timing': 'gfet4t7; dur=12' },
    body: JSON.stringify({ error: { code, message, status, ...(details.length > 0 ? { details } : {}) } }),
  };
}

/**
 * Gemini generateContent.
 * @see https://ai.google.dev/api/generate-content (shapes from recordings, read 2026-11-21)
 */
export const gemini: Protocol = {
  id: 'gemini',
  authenticate(headers, query) {
    const credential = headers['x-goog-api-key'] ?? query.get('key') ?? headers['authorization'];
    if (credential === undefined) return { kind: 'auth_missing' };
    return credential.includes('bad-key') ? { kind: 'auth_bad' } : null;
  },
  validate: validateGemini,
  readAsk,
  cachePoints(body) {
    const text = JSON.stringify([body['systemInstruction'] ?? null, body['tools'] ?? null, body['contents']]);
    const points: { text: string; tokens: number }[] = [];
    for (let tokens = 1024; tokens * 4 <= text.length; tokens += 128)
      points.push({ text: text.slice(0, tokens * 4), tokens });
    return points;
  },
  renderFailure,
  renderHeaders: () => ({ 'x-gemini-service-tier': 'standard', 'server-timing': 'gfet4t7; dur=12' }),
  renderWhole,
  renderStream(reply) {
    const before = { made: 0, thoughts: 0 };
    return reply.choices.flatMap((choice, index) => choicePieces(reply, choice, index, before));
  },
  renderErrorEvent: () =>
    `data: ${JSON.stringify({ error: { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' } })}\r\n\r\n`,
  event_opening: 'data: {"candidates":[{"content":{"parts":[{"text":"',
};
