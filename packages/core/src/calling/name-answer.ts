import type { AnswerEvent, AnswerHead } from '@sluice/contract';

/**
 * What a translated stream is called: as the provider named its answer, which it does before any content, so that
 * a client finds it in the provider's own logs; `own` where it gave no name.
 */
export function nameAnswer(events: readonly AnswerEvent[], own: AnswerHead): AnswerHead {
  const start = events.find((event) => event.type === 'start');
  if (start === undefined) return own;
  return {
    ...own,
    id: start.id ?? own.id,
    model: start.model ?? own.model,
    created: start.created ?? own.created,
  };
}
