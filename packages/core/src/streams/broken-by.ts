import type { ProviderFailure } from '@sluice/contract';
import { failureOf } from '../calling/failures.ts';

/** What a connection that broke in the middle of an answer counts as. */
export const brokenBy = (error: unknown, status: number | null): ProviderFailure =>
  failureOf(
    'truncated',
    `The connection broke: ${error instanceof Error ? error.message : 'unknown'}`,
    status,
  );
