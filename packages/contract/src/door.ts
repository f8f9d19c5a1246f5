import type { Answer, AnswerEvent } from './answer.ts';
import type { GatewayError } from './error.ts';
import type { ModelRequest, Operation, RequestBounds } from './model-request.ts';
import type { ProtocolId } from './provider.ts';

/** What an answer is called toward the client when the provider gave no name of its own. Constant over a stream. */
export interface AnswerHead {
  id: string;
  model: string;
  /** Unix seconds. */
  created: number;
  /** Our own estimate, for a grammar that must say it before the provider has; a `usage` event wins over it. */
  input_tokens: number;
  /** What was asked, where the shape of an answer follows from it (`encoding_format`, custom tools). */
  asked?: ModelRequest;
}

/** Renders a stream of events in the door's grammar: each call returns SSE text, possibly empty. */
export interface StreamRenderer {
  push(event: AnswerEvent): string;
  /** After the last event of a complete answer. `receipt` is JSON text for the body field, or `null` for none. */
  end(receipt: string | null): string;
  /** Ends a stream that failed: one error event, no terminal marker, no invented finish reason. */
  fail(error: GatewayError, request_id: string): string;
}

/** What a stored assistant puts into a client's body; `null` = nothing. */
export interface BodyChanges {
  /** Before the client's own instructions. */
  system_prompt: string | null;
  /** Where the client said none. */
  temperature: number | null;
}

/** The API shape that a client speaks: everything that is written back to it. Pure. */
export interface Door {
  readonly protocol: ProtocolId;
  readonly operation: Operation;
  /** Client headers that a target of the same format gets, lower-case. Nothing else of the client's goes on. */
  readonly forwards?: readonly string[];
  /** A header beside `x-request-id` in which this format's SDKs look for the id of a request. */
  readonly request_id_header?: string;
  /** Limits are told in Anthropic's words, too. */
  readonly tells_anthropic_limits?: true;
  /** Where the most that a request can come to is not what chat's is. */
  bounds?(asked: ModelRequest, body_bytes: number): RequestBounds;
  /**
   * The client's body with an assistant's words in it, for targets of this door's own format; every other byte stays.
   * Absent = this door has no room for instructions.
   */
  amend?(body_text: string, changes: BodyChanges): string;
  /** What an answer is called whose provider gives it no id. */
  answerId(request_id: string): string;
  /** @param receipt JSON text of the compact receipt, put in as the last member; `null` = none. */
  renderAnswer(answer: Answer, head: AnswerHead, receipt: string | null): string;
  /** Adds the receipt to a body in this door's format without re-encoding the rest. */
  spliceReceipt(body_text: string, receipt: string): string;
  createStreamRenderer(head: AnswerHead, options: { include_usage: boolean }): StreamRenderer;
  /**
   * Goes on in this door's own grammar where a provider's stream of that grammar broke off between two events.
   * @param shown the stream's text so far, and `events` what it said
   * @returns `null` when it cannot be gone on from there. Absent = a renderer that has been pushed `events` can go on.
   */
  resumeStream?(
    head: AnswerHead,
    options: { include_usage: boolean },
    events: readonly AnswerEvent[],
    shown: string,
  ): StreamRenderer | null;
  /** The error body. */
  renderError(error: GatewayError, request_id: string): string;
  /** The error as the last event of a stream that had begun. */
  renderStreamError(error: GatewayError, request_id: string): string;
}
