import type { CallResult } from '@sluice/contract';

/** Stage 7. Guards on the answer, whole or streamed. No guard can be configured yet. */
export const guardOutput = (result: CallResult): CallResult => result;
