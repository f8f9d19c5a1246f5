import {
  type Answer,
  type AnswerChoice,
  type AnswerEvent,
  type AnswerHead,
  DOOR_NOTES,
  type Door,
} from '@sluice/contract';
import { generatedBounds } from '@sluice/core/token-estimate';
import { renderErrorBody } from '../errors.ts';
import { amendResponsesBody } from './amend-body.ts';
import { renderResponsesStreamError } from './responses-errors.ts';
import { renderResponse } from './responses-object.ts';
import { ResponsesOutput } from './responses-output.ts';
import { createResponsesRenderer, endOf } from './responses-stream.ts';
import { resumeResponses } from './resume-responses.ts';
import { spliceReceipt } from './splice-receipt.ts';

/** What something stored at a provider can come to, of which the request shows nothing: the usual context of today's models. */
const STORED_TOKENS_MAX = 400_000;

/** OpenAI's Responses toward the client. */
export const responsesDoor: Door = {
  protocol: 'responses',
  operation: 'chat',
  amend: amendResponsesBody,
  forwards: ['openai-beta'],
  bounds(asked, body_bytes) {
    const bounds = generatedBounds(asked);
    // A conversation, an item or a file that is only named, or a tool that the provider runs and reads itself.
    if (asked[DOOR_NOTES]?.needs_own_format)
      bounds.input_tokens = STORED_TOKENS_MAX + Math.ceil(body_bytes / 2);
    return bounds;
  },
  answerId: (request_id) => `resp_${request_id.slice(request_id.indexOf('_') + 1)}`,
  renderAnswer,
  spliceReceipt,
  createStreamRenderer: createResponsesRenderer,
  resumeStream: resumeResponses,
  renderError: renderErrorBody,
  renderStreamError: renderResponsesStreamError,
};

function renderAnswer(answer: Answer, head: AnswerHead, receipt: string | null): string {
  const output = new ResponsesOutput(head, ignore);
  const choice = answer.choices[0];
  if (choice !== undefined) for (const event of eventsOf(choice)) output.read(event);
  const state = endOf(choice?.finish_reason ?? 'stop', answer.usage);
  output.close(state.status === 'completed' ? 'completed' : 'incomplete');
  state.output = output.complete;
  state.service_tier = answer.service_tier;
  const text = JSON.stringify(renderResponse(head, state));
  return receipt === null ? text : spliceReceipt(text, receipt);
}

const ignore = (): void => undefined;

/** A whole answer in the order in which a stream tells it, so that both are made into items in one place. */
function eventsOf(choice: AnswerChoice): AnswerEvent[] {
  const events: AnswerEvent[] = [];
  const later: AnswerEvent[] = [];
  for (const detail of choice.reasoning) {
    const of_call = detail.id && choice.tool_calls.some(({ id }) => id === detail.id);
    (of_call ? later : events).push({ type: 'reasoning_detail', choice: 0, detail });
  }
  if (choice.content) events.push({ type: 'text', choice: 0, text: choice.content });
  if (choice.logprobs) events.push({ type: 'logprobs', choice: 0, logprobs: choice.logprobs });
  for (const annotation of choice.annotations) events.push({ type: 'annotation', choice: 0, annotation });
  if (choice.refusal) events.push({ type: 'refusal', choice: 0, text: choice.refusal });
  for (const url of choice.images) events.push({ type: 'image', choice: 0, url });
  for (const [index, call] of choice.tool_calls.entries()) {
    const { id, function: called } = call;
    const mine = later.findIndex((event) => event.type === 'reasoning_detail' && event.detail.id === id);
    if (mine >= 0) events.push(...later.splice(mine, 1));
    const thought_signature = call.extra_content?.google?.thought_signature ?? null;
    events.push({ type: 'tool_call', choice: 0, index, id, name: called.name, thought_signature });
    events.push({ type: 'tool_arguments', choice: 0, index, text: called.arguments });
  }
  return events;
}
