import type { ExportResult, FetchPort, OtlpProtocol, TelemetryHeaders } from '@sluice/contract';
import { parseRetryAfter } from '../webhooks/send-webhook.ts';

export interface OtlpCall {
  url: string;
  protocol: OtlpProtocol;
  headers: TelemetryHeaders;
  body: Uint8Array<ArrayBuffer>;
}

export interface SendOtlpPorts {
  fetch: FetchPort;
  now_ms: () => number;
  /** For tests. */
  timeout_ms?: number;
}

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 4_096;
/** The only ones that may be asked again (OTLP specification 1.10, "Failures" of OTLP/HTTP, read 2026-11-21). */
const ASK_LATER = new Set([429, 502, 503, 504]);

/**
 * One export. Whether the address may be called is for the caller to ask, just before. A redirect is not followed: it
 * would take the headers along.
 * @returns never throws; the result holds nothing of the headers. With the receiver's answer where it took the export.
 */
export async function sendOtlp(
  call: OtlpCall,
  { fetch, now_ms, timeout_ms = TIMEOUT_MS }: SendOtlpPorts,
): Promise<ExportResult & { answer: Uint8Array | null }> {
  const started_ms = now_ms();
  const resultOf = (result: Pick<ExportResult, 'outcome' | 'status' | 'error'>) => ({
    retry_after_ms: null,
    ...result,
    duration_ms: Math.max(0, now_ms() - started_ms),
    answer: null,
  });
  try {
    const response = await fetch(call.url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        ...call.headers,
        'content-type': call.protocol === 'http/json' ? 'application/json' : 'application/x-protobuf',
        'user-agent': 'Sluice-OTLP-Exporter/1',
      },
      body: call.body,
      signal: AbortSignal.timeout(timeout_ms),
    });
    const { status } = response;
    if (response.ok) {
      const answer = new Uint8Array(await response.arrayBuffer());
      return {
        ...resultOf({ outcome: 'taken', status, error: null }),
        answer: answer.byteLength > ANSWER_BYTES_MAX ? null : answer,
      };
    }
    response.body?.cancel().catch(() => undefined);
    const outcome = ASK_LATER.has(status) ? 'later' : 'rejected';
    const retry_after_ms = parseRetryAfter(response.headers.get('retry-after'), started_ms);
    return { ...resultOf({ outcome, status, error: `It answered ${status}.` }), retry_after_ms };
  } catch {
    // What the runtime says of a failed connection may name addresses.
    return resultOf({ outcome: 'later', status: null, error: 'It could not be reached in time.' });
  }
}
