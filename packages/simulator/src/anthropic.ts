import { findBlockFault, isNewClaude, validateAnthropic } from './anthropic-rules.ts';
import { type JsonObject, listOf, numberOf, objectOf, textOf } from './json.ts';
import type { Ask, Choice, Failure, FailureKind, Piece, Protocol, Reply } from './protocol.ts';
import { callTokens } from './reply.ts';
import { opaqueOf } from './text.ts';
import { countTokens, groupPieces, IMAGE_TOKENS, MESSAGE_TOKENS, splitTokens } from './tokens.ts';

const STATUS: Readonly<Record<FailureKind, readonly [number, string, string]>> = {
  auth_missing: [401, 'authentication_error', 'x-api-key header is required'],
  auth_bad: [401, 'authentication_error', 'invalid x-api-key'],
  invalid: [400, 'invalid_request_error', 'Invalid request.'],
  payment: [
    402,
    'billing_error',
    'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
  ],
  forbidden: [
    403,
    'permission_error',
    'Your API key does not have permission to use the specified resource.',
  ],
  not_found: [404, 'not_found_error', 'model: {model}'],
  timeout: [408, 'timeout_error', 'Request timed out.'],
  conflict: [409, 'invalid_request_error', 'The request conflicts with another one.'],
  unprocessable: [422, 'invalid_request_error', 'The request could not be processed.'],
  rate_limited: [
    429,
    'rate_limit_error',
    "This request would exceed your account's rate limit. Please try again later.",
  ],
  quota: [429, 'rate_limit_error', 'Extra usage is required for long context requests.'],
  server: [500, 'api_error', 'Internal server error'],
  unavailable: [503, 'api_error', 'Service unavailable'],
  overloaded: [529, 'overloaded_error', 'Overloaded'],
  context: [400, 'invalid_request_error', 'prompt is too long: 210112 tokens > 200000 maximum'],
  filter: [400, 'invalid_request_error', 'Output blocked by content filtering policy'],
  prefill: [
    400,
    'invalid_request_error',
    'This model does not support assistant message prefill. The conversation must end with a user message.',
  ],
};

/** The signature of a thinking block: a function of its text, so that an altered one is seen without any memory. */
export const signThinking = (thinking: string): string => `ErUB${opaqueOf(`anthropic ${thinking}`, 120)}==`;

const blocksOf = (content: unknown): JsonObject[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content).map(objectOf);

function textIn(content: unknown): string {
  return blocksOf(content)
    .map((block) => (block['type'] === 'tool_result' ? textIn(block['content']) : textOf(block['text'])))
    .join('');
}

function contentTokens(content: unknown): number {
  let tokens = 0;
  for (const block of blocksOf(content)) {
    if (block['type'] === 'image' || block['type'] === 'document') tokens += IMAGE_TOKENS;
    else if (block['type'] === 'tool_use') tokens += countTokens(JSON.stringify(block['input'] ?? {})) + 4;
    else if (block['type'] === 'tool_result') tokens += contentTokens(block['content']);
    else tokens += countTokens(textOf(block['text']) || textOf(block['thinking']));
  }
  return tokens;
}

function inputTokens(body: JsonObject): number {
  const tools = listOf(body['tools']);
  const messages = listOf(body['messages']).map(objectOf);
  return (
    contentTokens(body['system'] ?? '') +
    (tools.length > 0 ? 250 + countTokens(JSON.stringify(tools)) : 0) +
    messages.reduce((sum, message) => sum + MESSAGE_TOKENS + contentTokens(message['content']), 0)
  );
}

const isThinking = (body: JsonObject): boolean =>
  ['enabled', 'adaptive'].includes(textOf(objectOf(body['thinking'])['type']));

function toolChoice(body: JsonObject): Ask['tool_choice'] {
  const given = objectOf(body['tool_choice']);
  if (given['type'] === 'tool') return { name: textOf(given['name']) };
  if (given['type'] === 'none') return 'none';
  return given['type'] === 'any' ? 'required' : 'auto';
}

function readAsk(
  body: JsonObject,
  model: string,
  stream: boolean,
): Omit<Ask, 'cached_tokens' | 'cache_write_tokens'> {
  const messages = listOf(body['messages']).map(objectOf);
  const last = messages.at(-1);
  const asked = messages.findLast(
    (message) =>
      message['role'] === 'user' && blocksOf(message['content']).some((block) => block['type'] === 'text'),
  );
  const results =
    last?.['role'] === 'user'
      ? blocksOf(last['content']).filter((block) => block['type'] === 'tool_result')
      : [];
  const format = objectOf(objectOf(body['output_config'])['format']);
  return {
    model,
    stream,
    last_user_text: blocksOf(asked?.['content'])
      .filter((block) => block['type'] === 'text')
      .map((block) => textOf(block['text']))
      .join(''),
    tool_result: results.length > 0 ? textIn(results) : null,
    prefill: last?.['role'] === 'assistant' ? textIn(last['content']) : null,
    tools: listOf(body['tools'])
      .map(objectOf)
      .filter((tool) => tool['input_schema'] !== undefined)
      .map((tool) => ({ name: textOf(tool['name']), schema: tool['input_schema'] })),
    tool_choice: toolChoice(body),
    parallel: objectOf(body['tool_choice'])['disable_parallel_tool_use'] !== true,
    output_tokens_max: numberOf(body['max_tokens']),
    stops: listOf(body['stop_sequences']).map(textOf),
    choices: 1,
    json_schema: format['type'] === 'json_schema' ? format['schema'] : undefined,
    think: isThinking(body),
    reasoning_tokens: 0,
    include_usage: true,
    input_tokens: inputTokens(body),
  };
}

