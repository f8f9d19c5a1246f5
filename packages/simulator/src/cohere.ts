import { type JsonObject, listOf, numberOf, objectOf, textOf } from './json.ts';
import { openai } from './openai.ts';
import type { Choice, Failure, FailureKind, Piece, Protocol, Reply, ToolCall } from './protocol.ts';
import { callTokens } from './reply.ts';
import { opaqueOf } from './text.ts';
import { groupPieces, splitTokens } from './tokens.ts';

/** Status, message and, rarely, `error_type`, as recorded or documented (read 2026-11-21). */
const STATUS: Readonly<Record<FailureKind, readonly [number, string, string?]>> = {
  auth_missing: [401, 'no api key supplied'],
  auth_bad: [401, 'Incorrect API key provided: ***********.'],
  invalid: [400, 'invalid request.'],
  payment: [402, 'Please add or update your payment method to continue.'],
  forbidden: [403, 'This key is not allowed to use the model.'],
  not_found: [
    404,
    "model '{model}' not found, make sure the correct model ID was used and that you have access to the model.",
  ],
  timeout: [408, 'request timed out.'],
  conflict: [499, 'request cancelled by user.'],
  unprocessable: [422, 'unprocessable entity.'],
  rate_limited: [429, 'You are using a Trial key, which is limited to 20 API calls / minute.'],
  quota: [429, 'You are using a Trial key, which is limited to 1000 API calls / month.'],
  server: [500, 'internal server error, this has been reported to our developers.'],
  unavailable: [503, 'service unavailable.'],
  overloaded: [503, 'the model is overloaded, please retry.'],
  context: [400, 'too many tokens: size limit exceeded by 25836 tokens.', 'TOO_MANY_TOKENS'],
  filter: [400, 'the request was blocked by our content policy.'],
  prefill: [400, 'the last message must be from a user or a tool.'],
};

const FIELDS = new Set(
  `model messages stream tools tool_choice strict_tools documents citation_options response_format safety_mode
  max_tokens stop_sequences temperature seed frequency_penalty presence_penalty k p logprobs thinking priority`.split(
    /\s+/,
  ),
);

const invalid = (message: string): Failure => ({ kind: 'invalid', message });

/** What Cohere refuses, in its words: it knows its own fields only. */
function validate(body: JsonObject, model: string): Failure | null {
  if (model === '') return invalid('invalid request: model is required.');
  const unknown = Object.keys(body).find((field) => !FIELDS.has(field));
  if (unknown !== undefined) return invalid(`unknown field: parameter '${unknown}' is not a valid field`);
  const messages = listOf(body['messages']).map(objectOf);
  if (messages.length === 0) return invalid('invalid request: messages must not be empty.');
  const choice = body['tool_choice'];
  if (choice !== undefined && choice !== 'REQUIRED' && choice !== 'NONE')
    return invalid("invalid request: tool_choice must be either 'REQUIRED' or 'NONE'.");
  if (listOf(body['tools']).length > 0 && body['response_format'] !== undefined)
    return invalid('invalid request: response_format is not supported with tools.');
  const temperature = numberOf(body['temperature']) ?? 0;
  if (temperature < 0 || temperature > 1)
    return invalid('invalid request: temperature must be between 0 and 1.0 inclusive.');
  const called = new Set<string>();
  for (const message of messages) {
    if (!['system', 'user', 'assistant', 'tool'].includes(textOf(message['role'])))
      return invalid(`invalid request: role '${textOf(message['role'])}' is not valid.`);
    for (const call of listOf(message['tool_calls'])) called.add(textOf(objectOf(call)['id']));
    if (message['role'] === 'tool' && !called.has(textOf(message['tool_call_id'])))
      return invalid('invalid request: tool message must follow its tool call.');
    if (message['content'] === undefined && message['tool_calls'] === undefined)
      return invalid('invalid request: content is required.');
  }
  return null;
}

/** Read as the OpenAI request that it is nearly. */
function readAsk(body: JsonObject, model: string, stream: boolean): ReturnType<Protocol['readAsk']> {
  const format = objectOf(body['response_format']);
  const choice = textOf(body['tool_choice']).toLowerCase();
  const ask = openai.readAsk(
    {
      ...body,
      stop: body['stop_sequences'],
      ...(choice === '' ? {} : { tool_choice: choice }),
      response_format: undefined,
    },
    model,
    stream,
  );
  const json = format['type'] === 'json_object' ? (format['json_schema'] ?? null) : undefined;
  const think = objectOf(body['thinking'])['type'] === 'enabled';
  return { ...ask, json_schema: json, think, reasoning_tokens: 0 };
}

const FINISH: Readonly<Record<Choice['finish'], string>> = {
  stop: 'COMPLETE',
  length: 'MAX_TOKENS',
  tool: 'TOOL_CALL',
  stop_sequence: 'STOP_SEQUENCE',
  filter: 'ERROR_TOXIC',
};

const idOf = ({ serial }: Reply): string =>
  opaqueOf(serial, 32)
    .toLowerCase()
    .replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');

const callId = (call: ToolCall): string => `${call.name}_${call.id.slice(0, 12).toLowerCase()}`;

/** A tool that takes nothing is called with nothing in a stream, and with `null` in a whole answer. */
const argumentsOf = (call: ToolCall): string =>
  Object.keys(call.input).length === 0 ? '' : JSON.stringify(call.input);

