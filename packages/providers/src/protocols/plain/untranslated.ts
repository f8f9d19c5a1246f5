import type { Answer, AnyProtocol, ProviderFailure, Usage } from '@sluice/contract';
import { parseFailure } from '../chat-completions/error.ts';
import { malformed } from '../chat-completions/response.ts';
import { findFailure } from '../chat-completions/stream.ts';
import { isRecord } from '../chat-completions/usage.ts';

/** An answer without choices, for what is no chat. */
export const answerOf = (usage: Usage | null, more: Partial<Answer> = {}): Answer => ({
  id: null,
  model: null,
  created: null,
  choices: [],
  usage,
  service_tier: null,
  system_fingerprint: null,
  ...more,
});

/** What a protocol shares whose answers are only ever passed on: of a body it must know no more than its failure. */
export const UNTRANSLATED: Pick<AnyProtocol, 'parseAnswer' | 'createStreamParser' | 'parseFailure'> = {
  parseAnswer(body): { answer: Answer } | { failure: ProviderFailure } {
    if (!isRecord(body)) return { failure: malformed('The body is not a JSON object.') };
    const failure = findFailure(body);
    return failure === null ? { answer: answerOf(null) } : { failure };
  },
  createStreamParser(): never {
    throw new Error('This format is passed through, never parsed.');
  },
  parseFailure,
};
