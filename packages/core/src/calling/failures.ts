import type { Connection, FailureKind, ProviderFailure } from '@sluice/contract';
import type { Cause } from './attempt-watch.ts';
import { withoutCredential } from './without-credential.ts';

/** A failure that the gateway found by itself, without a word from the provider. */
export const failureOf = (
  kind: FailureKind,
  message: string,
  status: number | null = null,
): ProviderFailure => ({
  kind,
  status,
  message,
  code: null,
  param: null,
  retry_after_ms: null,
});

/** What a cause of ours says about the provider; `null` when it says nothing, because the client left. */
export function failureOfCause(cause: Cause, status: number | null): ProviderFailure | null {
  switch (cause) {
    case 'client_gone':
    case 'lost':
      return null;
    case 'first_byte':
      return failureOf('timeout', 'No content came within the first-byte deadline.', status);
    case 'idle':
      return failureOf('timeout', 'The stream stood still for longer than the idle deadline.', status);
    case 'total':
      return failureOf('timeout', 'The answer was not finished within the total deadline.', status);
    case 'bound':
      return failureOf('malformed', 'The answer was larger than the gateway takes.', status);
  }
}

/** What a provider said, without the credential that some of them say back. */
export function cleanFailure(failure: ProviderFailure, { credential }: Connection): ProviderFailure {
  const clean = (text: string): string => withoutCredential(text, credential);
  const { message, code, param } = failure;
  return {
    ...failure,
    message: clean(message),
    code: code === null ? null : clean(code),
    param: param === null ? null : clean(param),
  };
}
