import type { Protocol } from '@sluice/contract';
import { parseFailure } from './error.ts';
import { renderRequest } from './request.ts';
import { parseAnswer } from './response.ts';
import { createStreamParser } from './stream.ts';

/** Google's `generateContent`. No door speaks it, so nothing is passed through untouched. */
export const geminiProtocol: Protocol = {
  id: 'gemini',
  operation: 'chat',
  renderRequest,
  parseAnswer,
  createStreamParser,
  parseFailure,
};
