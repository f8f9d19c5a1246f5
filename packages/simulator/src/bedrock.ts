import { anthropic } from './anthropic.ts';
import { checkSignature } from './aws-signature.ts';
import { signReasoning, toMessagesBody, validateConverse } from './bedrock-rules.ts';
import { encodeEvent, encodeException } from './event-frames.ts';
import type { JsonObject } from './json.ts';
import type { Choice, Failure, FailureKind, Piece, Protocol, Reply } from './protocol.ts';
import { callTokens } from './reply.ts';
import { opaqueOf } from './text.ts';
import { groupPieces, splitTokens } from './tokens.ts';

const EXCEPTIONS: Readonly<Record<FailureKind, readonly [number, string, string]>> = {
  auth_missing: [403, 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
  auth_bad: [403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'],
  invalid: [400, 'ValidationException', 'The request is not valid.'],
  payment: [403, 'AccessDeniedException', 'Your account is not authorized to invoke this API operation.'],
  forbidden: [403, 'AccessDeniedException', 'User is not authorized to perform: bedrock:InvokeModel'],
  not_found: [404, 'ResourceNotFoundException', 'Could not resolve the foundation model from {model}.'],
  timeout: [408, 'ModelTimeoutException', 'The request took too long to process.'],
  conflict: [409, 'ConflictException', 'The request conflicts with another one.'],
  unprocessable: [
    424,
    'ModelErrorException',
    'The request failed due to an error while processing the model.',
  ],
  rate_limited: [429, 'ThrottlingException', 'Too many requests, please wait before trying again.'],
  quota: [400, 'ServiceQuotaExceededException', 'Your request exceeds the service quota for your account.'],
  server: [500, 'InternalServerException', 'The system encountered an unexpected error during processing.'],
  unavailable: [503, 'ServiceUnavailableException', 'Bedrock is unable to process your request.'],
  overloaded: [503, 'ServiceUnavailableException', 'Too many connections, please wait before trying again.'],
  context: [400, 'ValidationException', 'Input is too long for requested model.'],
  filter: [400, 'ValidationException', 'The request was blocked by our content filters.'],
  prefill: [400, 'ValidationException', 'This model does not support assistant message prefill.'],
};

const STOP = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool: 'tool_use',
  stop_sequence: 'stop_sequence',
  filter: 'content_filtered',
};

function renderFailure(
  failure: Failure,
  model: string,
  serial: string,
): ReturnType<Protocol['renderFailure']> {
  const [status, known, message] = EXCEPTIONS[failure.kind];
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': opaqueOf(serial, 32),
      'x-amzn-errortype': `${failure.code ?? known}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
    },
    body: JSON.stringify({ message: (failure.message ?? message).replace('{model}', model) }),
  };
}

function renderUsage(reply: Reply): JsonObject {
  const { ask, output_tokens } = reply;
  const inputTokens = ask.input_tokens - ask.cached_tokens - ask.cache_write_tokens;
  return {
    inputTokens,
    outputTokens: output_tokens,
    totalTokens: ask.input_tokens + output_tokens,
    cacheReadInputTokens: ask.cached_tokens,
    cacheWriteInputTokens: ask.cache_write_tokens,
  };
}

const onlyChoice = (reply: Reply): Choice =>
  reply.choices[0] ?? { thought: [], text: [], calls: [], finish: 'stop', stop: null, output_tokens: 0 };

function renderWhole(reply: Reply): string {
  const choice = onlyChoice(reply);
  const thought = choice.thought.join('');
  const text = choice.text.join('');
  const content = [
    ...(thought === ''
      ? []
      : [{ reasoningContent: { reasoningText: { text: thought, signature: signReasoning(thought) } } }]),
    ...(text === '' ? [] : [{ text }]),
    ...choice.calls.map((call) => ({
      toolUse: { toolUseId: `tooluse_${call.id}`, name: call.name, input: call.input },
    })),
  ];
  return JSON.stringify({
    metrics: { latencyMs: 12 },
    output: { message: { content, role: 'assistant' } },
    stopReason: STOP[choice.finish],
    ...(reply.usage ? { usage: renderUsage(reply) } : {}),
  });
}

/** Text and thoughts begin with their first delta, tools with a start; the counts come after the end. */
function renderStream(reply: Reply): Piece[] {
  const choice = onlyChoice(reply);
  const pieces: Piece[] = [];
  const add = (kind: Piece['kind'], type: string, payload: JsonObject, tokens = 0): void => {
    pieces.push({ kind, text: '', bytes: encodeEvent(type, payload), tokens });
  };
  let contentBlockIndex = -1;
  const addDelta = (delta: JsonObject, tokens: number): void =>
    add('content', 'contentBlockDelta', { contentBlockIndex, delta }, tokens);
  const close = (): void => add('open', 'contentBlockStop', { contentBlockIndex });
  add('open', 'messageStart', { role: 'assistant' });
  if (choice.thought.length > 0) {
    contentBlockIndex++;
    for (const group of groupPieces(choice.thought, Math.ceil(choice.thought.length / 4)))
      addDelta({ reasoningContent: { text: group.text } }, group.tokens);
    addDelta({ reasoningContent: { signature: signReasoning(choice.thought.join('')) } }, 0);
    close();
  }
  if (choice.text.length > 0) {
    contentBlockIndex++;
    for (const group of groupPieces(choice.text, reply.chunks ?? Math.ceil(choice.text.length / 2)))
      addDelta({ text: group.text }, group.tokens);
    close();
  }
  for (const call of choice.calls) {
    contentBlockIndex++;
    const toolUse = { name: call.name, toolUseId: `tooluse_${call.id}` };
    const json = JSON.stringify(call.input);
    const fragments = json === '{}' ? [] : splitTokens(json);
    add(
      'open',
      'contentBlockStart',
      { contentBlockIndex, start: { toolUse } },
      callTokens(call) - fragments.length,
    );
    for (const input of ['', ...fragments]) addDelta({ toolUse: { input } }, input === '' ? 0 : 1);
    close();
  }
  add('finish', 'messageStop', { stopReason: STOP[choice.finish] });
  if (reply.usage) add('done', 'metadata', { metrics: { latencyMs: 12 }, usage: renderUsage(reply) });
  return pieces;
}

/**
 * AWS Bedrock Converse and ConverseStream, signatures checked.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (shapes from recordings, read 2026-11-21)
 */
export const bedrock: Protocol = {
  id: 'bedrock',
  stream_type: 'application/vnd.amazon.eventstream',
  authenticate(headers, _query, sent) {
    const given = headers['authorization'];
    if (given === undefined) return { kind: 'auth_missing' };
    if (/^bearer /i.test(given)) return given.includes('bad-key') ? { kind: 'auth_bad' } : null;
    const wrong = checkSignature({ path: sent.path, body: sent.text, headers }, 'bedrock', Date.now());
    return wrong === null ? null : { kind: 'auth_bad', message: wrong.message, code: wrong.name };
  },
  validate: validateConverse,
  readAsk: (body, model, stream) => anthropic.readAsk(toMessagesBody(body, model), model, stream),
  cachePoints: (body) => anthropic.cachePoints(toMessagesBody(body, '')),
  renderFailure,
  renderHeaders: (serial) => ({ 'x-amzn-requestid': opaqueOf(serial, 32) }),
  renderWhole,
  renderStream,
  renderErrorEvent: () =>
    encodeException('modelStreamErrorException', 'The system encountered an unexpected error in the stream.'),
  // What is no length of a frame.
  event_opening: 'xxxx',
};
