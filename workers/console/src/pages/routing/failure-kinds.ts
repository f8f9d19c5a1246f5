import type { Chain } from '@sluice/client';

export type FailureKind = NonNullable<Chain['links'][number]['on']>[number];

/** Those after which another may be asked, in words. What a request itself is to blame for goes to nobody else. */
export const FAILURES: readonly { value: FailureKind; label: string }[] = [
  { value: 'overloaded', label: 'Overloaded or broken (5xx)' },
  { value: 'network', label: 'Not reached' },
  { value: 'timeout', label: 'Timed out' },
  { value: 'truncated', label: 'Broke off' },
  { value: 'malformed', label: 'Answered nonsense' },
  { value: 'rate_limited', label: 'Rate limited (429)' },
  { value: 'quota', label: 'Out of credit' },
  { value: 'auth', label: 'Credential refused' },
  { value: 'conflict', label: 'Conflict (409)' },
  { value: 'model_not_found', label: 'Model not found' },
  { value: 'context_too_long', label: 'Prompt too long' },
];

export const failureWords = (kind: FailureKind): string =>
  FAILURES.find(({ value }) => value === kind)?.label ?? kind;
