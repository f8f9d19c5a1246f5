import type { Door, RequestBounds } from '@sluice/contract';
import { amendCountBody } from './amend-body.ts';
import { messagesDoor } from './messages.ts';
import { spliceReceipt } from './splice-receipt.ts';

const FREE: RequestBounds = { input_tokens: 0, output_tokens: 0, units: 0, free: true };

/** How many tokens a Messages body has: Anthropic's shape, free of charge. */
export const countTokensDoor: Door = {
  ...messagesDoor,
  protocol: 'anthropic-count-tokens',
  operation: 'count_tokens',
  amend: amendCountBody,
  bounds: () => FREE,
  renderAnswer(answer, _head, receipt) {
    const text = JSON.stringify({ input_tokens: answer.token_count ?? 0 });
    return receipt === null ? text : spliceReceipt(text, receipt);
  },
  createStreamRenderer() {
    throw new Error('A count of tokens has no stream.');
  },
};
