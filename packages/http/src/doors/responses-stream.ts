import type { AnswerEvent, AnswerHead, Door, FinishReason, StreamRenderer, Usage } from '@sluice/contract';
import { failureEvent } from './responses-errors.ts';
import { type ResponseState, renderResponse } from './responses-object.ts';
import { ResponsesOutput } from './responses-output.ts';

/**
 * The grammar of Responses: every event is named and numbered, items open and close, and the last event repeats the
 * whole answer, with its usage.
 * @see https://platform.openai.com/docs/api-reference/responses-streaming (read 2026-11-21)
 */
export const createResponsesRenderer: Door['createStreamRenderer'] = (head) => new ResponsesRenderer(head);

class ResponsesRenderer implements StreamRenderer {
  readonly #head: AnswerHead;
  readonly #output: ResponsesOutput;
  #out = '';
  #number = 0;
  #usage: Usage | null = null;
  #finish: FinishReason = 'stop';
  #started = false;

  constructor(head: AnswerHead) {
    this.#head = head;
    this.#output = new ResponsesOutput(head, (type, members) => this.#emit(type, members));
  }

  push(event: AnswerEvent): string {
    this.#start();
    switch (event.type) {
      case 'usage':
        this.#usage = event.usage;
        break;
      case 'finish':
        if (event.choice === 0) this.#finish = event.finish_reason;
        break;
      case 'start':
      case 'error':
        break;
      default:
        // An answer of this format has one choice.
        if (event.choice === 0) this.#output.read(event);
    }
    return this.#take();
  }

  end(receipt: string | null): string {
    this.#start();
    const state = endOf(this.#finish, this.#usage);
    this.#output.close(state.status === 'completed' ? 'completed' : 'incomplete');
    state.output = this.#output.complete;
    this.#emitResponse(`response.${state.status}`, state, receipt);
    return this.#take();
  }

  fail(...[error, request_id]: Parameters<StreamRenderer['fail']>): string {
    this.#start();
    this.#emit('error', failureEvent(error, request_id));
    const { code, message } = error;
    const output = this.#output.complete;
    this.#emitResponse(
      'response.failed',
      { status: 'failed', output, usage: this.#usage, error: { code, message } },
      null,
    );
    return this.#take();
  }

  #take(): string {
    const out = this.#out;
    this.#out = '';
    return out;
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    const state: ResponseState = { status: 'in_progress', output: [], usage: null };
    this.#emitResponse('response.created', state, null);
    this.#emitResponse('response.in_progress', state, null);
  }

  #emit(type: string, members: string): void {
    this.#out += `event: ${type}\ndata: {"type":"${type}","sequence_number":${this.#number}${members}}\n\n`;
    this.#number += 1;
  }

  #emitResponse(type: string, state: ResponseState, receipt: string | null): void {
    const text = JSON.stringify(renderResponse(this.#head, state));
    const whole = receipt === null ? text : `${text.slice(0, -1)},"x-llm-gateway":${receipt}}`;
    this.#emit(type, `,"response":${whole}`);
  }
}

/** How an answer that came to its end is called. */
export function endOf(finish_reason: FinishReason, usage: Usage | null): ResponseState {
  switch (finish_reason) {
    case 'length':
      return { status: 'incomplete', output: [], usage, incomplete_reason: 'max_output_tokens' };
    case 'content_filter':
      return { status: 'incomplete', output: [], usage, incomplete_reason: 'content_filter' };
    case 'error':
      return {
        status: 'failed',
        output: [],
        usage,
        error: {
          code: 'server_error',
          message: 'The model stopped with an error in the middle of its answer.',
        },
      };
    case 'stop':
    case 'tool_calls':
      return { status: 'completed', output: [], usage };
  }
}
