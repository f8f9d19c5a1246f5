import type { Protocol } from '@sluice/contract';
import { parseFailure } from './error.ts';
import { EventStreamDecoder } from './event-stream.ts';
import { renderRequest } from './request.ts';
import { parseAnswer } from './response.ts';
import { createStreamParser } from './stream.ts';

/** AWS Bedrock's Converse and ConverseStream, one format for the models of all its vendors. */
export const bedrockConverse: Protocol = {
  id: 'bedrock-converse',
  operation: 'chat',
  renderRequest,
  parseAnswer,
  createStreamParser,
  createDecoder: () => new EventStreamDecoder(),
  parseFailure,
};
