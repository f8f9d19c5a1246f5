import type { FailureKind, ProviderFailure } from '@sluice/contract';
import { parseRetryAfter, parseRetryHint } from '../../retry-after.ts';
import { isRecord } from './usage.ts';

const MESSAGE_CHARS_MAX = 2000;

/**
 * What a non-2xx answer of an OpenAI-compatible server means. The body is read by its content, never by its type:
 * DeepSeek sends JSON as `application/octet-stream`, proxies answer in HTML.
 */
export function parseFailure(
  status: number,
  header: (name: string) => string | null,
  body_text: string,
  now_ms: number,
): ProviderFailure {
  const body = readJson(body_text);
  const failure = isRecord(body) ? parseErrorObject(body, status) : opaqueFailure(status, body_text);
  if (failure.kind === 'rate_limited' || failure.kind === 'overloaded' || failure.kind === 'quota') {
    const asked_ms = parseRetryAfter(header, now_ms);
    const hinted_ms = failure.retry_after_ms;
    failure.retry_after_ms =
      asked_ms === null || hinted_ms === null ? (asked_ms ?? hinted_ms) : Math.max(asked_ms, hinted_ms);
  }
  return failure;
}

/**
 * A failure out of a parsed error body, in any of the shapes that are in use: OpenAI's `{error: {…}}`, xAI's
 * `{code, error: "text"}`, Mistral's flat `{object: "error", message}` and `{detail}`, OpenRouter's numeric codes.
 * @param status of the answer; `null` when the error came inside a 200, then the body's own number is taken.
 */
export function parseErrorObject(body: Record<string, unknown>, status: number | null): ProviderFailure {
  const nested = isRecord(body['error']) ? body['error'] : null;
  const source = nested ?? body;
  const raw_code = source['code'] ?? body['code'];
  const number = [source['status_code'], source['raw_status_code'], source['status'], raw_code]
    .map(Number)
    .find(isStatus);
  const seen = status ?? number ?? null;
  const code =
    typeof raw_code === 'string' ? raw_code : typeof raw_code === 'number' ? String(raw_code) : null;
  const type = typeof source['type'] === 'string' ? source['type'] : null;
  const message = readMessage(body, nested);
  const kind = kindOf(seen, code ?? '', type ?? '', message);
  return {
    kind,
    status: seen,
    message: message.slice(0, MESSAGE_CHARS_MAX),
    code: code ?? type,
    param: typeof source['param'] === 'string' ? source['param'] : null,
    retry_after_ms: kind === 'rate_limited' || kind === 'overloaded' ? parseRetryHint(message) : null,
  };
}

function readMessage(body: Record<string, unknown>, nested: Record<string, unknown> | null): string {
  for (const candidate of [nested?.['message'], body['error'], body['message'], body['detail'], nested]) {
    if (typeof candidate === 'string' && candidate !== '') return candidate;
    if (candidate !== null && typeof candidate === 'object') return JSON.stringify(candidate);
  }
  return JSON.stringify(body);
}

const QUOTA =
  /insufficient[_ ](?:quota|balance|credits?|funds)|exceeded your current quota|billing|out of credits|credit (?:balance|limit)|spend(?:ing)? limit|(?:add|purchase|buy)\b.{0,20} credits|payment required|daily (?:free )?allocation/i;
const CONTEXT =
  /context[_ ]length|maximum context|context window|context size|exceeds? the (?:model's )?(?:available )?context|prompt is too long|too many tokens|input (?:is )?too long|reduce the length of|request too large for/i;
const CONTENT =
  /content[_ ]?(?:filter|policy)|content management policy|responsibleai|moderation|safety (?:system|policy)/i;
const MODEL =
  /model[_ ]?not[_ ]?found|deploymentnotfound|no such model|unknown model|invalid[_ ]model|model .{0,120}(?:does not exist|not found|is not (?:a valid|supported|available))|(?:no|not a valid) model (?:id|named)/i;
const AUTH =
  /(?:invalid|incorrect|missing|bad)[_ ]?(?:api[_ ]?key|authentication|credentials?)|api key (?:provided|not valid)|unauthori[sz]ed/i;

function kindOf(status: number | null, code: string, type: string, message: string): FailureKind {
  const words = `${code} ${type} ${message.slice(0, MESSAGE_CHARS_MAX)}`;
  const named = `${code} ${type}`;
  if (status === 402 || (status === 429 && QUOTA.test(named)) || code === 'insufficient_quota')
    return 'quota';
  if (status === 429 || /rate_?limit/i.test(named)) {
    // OpenAI answers 429 to a request that alone is over the limit: no wait will let it through.
    if (/request too large/i.test(message)) return 'context_too_long';
    // Azure ends every 429 with a link about quota increases: only a message that denies money counts.
    return /exceeded your current quota|insufficient (?:balance|credits?|quota|funds)|daily (?:free )?allocation/i.test(
      message,
    )
      ? 'quota'
      : 'rate_limited';
  }
  if (status === 401 || status === 498) return 'auth';
  if (status === 403) {
    if (CONTENT.test(words)) return 'content_refused';
    return QUOTA.test(words) ? 'quota' : 'auth';
  }
  if (status === 408 || status === 409) return 'conflict';
  if (status === 413) return 'context_too_long';
  if (status === 404) return 'model_not_found';
  if (status === null || (status >= 400 && status < 500)) {
    if (CONTENT.test(named) || /content management policy/i.test(message)) return 'content_refused';
    if (CONTEXT.test(words)) return 'context_too_long';
    if (MODEL.test(words)) return 'model_not_found';
    // xAI answers 400 to a rejected key (read 2026-11-21).
    if (AUTH.test(words)) return 'auth';
    if (/insufficient (?:balance|credits?)/i.test(words)) return 'quota';
    if (status !== null || /invalid|tool_use_failed|unsupported|bad_?request/i.test(named))
      return 'invalid_request';
    return 'overloaded';
  }
  if (status >= 500) return CONTEXT.test(named) ? 'context_too_long' : 'overloaded';
  // 3xx is never followed; anything below is not an answer of this protocol.
  return status >= 300 ? 'network' : 'malformed';
}

/** A body that is no JSON object: a proxy's page or plain text. Only the status speaks. */
function opaqueFailure(status: number, body_text: string): ProviderFailure {
  const html = /^\s*</.test(body_text);
  const title = /<title[^>]*>([^<]{0,200})/i.exec(body_text)?.[1]?.trim();
  const message = html
    ? (title ?? `HTTP ${status} with an HTML page`)
    : body_text.trim().slice(0, MESSAGE_CHARS_MAX);
  const kind = kindOf(status, '', '', message);
  return {
    kind,
    status,
    message: message || `HTTP ${status} without a body`,
    code: null,
    param: null,
    retry_after_ms: kind === 'rate_limited' ? parseRetryHint(message) : null,
  };
}

function readJson(body_text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body_text);
    return Array.isArray(parsed) && parsed.length > 0 ? parsed[0] : parsed;
  } catch {
    return null;
  }
}

const isStatus = (value: number): boolean => Number.isInteger(value) && value >= 400 && value < 600;
