import type { ProviderFailure } from '@sluice/contract';
import { parseErrorObject } from '../chat-completions/error.ts';
import { isRecord } from '../chat-completions/usage.ts';

export { parseFailure } from '../chat-completions/error.ts';

export const malformed = (message: string): ProviderFailure => ({
  kind: 'malformed',
  status: null,
  message,
  code: null,
  param: null,
  retry_after_ms: null,
});

/**
 * The failure that a stream event reports: `error`, nested as it is sent or flat as the vendor's types have it, or
 * `response.failed`; else `null`.
 */
export function findFailure(event: Record<string, unknown>): ProviderFailure | null {
  if (event['type'] === 'response.failed') {
    const response = isRecord(event['response']) ? event['response'] : {};
    return failureOfResponse(response) ?? overloaded('The provider failed without saying why.');
  }
  if (event['type'] === 'error' || event['error']) {
    const { type: _, ...flat } = event;
    return parseErrorObject(isRecord(event['error']) ? { error: event['error'] } : flat, null);
  }
  return null;
}

/** Why a whole response came to nothing; `null` when it did not. */
export function failureOfResponse(response: Record<string, unknown>): ProviderFailure | null {
  const { status, error } = response;
  if (isRecord(error)) return parseErrorObject({ error }, null);
  if (typeof error === 'string' && error !== '') return parseErrorObject(response, null);
  if (status === 'failed' || status === 'cancelled') return overloaded(`The response was ${status}.`);
  return null;
}

const overloaded = (message: string): ProviderFailure => ({ ...malformed(message), kind: 'overloaded' });
