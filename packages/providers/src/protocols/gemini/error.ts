import type { FailureKind, ProviderFailure } from '@sluice/contract';
import { parseDuration, parseRetryAfter, parseRetryHint } from '../../retry-after.ts';
import { asList, asRecord, asText, type Loose } from './lenient.ts';

const MESSAGE_CHARS_MAX = 2000;

/**
 * Reads `{error: {code, message, status, details[]}}`, alone or in a list.
 * @see https://ai.google.dev/gemini-api/docs/troubleshooting (read 2026-11-21)
 */
export function parseFailure(
  status: number,
  header: (name: string) => string | null,
  body_text: string,
  now_ms: number,
): ProviderFailure {
  const failure = readFailure(status, parseBody(body_text));
  if (failure.message === '') failure.message = body_text.trim().slice(0, MESSAGE_CHARS_MAX);
  const asked_ms = parseRetryAfter(header, now_ms);
  if (asked_ms !== null) failure.retry_after_ms = Math.max(asked_ms, failure.retry_after_ms ?? 0);
  return failure;
}

/** @param status of HTTP; where an error came inside a 200, the body's own code decides the kind. */
export function readFailure(status: number, body: unknown): ProviderFailure {
  const root = asRecord(Array.isArray(body) ? body[0] : body);
  const error = asRecord(root?.['error']);
  const message = (asText(error?.['message']) ?? asText(root?.['error']) ?? '').slice(0, MESSAGE_CHARS_MAX);
  const name = asText(error?.['status']) ?? '';
  const details = asList(error?.['details'])
    .map(asRecord)
    .filter((detail) => detail !== null);
  const stated = error?.['code'];
  const code = status >= 400 || typeof stated !== 'number' ? status : stated;
  const reason = findReason(details);
  const kind = chooseKind({ code, name, reason, message, details });
  return {
    kind,
    status,
    message,
    code: reason ?? (name === '' ? (typeof stated === 'number' ? String(stated) : null) : name),
    param: findParam(details),
    retry_after_ms:
      kind === 'rate_limited' || kind === 'quota' || kind === 'overloaded'
        ? findDelay(details, message)
        : null,
  };
}

interface Seen {
  code: number;
  name: string;
  reason: string | null;
  message: string;
  details: Loose[];
}

/** Names first: Google's HTTP codes are coarser (a bad key and a bad field are both 400). */
function chooseKind({ code, name, reason, message, details }: Seen): FailureKind {
  if (reason === 'API_KEY_INVALID' || /api key (not valid|expired|not found)/i.test(message)) return 'auth';
  switch (name) {
    case 'UNAUTHENTICATED':
    case 'PERMISSION_DENIED':
      return 'auth';
    case 'RESOURCE_EXHAUSTED':
      return isLasting(message, details) ? 'quota' : 'rate_limited';
    case 'NOT_FOUND':
      return 'model_not_found';
    case 'UNAVAILABLE':
    case 'INTERNAL':
    case 'DEADLINE_EXCEEDED':
    case 'UNKNOWN':
    case 'DATA_LOSS':
      return 'overloaded';
    case 'ABORTED':
    case 'CANCELLED':
      return 'conflict';
    case 'FAILED_PRECONDITION':
      if (/billing/i.test(message)) return 'quota';
      return /location is not supported/i.test(message) ? 'auth' : chooseBadRequest(message);
    case 'INVALID_ARGUMENT':
    case 'OUT_OF_RANGE':
      return chooseBadRequest(message);
    default:
      return chooseByStatus(code, message, details);
  }
}

function chooseByStatus(code: number, message: string, details: Loose[]): FailureKind {
  if (code === 401 || code === 403) return 'auth';
  if (code === 402) return 'quota';
  if (code === 404) return 'model_not_found';
  if (code === 408 || code === 409 || code === 499) return 'conflict';
  if (code === 429) return isLasting(message, details) ? 'quota' : 'rate_limited';
  if (code >= 500) return 'overloaded';
  if (code >= 300 && code < 400) return 'network';
  return code >= 400 ? chooseBadRequest(message) : 'overloaded';
}

function chooseBadRequest(message: string): FailureKind {
  if (
    /token count.{0,40}exceeds|exceeds the maximum number of (input )?tokens|context length/i.test(message)
  ) {
    return 'context_too_long';
  }
  if (/unexpected model name|model .{0,80}(not found|not supported for)/i.test(message)) {
    return 'model_not_found';
  }
  if (/PROHIBITED_CONTENT|prompt (was|has been) blocked|violate[sd]? .{0,60}polic/i.test(message)) {
    return 'content_refused';
  }
  return 'invalid_request';
}

/**
 * A quota that a pause of seconds does not refill: per day, of size zero (the model is not in this plan), or money.
 * Google's usual sentence names "plan and billing details" for limits per minute too, so that is no sign.
 */
function isLasting(message: string, details: Loose[]): boolean {
  for (const detail of details) {
    for (const entry of asList(detail['violations'])) {
      const violation = asRecord(entry);
      if (/PerDay|per_day/i.test(asText(violation?.['quotaId']) ?? '')) return true;
      if (violation?.['quotaValue'] === '0') return true;
    }
  }
  return /per day|daily|limit: 0\b|credits? (are |is )?depleted|spend(ing)? (cap|limit)/i.test(message);
}

function findDelay(details: Loose[], message: string): number | null {
  const stated = details.map((detail) => asText(detail['retryDelay'])).find((delay) => delay !== null);
  const stated_ms = stated === undefined ? null : parseDuration(stated);
  const told_ms = parseRetryHint(message);
  if (stated_ms === null) return told_ms;
  return told_ms === null ? stated_ms : Math.max(stated_ms, told_ms);
}

function findReason(details: Loose[]): string | null {
  for (const detail of details) {
    const reason = asText(detail['reason']);
    if (reason !== null) return reason;
  }
  return null;
}

function findParam(details: Loose[]): string | null {
  for (const detail of details) {
    const field = asText(asRecord(asList(detail['fieldViolations'])[0])?.['field']);
    if (field !== null && field !== '') return field;
  }
  return null;
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
