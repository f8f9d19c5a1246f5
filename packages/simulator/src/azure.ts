import { type JsonObject, listOf, objectOf, parseJson, textOf } from './json.ts';
import { openai } from './openai.ts';
import type { Failure, Piece, Protocol } from './protocol.ts';

const HARMLESS = {
  hate: { filtered: false, severity: 'safe' },
  violence: { filtered: false, severity: 'safe' },
};

/** The filter's word on each choice. */
const judged = (body: JsonObject): JsonObject => ({
  ...body,
  choices: listOf(body['choices']).map((choice) => ({
    ...objectOf(choice),
    content_filter_results: HARMLESS,
  })),
});

/** Comes before everything else and says nothing of the answer (recorded, read 2026-11-21). */
const FIRST: Piece = {
  kind: 'open',
  text: `data: ${JSON.stringify({
    choices: [],
    created: 0,
    id: '',
    model: '',
    object: '',
    prompt_filter_results: [{ prompt_index: 0, content_filter_results: HARMLESS }],
  })}\n\n`,
  tokens: 0,
};

function judgedPiece(piece: Piece): Piece {
  const data = /^data: (\{.*\})\n\n$/s.exec(piece.text)?.[1];
  const chunk = data === undefined ? null : parseJson(data);
  return chunk === null
    ? piece
    : { ...piece, text: `data: ${JSON.stringify(judged(objectOf(chunk.value)))}\n\n` };
}

/** Azure's codes are numbers written as text, but for those that have a name. */
function renderFailure(
  failure: Failure,
  model: string,
  serial: string,
): ReturnType<Protocol['renderFailure']> {
  const rendered = openai.renderFailure(failure, model, serial);
  const error = objectOf(objectOf(parseJson(rendered.body)?.value)['error']);
  const named: Record<string, JsonObject> = {
    not_found: {
      code: 'DeploymentNotFound',
      message: 'The API deployment for this resource does not exist.',
    },
    filter: {
      code: 'content_filter',
      param: 'prompt',
      type: null,
      innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: HARMLESS },
    },
    auth_bad: {
      code: '401',
      message: 'Access denied due to invalid subscription key or wrong API endpoint.',
    },
    rate_limited: {
      code: '429',
      message: 'Requests have exceeded the call rate limit. Please retry after 60 seconds.',
    },
  };
  const told = {
    ...error,
    ...(named[failure.kind] ?? { code: textOf(error['code']) || String(rendered.status) }),
  };
  return {
    ...rendered,
    headers: { ...rendered.headers, 'apim-request-id': serial },
    body: JSON.stringify({ error: told }),
  };
}

const authenticate: Protocol['authenticate'] = (headers, query, call) => {
  const key = headers['api-key'];
  // A key as a bearer is taken for a token, and is none.
  if (key === undefined && !/^bearer eyJ/i.test(headers['authorization'] ?? ''))
    return { kind: 'auth_missing' };
  return openai.authenticate(headers, query, call);
};

/** Azure OpenAI, the surface without a version: the deployment is the body's model. */
export const azure: Protocol = {
  ...openai,
  authenticate,
  renderFailure,
  renderWhole: (reply) => JSON.stringify(judged(objectOf(parseJson(openai.renderWhole(reply))?.value))),
  renderStream: (reply) => [FIRST, ...openai.renderStream(reply).map(judgedPiece)],
};

/** The classic surface: the deployment is in the path, and without a dated version there is nothing. */
export const azureClassic: Protocol = {
  ...azure,
  authenticate: (headers, query, call) =>
    /^\d{4}-\d{2}-\d{2}/.test(query.get('api-version') ?? '')
      ? authenticate(headers, query, call)
      : { kind: 'not_found', message: 'Resource not found' },
};
