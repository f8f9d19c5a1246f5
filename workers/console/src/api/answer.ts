/** What the gateway refused, in its own words: they say what was wrong and what to do. */
export class Refusal extends Error {
  readonly status: number;
  /** As in docs/errors.md; `network` when nothing came at all. */
  readonly code: string;
  /** The field that was wrong, as the API calls it. */
  readonly param: string | null;
  readonly request_id: string | null;
  /** The whole error as it came. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    code: string,
    message: string,
    param: string | null = null,
    request_id: string | null = null,
    body: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.param = param;
    this.request_id = request_id;
    this.body = body;
  }
}

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** @throws Refusal */
async function settle<T>(call: Promise<Answered<T>>): Promise<Answered<T>> {
  let answered: Answered<T>;
  try {
    answered = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Refusal(0, 'network', 'The gateway does not answer. Is it running?');
  }
  if (!answered.response.ok) throw readRefusal(answered.response, answered.error);
  return answered;
}

/**
 * The body of a call's answer: `await answer(gateway.GET('/admin/v1/keys'))`.
 * @throws Refusal
 */
export const answer = async <T>(call: Promise<Answered<T>>): Promise<T> => (await settle(call)).data as T;

/**
 * The body with its version, to be sent back as `if-match` with a change.
 * @throws Refusal
 */
export async function answerWithEtag<T>(
  call: Promise<Answered<T>>,
): Promise<{ data: T; etag: string | null }> {
  const { data, response } = await settle(call);
  return { data: data as T, etag: response.headers.get('etag') };
}

/** @param body of an error answer, as far as it could be read. */
export function readRefusal(response: Response, body: unknown): Refusal {
  const error = (body as { error?: Record<string, unknown> } | undefined)?.error ?? {};
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return new Refusal(
    response.status,
    text(error['code']) ?? 'unknown',
    text(error['message']) ?? `The gateway answered with status ${response.status}.`,
    text(error['param']),
    text(error['request_id']) ?? response.headers.get('x-request-id'),
    error,
  );
}
