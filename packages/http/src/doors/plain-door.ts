import type { Door, GatewayError } from '@sluice/contract';
import { renderErrorBody } from '../errors.ts';
import { spliceReceipt } from './splice-receipt.ts';

/** What is special to a door of OpenAI's family beside chat; the rest is the same for all of them. */
type Special = Pick<Door, 'protocol' | 'operation'> & Partial<Pick<Door, 'bounds' | 'renderAnswer'>>;

/**
 * A door whose answers are passed through, or rendered whole: its errors are OpenAI's, its streams are the provider's
 * own.
 */
export const createPlainDoor = (special: Special): Door => ({
  answerId: (request_id) => `${special.protocol}-${request_id.slice(request_id.indexOf('_') + 1)}`,
  renderAnswer: neverTranslated,
  spliceReceipt,
  createStreamRenderer: neverTranslated,
  renderError: renderErrorBody,
  renderStreamError,
  ...special,
});

/** No provider speaks another format for these operations; whoever adds one gives the door a way to render it. */
function neverTranslated(): never {
  throw new Error('This door has no answer of its own.');
}

const renderStreamError = (error: GatewayError, request_id: string): string =>
  `data: ${renderErrorBody(error, request_id)}\n\n`;