function renderUsage(reply: Reply, output_tokens: number): JsonObject {
  const { ask } = reply;
  return {
    input_tokens: ask.input_tokens - ask.cached_tokens - ask.cache_write_tokens,
    cache_creation_input_tokens: ask.cache_write_tokens,
    cache_read_input_tokens: ask.cached_tokens,
    cache_creation: { ephemeral_5m_input_tokens: ask.cache_write_tokens, ephemeral_1h_input_tokens: 0 },
    output_tokens,
    service_tier: 'standard',
  };
}

function stopOf(choice: Choice): JsonObject {
  const reasons = {
    stop: 'end_turn',
    length: 'max_tokens',
    tool: 'tool_use',
    stop_sequence: 'stop_sequence',
    filter: 'refusal',
  };
  const stop_details =
    choice.finish === 'filter'
      ? { type: 'refusal', category: null, explanation: 'This request was declined.' }
      : null;
  return { stop_reason: reasons[choice.finish], stop_sequence: choice.stop, stop_details };
}

const onlyChoice = (reply: Reply): Choice =>
  reply.choices[0] ?? { thought: [], text: [], calls: [], finish: 'stop', stop: null, output_tokens: 0 };

const messageOf = (reply: Reply): JsonObject => ({
  model: reply.ask.model,
  id: `msg_01${opaqueOf(reply.serial, 22)}`,
  type: 'message',
  role: 'assistant',
});

function renderWhole(reply: Reply): string {
  const choice = onlyChoice(reply);
  const thinking = choice.thought.join('');
  const text = choice.text.join('');
  return JSON.stringify({
    ...messageOf(reply),
    content: [
      ...(thinking === '' ? [] : [{ type: 'thinking', thinking, signature: signThinking(thinking) }]),
      ...(text === '' ? [] : [{ type: 'text', text }]),
      ...choice.calls.map((call) => ({
        type: 'tool_use',
        id: `toolu_01${call.id}`,
        name: call.name,
        input: call.input,
        caller: { type: 'direct' },
      })),
    ],
    ...stopOf(choice),
    ...(reply.usage ? { usage: renderUsage(reply, reply.output_tokens) } : {}),
  });
}

/** Spaces before the last brace come and go at Anthropic: text is to be parsed, not compared. */
function renderEvent(type: string, fields: JsonObject): string {
  const json = JSON.stringify({ type, ...fields });
  return `event: ${type}\ndata: ${json.slice(0, -1)}${' '.repeat(json.length % 7)}}\n\n`;
}

const PING: Piece = { kind: 'open', text: 'event: ping\ndata: {"type": "ping"}\n\n', tokens: 0 };

function renderBlocks(choice: Choice, chunks: number | null): Piece[] {
  const pieces: Piece[] = [];
  let index = -1;
  const open = (content_block: JsonObject, tokens = 0): void => {
    index++;
    pieces.push({ kind: 'open', text: renderEvent('content_block_start', { index, content_block }), tokens });
    if (index === 0) pieces.push(PING);
  };
  const add = (delta: JsonObject, tokens: number): void => {
    pieces.push({ kind: 'content', text: renderEvent('content_block_delta', { index, delta }), tokens });
  };
  const close = (): void => {
    pieces.push({ kind: 'open', text: renderEvent('content_block_stop', { index }), tokens: 0 });
  };
  if (choice.thought.length > 0) {
    open({ type: 'thinking', thinking: '', signature: '' });
    for (const group of groupPieces(choice.thought, Math.ceil(choice.thought.length / 4))) {
      add({ type: 'thinking_delta', thinking: group.text }, group.tokens);
    }
    add({ type: 'signature_delta', signature: signThinking(choice.thought.join('')) }, 0);
    close();
  }
  if (choice.text.length > 0) {
    open({ type: 'text', text: '' });
    for (const group of groupPieces(choice.text, chunks ?? Math.ceil(choice.text.length / 2))) {
      add({ type: 'text_delta', text: group.text }, group.tokens);
    }
    close();
  }
  for (const call of choice.calls) {
    const json = JSON.stringify(call.input);
    const fragments = json === '{}' ? [] : splitTokens(json);
    open(
      { type: 'tool_use', id: `toolu_01${call.id}`, name: call.name, input: {}, caller: { type: 'direct' } },
      callTokens(call) - fragments.length,
    );
    add({ type: 'input_json_delta', partial_json: '' }, 0);
    for (const partial_json of fragments) add({ type: 'input_json_delta', partial_json }, 1);
    close();
  }
  return pieces;
}

