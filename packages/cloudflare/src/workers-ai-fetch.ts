import type { Connection, FetchPort } from '@sluice/contract';

/** What of the binding `AI` is used. */
export interface AiBinding {
  run(
    model: string,
    inputs: Record<string, unknown>,
    options: { returnRawResponse: true; signal?: AbortSignal },
  ): Promise<Response>;
}

/** No such host exists: where the adapter does not answer for it, nothing does. */
const BASE_URL = 'https://workers-ai.binding';

/**
 * Statuses of Cloudflare's own error numbers, which the binding throws as text.
 * @see https://developers.cloudflare.com/workers-ai/platform/errors/ (read 2026-11-21)
 */
const STATUS: Record<string, number> = {
  3003: 400,
  3006: 413,
  3007: 408,
  3008: 408,
  3023: 403,
  3036: 429,
  3040: 429,
  3041: 403,
  3042: 404,
  5004: 400,
  5005: 405,
  5007: 400,
  5016: 403,
  5018: 403,
  5019: 405,
};

/**
 * The way out, with the binding `AI` behind one address of it. Only calls that show the isolate's own `token` reach
 * the binding: a connection whose owner writes this address into it has no such credential and is sent nowhere.
 */
export function createWorkersAiFetch(ai: AiBinding, token: () => string, fetch: FetchPort): FetchPort {
  return (url, init) => {
    if (!url.startsWith(`${BASE_URL}/`)) return fetch(url, init);
    const shown = new Headers(init.headers).get('authorization');
    if (shown !== `Bearer ${token()}`)
      return Promise.resolve(refuse(403, 10000, 'This address is for the gateway itself.'));
    return run(ai, url.slice(BASE_URL.length), init);
  };
}

/** The connection that reaches the binding. */
export const workersAiConnection = (organization_id: string, token: string): Connection => ({
  id: 'conn_workers_ai_binding',
  organization_id,
  provider: 'workers-ai',
  name: 'Workers AI binding',
  base_url: BASE_URL,
  credential: token,
  region: null,
  settings: {},
  private_allowed: false,
  models: null,
  weight: 1,
  enabled: true,
  timeouts: {},
});

async function run(ai: AiBinding, path: string, init: RequestInit): Promise<Response> {
  const { model, ...inputs } = JSON.parse(String(init.body)) as Record<string, unknown>;
  const embeds = path === '/embeddings';
  if ((path !== '/chat/completions' && !embeds) || typeof model !== 'string')
    return refuse(404, 7000, `The binding has no ${path}.`);
  const { signal } = init;
  const asked = embeds ? { text: inputs['input'] } : inputs;
  try {
    const response = await untilAborted(
      ai.run(model, asked, { returnRawResponse: true, ...(signal ? { signal } : {}) }),
      signal ?? null,
    );
    if (embeds) return await asEmbeddings(response, model);
    return inputs['stream'] === true ? asStream(response) : response;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const words = error instanceof Error ? error.message : String(error);
    const code = /(?:^|\s)(\d{4,5}): /.exec(words)?.[1] ?? '';
    return refuse(STATUS[code] ?? 500, Number(code), words);
  }
}

/** The binding gives bare vectors, its API OpenAI's list: the latter is what the format of the provider reads. */
async function asEmbeddings(response: Response, model: string): Promise<Response> {
  if (!response.ok) return response;
  const { data, usage } = (await response.json()) as { data?: unknown; usage?: unknown };
  const vectors = Array.isArray(data) ? data : [];
  return Response.json({
    object: 'list',
    model,
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    ...(usage === undefined ? {} : { usage }),
  });
}

/** Older runtimes do not know the option: the wait ends all the same. */
function untilAborted(answer: Promise<Response>, signal: AbortSignal | null): Promise<Response> {
  if (signal === null) return answer;
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

/** Some models answer a streaming call in one piece. Its reader knows both: the type must not keep it from trying. */
function asStream(response: Response): Response {
  const type = response.headers.get('content-type') ?? '';
  if (!response.ok || !type.startsWith('application/json')) return response;
  return new Response(response.body, { headers: { 'content-type': 'text/event-stream' } });
}

const refuse = (status: number, code: number, message: string): Response =>
  Response.json({ result: null, success: false, errors: [{ code, message }], messages: [] }, { status });
