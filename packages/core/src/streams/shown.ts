import type { AnswerEvent } from '@sluice/contract';

/** What a client has seen of an answer, as far as somebody else could go on with it. */
export interface Shown {
  /** Visible text. Reasoning is not part of it: it is never told to another model. */
  text: string;
  /** Why nobody can go on from here: something that is not text was begun, or the answer had ended. */
  obstacle: 'tool_call' | 'refusal' | 'image' | 'choices' | 'finish' | null;
}

export const nothingShown = (): Shown => ({ text: '', obstacle: null });

export function noteShown(shown: Shown, event: AnswerEvent): void {
  switch (event.type) {
    case 'text':
      if (event.choice !== 0) shown.obstacle ??= 'choices';
      else shown.text += event.text;
      return;
    case 'tool_call':
    case 'tool_arguments':
      shown.obstacle ??= 'tool_call';
      return;
    case 'refusal':
    case 'image':
    case 'finish':
      shown.obstacle ??= event.type;
      return;
    case 'reasoning':
    case 'reasoning_detail':
      if (event.choice !== 0) shown.obstacle ??= 'choices';
      return;
    case 'start':
    case 'annotation':
    case 'logprobs':
    case 'usage':
    case 'error':
      return;
  }
}
