import {
  type ClockPort,
  type Connection,
  type FailureKind,
  type FetchPort,
  GatewayError,
  type HealthCheck,
  type Provider,
} from '@sluice/contract';
import { RULES } from '../routing/verdict.ts';
import { connectionProblem } from '../upstream-address.ts';
import { boundedText } from './bounded-text.ts';
import { testConnection } from './test-connection.ts';

/** What asking a target by ourselves has taught: as an outcome of traffic would. */
export interface CheckedHealth {
  result: 'success' | 'failure' | 'neutral';
  /** Keep the connection out for so long; `null` = not at all. */
  cool_ms: number | null;
  /** Until a model began to answer; `null` for a path, which says nothing about the model's speed. */
  ttft_ms: number | null;
  /** Requests that wait in the endpoint's own queue; `null` = it did not say. */
  waiting: number | null;
}

const TIMEOUT_MS = 5_000;
const MODEL_TIMEOUT_MS = 20_000;
/** Metrics of a busy server are long. */
const ANSWER_BYTES_MAX = 2 << 20;

/** Asks a target by ourselves. Never throws, and never leaves the connection's own host. */
export async function checkHealth(
  provider: Provider,
  connection: Connection,
  check: Pick<HealthCheck, 'path' | 'model'>,
  ports: { fetch: FetchPort; clock: ClockPort },
): Promise<CheckedHealth> {
  if (check.path !== null) return await checkPath(provider, connection, check.path, ports.fetch);
  const { ok, latency_ms, error } = await testConnection(
    provider,
    connection,
    check.model,
    ports,
    MODEL_TIMEOUT_MS,
  );
  if (ok) return { ...WELL, ttft_ms: latency_ms };
  return learned(error?.kind ?? 'network');
}

const WELL: CheckedHealth = { result: 'success', cool_ms: null, ttft_ms: null, waiting: null };

/** A check knows no `Retry-After`, so only what rests for a fixed time does. */
function learned(kind: FailureKind): CheckedHealth {
  const { breaker, cool } = RULES[kind];
  const rejected = kind === 'auth' ? { rejected: true } : {};
  return { ...WELL, ...rejected, result: breaker, cool_ms: typeof cool === 'number' ? cool : null };
}

async function checkPath(
  provider: Provider,
  connection: Connection,
  path: string,
  fetch: FetchPort,
): Promise<CheckedHealth> {
  try {
    if (connectionProblem(connection) !== null) return learned('invalid_request');
    const url = new URL(path, connection.base_url);
    if (url.origin !== new URL(connection.base_url).origin) return learned('invalid_request');
    const response = await fetch(url.href, {
      method: 'GET',
      headers: connection.credential === '' ? {} : provider.authorize(connection.credential),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = (await boundedText(response, ANSWER_BYTES_MAX)) ?? '';
    const { status } = response;
    if (response.ok) return { ...WELL, waiting: parseWaiting(text) };
    if (status === 401 || status === 403) return learned('auth');
    // It is there, and has its hands full.
    if (status === 429) return { ...WELL, result: 'neutral', waiting: 1 };
    if (status >= 500 || (status >= 300 && status < 400)) return learned('overloaded');
    return learned('invalid_request');
  } catch (error) {
    return learned(error instanceof GatewayError ? 'auth' : 'network');
  }
}

/**
 * Gauges of requests that wait, as servers name them on their Prometheus pages (read 2026-11-21): vLLM, SGLang,
 * Text Generation Inference, llama.cpp.
 */
const QUEUE_GAUGES = new Set([
  'vllm:num_requests_waiting',
  'sglang:num_queue_reqs',
  'tgi_queue_size',
  'llamacpp:requests_deferred',
]);

/** The sum over all engines of a server; `null` when the text has no such gauge. */
export function parseWaiting(metrics: string): number | null {
  let waiting: number | null = null;
  for (const line of metrics.split('\n')) {
    const match = /^([a-z_:]+)(?:\{[^}]*\})? +([0-9.eE+]+)/.exec(line);
    if (match === null || !QUEUE_GAUGES.has(match[1] ?? '')) continue;
    const count = Number(match[2]);
    if (Number.isFinite(count)) waiting = (waiting ?? 0) + count;
  }
  return waiting;
}
