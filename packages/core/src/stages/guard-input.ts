import type { ModelRequest } from '@sluice/contract';

/**
 * Stage 2. Local guards on the normalized messages, before anything costs money.
 * No guard can be configured yet, so every request passes as it is.
 */
export const guardInput = (asked: ModelRequest): ModelRequest => asked;
