import type { FetchPort, WebhookFormat, WebhookResult } from '@sluice/contract';
import { renderWebhookBody } from './render-webhook-body.ts';
import { signWebhook } from './sign-webhook.ts';

export interface WebhookCall {
  /** The same for every attempt. */
  id: string;
  url: string;
  format: WebhookFormat;
  /** JSON as a `standard` endpoint gets it. */
  payload: string;
  /** Those that sign: the current one, and during a rotation the one before it. */
  secrets: readonly string[];
}

export interface SendPorts {
  fetch: FetchPort;
  now_ms: () => number;
  /** For tests. */
  timeout_ms?: number;
}

const TIMEOUT_MS = 15_000;
const EXCERPT_BYTES_MAX = 1_024;
const EXCERPT_CHARS_MAX = 200;
/** Any longer run of such characters may be a credential that the receiver repeats. */
const LONG_WORD = /[\w+/=.~-]{20,}/g;
const CUT_WORD = /[\w+/=.~-]+$/;
const NOT_PRINTABLE = /[^\x20-\x7e]+/g;

/**
 * One attempt. Only a 2xx counts as taken; redirects are answers, not orders. Whether the address may be called is for
 * the caller to ask, just before.
 * @returns never throws; the result holds nothing of the URL or the secrets, even where the receiver repeats them.
 */
export async function sendWebhook(call: WebhookCall, ports: SendPorts): Promise<WebhookResult> {
  const { now_ms, timeout_ms = TIMEOUT_MS } = ports;
  const started_ms = now_ms();
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), timeout_ms);
  const resultOf = (status: number | null, error: string | null, retry_after_ms: number | null = null) => ({
    ok: error === null,
    status,
    error,
    duration_ms: Math.max(0, now_ms() - started_ms),
    retry_after_ms,
    gone: status === 410,
  });
  try {
    const body = renderWebhookBody(call.format, call.payload);
    const timestamp_s = Math.floor(started_ms / 1000);
    const response = await ports.fetch(call.url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Sluice-Webhooks/1',
        'webhook-id': call.id,
        'webhook-timestamp': String(timestamp_s),
        'webhook-signature': await signWebhook(call.id, timestamp_s, body, call.secrets),
      },
      body,
      signal: end.signal,
    });
    const { status } = response;
    if (response.ok) {
      response.body?.cancel().catch(() => undefined);
      return resultOf(status, null);
    }
    const retry_after_ms = parseRetryAfter(response.headers.get('retry-after'), started_ms);
    if (status >= 300 && status < 400) {
      response.body?.cancel().catch(() => undefined);
      return resultOf(status, `It answered with a redirect (${status}), which is not followed.`);
    }
    const words = await readExcerpt(response, end.signal);
    return resultOf(status, `It answered ${status}${words === '' ? '.' : `: ${words}`}`, retry_after_ms);
  } catch {
    // What the runtime says of a failed connection may name addresses.
    return resultOf(
      null,
      end.signal.aborted ? `It did not answer within ${timeout_ms / 1000} s.` : 'It could not be reached.',
    );
  } finally {
    clearTimeout(timer);
  }
}

/** The beginning of an answer, in a form that tells its owner something and holds no credential. */
async function readExcerpt(response: Response, signal: AbortSignal): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const stop = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', stop);
  try {
    const decoder = new TextDecoder();
    let text = '';
    while (text.length < EXCERPT_BYTES_MAX) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value.subarray(0, EXCERPT_BYTES_MAX), { stream: true });
    }
    return (
      text
        .slice(0, EXCERPT_BYTES_MAX)
        // A word that was cut may be the short beginning of a long one.
        .replace(text.length >= EXCERPT_BYTES_MAX ? CUT_WORD : '', '')
        .replaceAll(NOT_PRINTABLE, ' ')
        .replaceAll(LONG_WORD, '…')
        .trim()
        .slice(0, EXCERPT_CHARS_MAX)
    );
  } catch {
    return '';
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** Seconds or an HTTP date; `null` = neither, or past. */
export function parseRetryAfter(text: string | null, now_ms: number): number | null {
  if (text === null) return null;
  const wait_ms = /^\d{1,10}$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now_ms;
  return wait_ms > 0 ? wait_ms : null;
}