const planOf = (choice: Choice): string =>
  choice.calls.length === 0 ? '' : `I will use ${choice.calls.map((call) => call.name).join(' and ')}.`;

function renderUsage({ ask, output_tokens, reasoning_tokens }: Reply): JsonObject {
  return {
    billed_units: { input_tokens: Math.ceil(ask.input_tokens / 2), output_tokens },
    tokens: {
      input_tokens: ask.input_tokens,
      output_tokens,
      ...(reasoning_tokens > 0 ? { reasoning_tokens } : {}),
    },
    cached_tokens: ask.cached_tokens,
  };
}

function renderWhole(reply: Reply): string {
  const [choice] = reply.choices;
  if (choice === undefined) throw new Error('a reply without a choice');
  const content = [
    ...(choice.thought.length > 0 ? [{ type: 'thinking', thinking: choice.thought.join('') }] : []),
    ...(choice.calls.length > 0 ? [] : [{ type: 'text', text: choice.text.join('') }]),
  ];
  const tool_calls = choice.calls.map((call) => ({
    id: callId(call),
    type: 'function',
    function: { name: call.name, arguments: argumentsOf(call) || 'null' },
  }));
  return JSON.stringify({
    id: idOf(reply),
    message: {
      role: 'assistant',
      ...(content.length > 0 ? { content } : {}),
      ...(tool_calls.length > 0 ? { tool_plan: planOf(choice), tool_calls } : {}),
    },
    finish_reason: FINISH[choice.finish],
    ...(reply.usage ? { usage: renderUsage(reply) } : {}),
  });
}

const event = (kind: Piece['kind'], type: string, more: JsonObject, tokens = 0): Piece => ({
  kind,
  text: `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`,
  tokens,
});

const inMessage = (message: JsonObject): JsonObject => ({ delta: { message } });

function renderContent(
  type: 'text' | 'thinking',
  index: number,
  groups: { text: string; tokens: number }[],
): Piece[] {
  return [
    event('open', 'content-start', { index, ...inMessage({ content: { type, [type]: '' } }) }),
    ...groups.map(({ text, tokens }) =>
      event('content', 'content-delta', { index, ...inMessage({ content: { [type]: text } }) }, tokens),
    ),
    event('open', 'content-end', { index }),
  ];
}

function renderCall(call: ToolCall, index: number): Piece[] {
  const fragments = splitTokens(argumentsOf(call));
  const opening = { id: callId(call), type: 'function', function: { name: call.name, arguments: '' } };
  return [
    event(
      'content',
      'tool-call-start',
      { index, ...inMessage({ tool_calls: opening }) },
      callTokens(call) - fragments.length,
    ),
    ...fragments.map((text) =>
      event(
        'content',
        'tool-call-delta',
        { index, ...inMessage({ tool_calls: { function: { arguments: text } } }) },
        1,
      ),
    ),
    event('open', 'tool-call-end', { index }),
  ];
}

function renderStream(reply: Reply): Piece[] {
  const [choice] = reply.choices;
  if (choice === undefined) throw new Error('a reply without a choice');
  const { thought, text, calls } = choice;
  const one = thought.map((piece) => ({ text: piece, tokens: 1 }));
  return [
    event('open', 'message-start', {
      id: idOf(reply),
      ...inMessage({ role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] }),
    }),
    ...(thought.length > 0 ? renderContent('thinking', 0, one) : []),
    ...splitTokens(planOf(choice)).map((tool_plan) =>
      event('content', 'tool-plan-delta', inMessage({ tool_plan })),
    ),
    ...calls.flatMap(renderCall),
    ...(calls.length > 0
      ? []
      : renderContent('text', thought.length > 0 ? 1 : 0, groupPieces(text, reply.chunks ?? text.length))),
    event('finish', 'message-end', {
      delta: { finish_reason: FINISH[choice.finish], ...(reply.usage ? { usage: renderUsage(reply) } : {}) },
    }),
    { kind: 'done', text: 'data: [DONE]\n\n', tokens: 0 },
  ];
}

/**
 * Cohere's chat, version 2.
 * @see https://docs.cohere.com/v2/reference/chat (shapes from recordings, read 2026-11-21)
 */
export const cohere: Protocol = {
  ...openai,
  id: 'cohere',
  authenticate: (headers, query, call) =>
    headers['api-key'] === undefined ? openai.authenticate(headers, query, call) : { kind: 'auth_missing' },
  validate,
  readAsk,
  cachePoints: () => [],
  renderFailure(failure, model, serial) {
    const [status, message, error_type] = STATUS[failure.kind];
    return {
      status,
      headers: { 'content-type': 'application/json', 'x-debug-trace-id': opaqueOf(serial, 32).toLowerCase() },
      body: JSON.stringify({
        id: idOf({ serial } as Reply),
        message: (failure.message ?? message).replace('{model}', model),
        ...(error_type === undefined ? {} : { error_type }),
      }),
    };
  },
  renderHeaders: (serial) => ({ 'x-debug-trace-id': opaqueOf(serial, 32).toLowerCase(), num_tokens: '42' }),
  renderWhole,
  renderStream,
  renderErrorEvent: () =>
    event('finish', 'message-end', { delta: { finish_reason: 'ERROR', error: 'internal server error' } })
      .text,
  event_opening: 'event: content-delta\ndata: {"type":"',
};