function renderStream(reply: Reply): Piece[] {
  const choice = onlyChoice(reply);
  const start = {
    ...messageOf(reply),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    ...(reply.usage ? { usage: renderUsage(reply, 1) } : {}),
  };
  return [
    { kind: 'open', text: renderEvent('message_start', { message: start }), tokens: 0 },
    ...renderBlocks(choice, reply.chunks),
    {
      kind: 'finish',
      text: renderEvent('message_delta', {
        delta: stopOf(choice),
        ...(reply.usage ? { usage: renderUsage(reply, reply.output_tokens) } : {}),
      }),
      tokens: 0,
    },
    { kind: 'done', text: renderEvent('message_stop', {}), tokens: 0 },
  ];
}

function renderFailure(
  failure: Failure,
  model: string,
  serial: string,
): ReturnType<Protocol['renderFailure']> {
  const [status, type, message] = STATUS[failure.kind];
  const request_id = `req_011C${opaqueOf(serial, 20)}`;
  const retry = status === 408 || status === 409 || status === 429 || status >= 500;
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'request-id': request_id,
      'x-should-retry': String(retry),
    },
    body: JSON.stringify({
      type: 'error',
      error: { type, message: (failure.message ?? message).replace('{model}', model) },
      request_id,
    }),
  };
}

/** Prompt texts up to each `cache_control` mark, in the order in which Anthropic reads: tools, system, messages. */
function cachePoints(body: JsonObject): { text: string; tokens: number }[] {
  const points: { text: string; tokens: number }[] = [];
  let text = '';
  let tokens = 0;
  const walk = (block: JsonObject, cost: number, role: string): void => {
    const { cache_control, ...rest } = block;
    text += `${role}${JSON.stringify(rest)}`;
    tokens += cost;
    if (cache_control != null && tokens >= 1024) points.push({ text, tokens });
  };
  for (const tool of listOf(body['tools']).map(objectOf))
    walk(tool, countTokens(JSON.stringify(tool)), 'tool');
  for (const block of blocksOf(body['system'] ?? [])) walk(block, contentTokens([block]), 'system');
  for (const message of listOf(body['messages']).map(objectOf)) {
    for (const block of blocksOf(message['content']))
      walk(block, contentTokens([block]), textOf(message['role']));
  }
  if (body['cache_control'] != null && tokens >= 1024) points.push({ text, tokens });
  return points;
}

function rateLimitHeaders(attempts: number): Record<string, string> {
  const headers: Record<string, string> = {};
  const reset = `${new Date().toISOString().slice(0, 19)}Z`;
  for (const [name, limit] of [
    ['requests', 4000],
    ['tokens', 480_000],
    ['input-tokens', 400_000],
    ['output-tokens', 80_000],
  ] as const) {
    headers[`anthropic-ratelimit-${name}-limit`] = String(limit);
    headers[`anthropic-ratelimit-${name}-remaining`] = String(
      name === 'requests' ? limit - 1 - (attempts % limit) : limit,
    );
    headers[`anthropic-ratelimit-${name}-reset`] = reset;
  }
  return headers;
}

/**
 * Anthropic Messages.
 * @see https://docs.anthropic.com/en/api/messages (shapes from recordings, read 2026-11-21)
 */
export const anthropic: Protocol = {
  id: 'anthropic',
  authenticate(headers) {
    const credential = headers['x-api-key'] ?? /^bearer\s+(.+)$/i.exec(headers['authorization'] ?? '')?.[1];
    if (credential === undefined) return { kind: 'auth_missing' };
    if (credential.includes('bad-key')) return { kind: 'auth_bad' };
    if (headers['anthropic-version'] === undefined)
      return { kind: 'invalid', message: 'anthropic-version: header is required' };
    return null;
  },
  validate(body, model) {
    const refused = validateAnthropic(body, model) ?? findBlockFault(body, isThinking(body), signThinking);
    if (refused !== null) return refused;
    const last = objectOf(listOf(body['messages']).at(-1));
    return last['role'] === 'assistant' && isNewClaude(model) ? { kind: 'prefill' } : null;
  },
  readAsk,
  cachePoints,
  renderFailure,
  renderHeaders: (serial, attempts) => ({
    ...rateLimitHeaders(attempts),
    'request-id': `req_011C${opaqueOf(serial, 20)}`,
  }),
  renderWhole,
  renderStream,
  renderErrorEvent: () =>
    renderEvent('error', { error: { type: 'overloaded_error', message: 'Overloaded' } }),
  event_opening: 'event: content_block_delta\ndata: {"type":"content_block_delta","x":"',
};
