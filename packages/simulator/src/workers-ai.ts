import { type JsonObject, listOf, objectOf } from './json.ts';
import { openai } from './openai.ts';
import type { Choice, Failure, FailureKind, Piece, Protocol, Reply } from './protocol.ts';

/** Numbers of Cloudflare's own. @see https://developers.cloudflare.com/workers-ai/platform/errors/ (read 2026-11-21) */
const CODES: Partial<Record<FailureKind, [status: number, code: number, message: string]>> = {
  auth_missing: [401, 10000, 'Authentication error'],
  auth_bad: [401, 10000, 'Authentication error'],
  not_found: [400, 5007, 'No such model {model} or task'],
  invalid: [400, 5004, 'Invalid data'],
  quota: [429, 3036, 'You have used up your daily free allocation of 10,000 neurons.'],
  rate_limited: [429, 3040, 'Capacity temporarily exceeded, please try again.'],
  context: [413, 3006, 'Request is too large'],
  timeout: [408, 3007, 'Request timeout'],
};

function renderFailure(
  failure: Failure,
  model: string,
  serial: string,
): ReturnType<Protocol['renderFailure']> {
  const known = CODES[failure.kind];
  const rendered = openai.renderFailure(failure, model, serial);
  const [status, code, message] = known ?? [rendered.status, 3043, 'Internal server error'];
  const errors = [{ code, message: (failure.message ?? message).replace('{model}', model) }];
  return {
    ...rendered,
    status,
    body: JSON.stringify({ result: null, success: false, errors, messages: [] }),
  };
}

/** What its models refuse beyond OpenAI's rules. */
function validate(body: JsonObject, model: string): Failure | null {
  for (const message of listOf(body['messages']).map(objectOf))
    if (message['content'] === null || message['content'] === undefined)
      return { kind: 'invalid', message: "Type mismatch of '/messages/0/content', 'string' not in 'null'" };
  if (typeof body['tool_choice'] === 'object' && body['tool_choice'] !== null)
    return { kind: 'invalid', message: "Type mismatch of '/tool_choice', 'string' not in 'object'" };
  return openai.validate(body, model);
}

/** Models with this in their name answer in the older shape. */
const isNative = ({ ask }: Reply): boolean => ask.model.includes('native');

const usageOf = ({ ask, output_tokens }: Reply): JsonObject => ({
  prompt_tokens: ask.input_tokens,
  completion_tokens: output_tokens,
  total_tokens: ask.input_tokens + output_tokens,
});

const callsOf = (choice: Choice | undefined): JsonObject[] =>
  (choice?.calls ?? []).map(({ name, input }) => ({ name, arguments: input }));

function renderNative(reply: Reply): JsonObject {
  const [choice] = reply.choices;
  const calls = callsOf(choice);
  return {
    response: calls.length > 0 ? null : (choice?.text.join('') ?? ''),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(reply.usage ? { usage: usageOf(reply) } : {}),
  };
}

function streamNative(reply: Reply): Piece[] {
  const [choice] = reply.choices;
  const piece = (kind: Piece['kind'], body: JsonObject, tokens = 0): Piece => ({
    kind,
    text: `data: ${JSON.stringify({ ...body, p: 'abdefgh' })}\n\n`,
    tokens,
  });
  const calls = callsOf(choice);
  const words = calls.length > 0 ? [] : (choice?.text ?? []);
  return [
    ...words.map((response) => piece('content', { response }, 1)),
    ...calls.map((call) => piece('content', { response: null, tool_calls: [call] }, 8)),
    ...(calls.length > 0
      ? [piece('content', { response: null, tool_calls: [{ id: null, name: null, arguments: null }] })]
      : []),
    piece('finish', { response: '', ...(reply.usage ? { usage: usageOf(reply) } : {}) }),
    { kind: 'done', text: 'data: [DONE]\n\n', tokens: 0 },
  ];
}

/** Workers AI over its API. */
export const workersAi: Protocol = {
  ...openai,
  validate,
  renderFailure,
  renderWhole: (reply) =>
    isNative(reply)
      ? JSON.stringify({ result: renderNative(reply), success: true, errors: [], messages: [] })
      : openai.renderWhole(reply),
  renderStream: (reply) => (isNative(reply) ? streamNative(reply) : openai.renderStream(reply)),
  renderErrorEvent: () =>
    `data: ${JSON.stringify({ errors: [{ code: 3043, message: 'Internal server error' }], success: false })}\n\n`,
};
