import { type JsonObject, listOf, numberOf, objectOf, textOf } from './json.ts';
import { validateOpenai } from './openai-rules.ts';
import type { Ask, Choice, Failure, FailureKind, Piece, Protocol, Reply, ToolCall } from './protocol.ts';
import { callTokens } from './reply.ts';
import { opaqueOf } from './text.ts';
import { countTokens, groupPieces, IMAGE_TOKENS, MESSAGE_TOKENS, splitTokens } from './tokens.ts';

const STATUS: Readonly<Record<FailureKind, readonly [number, string, string | null, string]>> = {
  auth_missing: [
    401,
    'invalid_request_error',
    null,
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
  ],
  auth_bad: [
    401,
    'invalid_request_error',
    'invalid_api_key',
    'Incorrect API key provided: bad-key. You can find your API key at https://platform.openai.com/account/api-keys.',
  ],
  invalid: [400, 'invalid_request_error', null, 'Invalid request.'],
  payment: [
    402,
    'insufficient_quota',
    'billing_not_active',
    'Your account is not active, please check your billing details on our website.',
  ],
  forbidden: [
    403,
    'invalid_request_error',
    'unsupported_country_region_territory',
    'Country, region, or territory not supported',
  ],
  not_found: [
    404,
    'invalid_request_error',
    'model_not_found',
    'The model `{model}` does not exist or you do not have access to it.',
  ],
  timeout: [408, 'invalid_request_error', 'request_timeout', 'Request timed out.'],
  conflict: [409, 'invalid_request_error', 'conflict', 'The resource was updated by another request.'],
  unprocessable: [422, 'invalid_request_error', 'unprocessable_entity', 'Unable to process the request.'],
  rate_limited: [
    429,
    'requests',
    'rate_limit_exceeded',
    'Rate limit reached for {model} on requests per min (RPM): Limit 500, Used 500, Requested 1.',
  ],
  quota: [
    429,
    'insufficient_quota',
    'insufficient_quota',
    'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
  ],
  server: [
    500,
    'server_error',
    null,
    'The server had an error while processing your request. Sorry about that!',
  ],
  unavailable: [
    503,
    'server_error',
    null,
    'The server is currently overloaded with other requests. Sorry about that! You can retry your request.',
  ],
  overloaded: [
    529,
    'server_error',
    'overloaded',
    'The engine is currently overloaded, please try again later.',
  ],
  context: [
    400,
    'invalid_request_error',
    'context_length_exceeded',
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130112 tokens. Please reduce the length of the messages.",
  ],
  filter: [
    400,
    'invalid_request_error',
    'content_filter',
    'The response was filtered due to the prompt triggering the content management policy.',
  ],
  prefill: [400, 'invalid_request_error', 'invalid_value', 'The conversation must end with a user message.'],
};

const isReasoning = (model: string): boolean => /(^|\/)(o\d|gpt-5)/.test(model);

const EFFORT_TOKENS: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 0,
  low: 32,
  high: 256,
  xhigh: 512,
};

function textIn(content: unknown): string {
  if (typeof content === 'string') return content;
  return listOf(content)
    .map((part) => textOf(objectOf(part)['text']) || textOf(objectOf(part)['refusal']))
    .join('');
}

const imagesIn = (content: unknown): number =>
  listOf(content).filter((part) =>
    ['image_url', 'file', 'input_audio'].includes(textOf(objectOf(part)['type'])),
  ).length;

function messageTokens(message: JsonObject): number {
  const calls = listOf(message['tool_calls']);
  return (
    MESSAGE_TOKENS +
    countTokens(textIn(message['content'])) +
    imagesIn(message['content']) * IMAGE_TOKENS +
    (calls.length > 0 ? countTokens(JSON.stringify(calls)) : 0)
  );
}

function toolChoice(body: JsonObject): Ask['tool_choice'] {
  const given = body['tool_choice'];
  if (given === 'none' || given === 'required') return given;
  const name = textOf(objectOf(objectOf(given)['function'])['name']);
  return name === '' ? 'auto' : { name };
}

