import type { Door, GatewayError } from '@sluice/contract';
import { renderErrorBody } from '../errors.ts';

/** The members of an `error` event, nested as OpenAI sends them: openai-node throws for nothing else. */
export const failureEvent = (error: GatewayError, request_id: string): string =>
  `,${renderErrorBody(error, request_id).slice(1, -1)}`;

/** After every number that the provider's own events can have had: clients check that there is one. */
const LAST_NUMBER = 2_147_483_646;

/**
 * The end of a passed-on stream that broke off. What its events were numbered and its answer was called is the
 * provider's, and has not been read: the clients that need `response.failed` look at its error alone.
 */
export const renderResponsesStreamError: Door['renderStreamError'] = (error, request_id) => {
  const { code, message } = error;
  const response = {
    id: `resp_${request_id.slice(request_id.indexOf('_') + 1)}`,
    object: 'response',
    status: 'failed',
    error: { code, message },
    incomplete_details: null,
    output: [],
    usage: null,
  };
  return (
    `event: error\ndata: {"type":"error","sequence_number":${LAST_NUMBER}${failureEvent(error, request_id)}}\n\n` +
    `event: response.failed\ndata: ${JSON.stringify({ type: 'response.failed', sequence_number: LAST_NUMBER + 1, response })}\n\n`
  );
};
