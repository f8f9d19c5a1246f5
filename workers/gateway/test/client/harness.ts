import OpenAI from 'openai';
import { inject } from 'vitest';

export const base_url = inject('base_url');
export const simulator_url = inject('simulator_url');
export const admin_key = inject('admin_key');

/** A call of the administration: status and parsed body. */
export async function admin<T = Record<string, unknown>>(
  method: string,
  route: string,
  body?: unknown,
): Promise<{ status: number; body: T; etag: string | null }> {
  const response = await fetch(`${base_url}/admin/v1/${route}`, {
    method,
    headers: { authorization: `Bearer ${admin_key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T, etag: response.headers.get('etag') };
}

export interface CreatedKey {
  id: string;
  secret: string;
}

/** A virtual key with the given settings. */
export async function createVirtualKey(settings: Record<string, unknown> = {}): Promise<CreatedKey> {
  const { status, body } = await admin<CreatedKey>('POST', 'keys', {
    name: 'test',
    environment: 'dev',
    ...settings,
  });
  if (status >= 300) throw new Error(`creating a key answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** The official client. It retries nothing, so that a test sees what the gateway said. */
export const openaiFor = (key: string): OpenAI =>
  new OpenAI({ apiKey: key, baseURL: `${base_url}/v1`, maxRetries: 0 });

/** A raw HTTP client: no SDK, just JSON. */
export function post(
  key: string | null,
  body: unknown,
  headers: Record<string, string> = {},
  init: RequestInit = {},
): Promise<Response> {
  return fetch(`${base_url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  });
}

export const hello = (
  model: string,
  text = 'Say hello',
): { model: string; messages: { role: 'user'; content: string }[] } => ({
  model,
  messages: [{ role: 'user', content: text }],
});

export interface Receipt {
  request_id: string;
  status: number;
  ending: string;
  error_code: string | null;
  routing: { winner: string | null; reason: string; strategy: string; candidates: unknown[] };
  execution: {
    provider: string;
    model: string;
    ttft_ms: number | null;
    tokens: Record<string, number> | null;
  };
  cost: { provider_cost_usd: number | null; estimated: boolean; price_source: string | null };
  fallback: {
    used: boolean;
    attempts: {
      model: string;
      provider: string;
      status: number | null;
      error: string | null;
      role: string;
    }[];
  };
  limits: { held_usd: number; settled_usd: number };
  dropped_parameters: string[];
  degraded: string[];
}

export async function receiptOf(key: string, request_id: string): Promise<Receipt> {
  const response = await fetch(`${base_url}/v1/receipts/${request_id}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  if (!response.ok) throw new Error(`no receipt ${request_id}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Receipt;
}

export interface KeyView {
  limits: { in_flight: number; requests_today: number };
  budgets: { limit_usd: number; spent_usd: number; held_usd: number; remaining_usd: number }[];
}

export async function keyView(key: string): Promise<KeyView> {
  const response = await fetch(`${base_url}/v1/key`, { headers: { authorization: `Bearer ${key}` } });
  return (await response.json()) as KeyView;
}

export interface Attempt {
  model: string;
  stream: boolean;
  status: number | null;
  client_closed: boolean;
  request_body: Record<string, unknown> | null;
  chunks_sent: number;
}

/** What the simulator saw of a model. */
export async function attemptsOn(model: string): Promise<Attempt[]> {
  const response = await fetch(`${simulator_url}/__sim/attempts?model=${encodeURIComponent(model)}`);
  return (await response.json()) as Attempt[];
}

let cut_models = 0;

/** A model whose provider breaks off in the middle of a stream; one for each test, so that no breaker opens for two. */
export const cutModel = (base: string): string =>
  `${base}-${Date.now().toString(36)}${cut_models++}-sim-cut-fin`;

/** Looks again until it holds, for things that happen behind an answer. */
export async function eventually<T>(
  look: () => Promise<T>,
  holds: (value: T) => boolean,
  tries = 100,
): Promise<T> {
  let value = await look();
  for (let i = 0; i < tries && !holds(value); i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    value = await look();
  }
  return value;
}