function readAsk(
  body: JsonObject,
  model: string,
  stream: boolean,
): Omit<Ask, 'cached_tokens' | 'cache_write_tokens'> {
  const messages = listOf(body['messages']).map(objectOf);
  const last = messages.at(-1);
  const user = messages.findLast((message) => message['role'] === 'user');
  const format = objectOf(body['response_format']);
  const stop = body['stop'];
  const tools = listOf(body['tools']).map((tool) => objectOf(objectOf(tool)['function']));
  return {
    model,
    stream,
    last_user_text: textIn(user?.['content']),
    tool_result: last?.['role'] === 'tool' ? textIn(last['content']) : null,
    prefill: last?.['role'] === 'assistant' ? textIn(last['content']) : null,
    tools: tools
      .filter((tool) => tool['name'] !== undefined)
      .map((tool) => ({ name: textOf(tool['name']), schema: tool['parameters'] })),
    tool_choice: toolChoice(body),
    parallel: body['parallel_tool_calls'] !== false,
    output_tokens_max: numberOf(body['max_completion_tokens']) ?? numberOf(body['max_tokens']),
    stops: typeof stop === 'string' ? [stop] : listOf(stop).map(textOf),
    choices: numberOf(body['n']) ?? 1,
    json_schema:
      format['type'] === 'json_schema'
        ? objectOf(format['json_schema'])['schema']
        : format['type'] === 'json_object'
          ? null
          : undefined,
    think: false,
    reasoning_tokens: isReasoning(model) ? (EFFORT_TOKENS[textOf(body['reasoning_effort'])] ?? 64) : 0,
    include_usage: objectOf(body['stream_options'])['include_usage'] === true,
    input_tokens:
      3 +
      messages.reduce((sum, message) => sum + messageTokens(message), 0) +
      (tools.length > 0 ? countTokens(JSON.stringify(tools)) : 0),
  };
}

function renderUsage(reply: Reply): JsonObject {
  const { ask } = reply;
  return {
    prompt_tokens: ask.input_tokens,
    completion_tokens: reply.output_tokens,
    total_tokens: ask.input_tokens + reply.output_tokens,
    prompt_tokens_details: { cached_tokens: ask.cached_tokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reply.reasoning_tokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

const idOf = (reply: Reply): string => `chatcmpl-${opaqueOf(reply.serial, 29)}`;

/** A forced named tool finishes with `stop` at OpenAI, recorded so. */
function finishOf(reply: Reply, choice: Choice): string {
  if (choice.finish === 'filter') return 'content_filter';
  if (choice.finish === 'length') return 'length';
  if (choice.finish === 'tool') return typeof reply.ask.tool_choice === 'object' ? 'stop' : 'tool_calls';
  return 'stop';
}

const renderCall = (call: ToolCall): JsonObject => ({
  id: `call_${call.id}`,
  type: 'function',
  function: { name: call.name, arguments: JSON.stringify(call.input) },
});

function renderWhole(reply: Reply): string {
  return JSON.stringify({
    id: idOf(reply),
    object: 'chat.completion',
    created: reply.created,
    model: reply.ask.model,
    choices: reply.choices.map((choice, index) => ({
      index,
      message: {
        role: 'assistant',
        content: choice.calls.length > 0 ? null : choice.text.join(''),
        ...(choice.calls.length > 0 ? { tool_calls: choice.calls.map(renderCall) } : {}),
        refusal: null,
        annotations: [],
      },
      logprobs: null,
      finish_reason: finishOf(reply, choice),
    })),
    ...(reply.usage ? { usage: renderUsage(reply) } : {}),
    service_tier: 'default',
    system_fingerprint: 'fp_51e1c7a0d2',
  });
}

function renderStream(reply: Reply): Piece[] {
  const with_usage = reply.ask.include_usage && reply.usage;
  const head = {
    id: idOf(reply),
    object: 'chat.completion.chunk',
    created: reply.created,
    model: reply.ask.model,
    service_tier: 'default',
    system_fingerprint: 'fp_51e1c7a0d2',
  };
  const event = (choices: JsonObject[], usage: JsonObject | null): string =>
    `data: ${JSON.stringify({ ...head, choices, ...(with_usage ? { usage } : {}) })}\n\n`;
  const chunk = (
    kind: Piece['kind'],
    index: number,
    delta: JsonObject,
    tokens = 0,
    finish: string | null = null,
  ): Piece => ({
    kind,
    text: event([{ index, delta, logprobs: null, finish_reason: finish }], null),
    tokens,
  });
  const pieces: Piece[] = [];
  reply.choices.forEach((choice, index) => {
    const reasoning = index === 0 ? reply.ask.reasoning_tokens : 0;
    choice.calls.forEach((call, at) => {
      const opening = { index: at, ...renderCall(call), function: { name: call.name, arguments: '' } };
      const delta =
        at === 0 ? { role: 'assistant', content: null, tool_calls: [opening] } : { tool_calls: [opening] };
      const fragments = splitTokens(JSON.stringify(call.input));
      const rest = callTokens(call) - fragments.length;
      pieces.push(chunk('open', index, delta, (at === 0 ? reasoning : 0) + rest));
      for (const text of fragments) {
        pieces.push(
          chunk('content', index, { tool_calls: [{ index: at, function: { arguments: text } }] }, 1),
        );
      }
    });
    if (choice.calls.length === 0) {
      pieces.push(chunk('open', index, { role: 'assistant', content: '', refusal: null }, reasoning));
      for (const group of groupPieces(choice.text, reply.chunks ?? choice.text.length)) {
        pieces.push(chunk('content', index, { content: group.text }, group.tokens));
      }
    }
    pieces.push(chunk('finish', index, {}, 0, finishOf(reply, choice)));
  });
  if (with_usage) pieces.push({ kind: 'finish', text: event([], renderUsage(reply)), tokens: 0 });
  pieces.push({ kind: 'done', text: 'data: [DONE]\n\n', tokens: 0 });
  return pieces;
}

const renderError = (
  message: string,
  type: string,
  param: string | null,
  code: string | null,
): JsonObject => ({
  error: { message, type, param, code },
});

function renderFailure(
  failure: Failure,
  model: string,
  serial: string,
): ReturnType<Protocol['renderFailure']> {
  const [status, type, code, message] = STATUS[failure.kind];
  const hint =
    failure.retry_after_ms === undefined ? '' : ` Please try again in ${failure.retry_after_ms}ms.`;
  const text = (failure.message ?? message).replace('{model}', model) + hint;
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'x-request-id': `req_${opaqueOf(serial, 32).toLowerCase()}`,
    },
    body: JSON.stringify(renderError(text, type, failure.param ?? null, failure.code ?? code)),
  };
}

/**
 * OpenAI Chat Completions.
 * @see https://platform.openai.com/docs/api-reference/chat (shapes from recordings, read 2026-11-21)
 */
export const openai: Protocol = {
  id: 'openai',
  authenticate(headers) {
    const credential = /^bearer\s+(.+)$/i.exec(headers['authorization'] ?? '')?.[1] ?? headers['api-key'];
    if (credential === undefined) return { kind: 'auth_missing' };
    return credential.includes('bad-key') ? { kind: 'auth_bad' } : null;
  },
  validate: (body, model) => validateOpenai(body, model, isReasoning(model)),
  readAsk,
  cachePoints(body) {
    const text = JSON.stringify([body['tools'] ?? null, body['messages']]);
    const points: { text: string; tokens: number }[] = [];
    for (let tokens = 1024; tokens * 4 <= text.length; tokens += 128)
      points.push({ text: text.slice(0, tokens * 4), tokens });
    return points;
  },
  renderFailure,
  renderHeaders: (serial, attempts) => ({
    'openai-processing-ms': '12',
    'openai-version': '2020-10-01',
    'x-request-id': `req_${opaqueOf(serial, 32).toLowerCase()}`,
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-limit-tokens': '2000000',
    'x-ratelimit-remaining-requests': String(Math.max(0, 9999 - (attempts % 10_000))),
    'x-ratelimit-remaining-tokens': '1999900',
    'x-ratelimit-reset-requests': '6ms',
    'x-ratelimit-reset-tokens': '0s',
  }),
  renderWhole,
  renderStream,
  renderErrorEvent: () =>
    `data: ${JSON.stringify(renderError('The server had an error while processing your request.', 'server_error', null, null))}\n\n`,
  event_opening: 'data: {"id":"',
};
