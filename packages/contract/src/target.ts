import type { FinishReason, Usage } from './answer.ts';
import type { AnswerTap, Audience, CacheRecord } from './cache.ts';
import type { Door } from './door.ts';
import type { GatewayError } from './error.ts';
import type { AnswerGuard } from './guard.ts';
import type { ModelRequest } from './model-request.ts';
import type { Connection, Prices, Timeouts } from './organization.ts';
import type { FailureKind, ModelAbilities, Provider, ProviderFailure } from './provider.ts';
import type { Pool, StreamFailover } from './routing.ts';
import type { AttemptRecord } from './trace.ts';

/** A model at a connection: what a plan is a list of. */
export interface Target {
  connection: Connection;
  provider: Provider;
  /** The provider's name of the model. */
  model: string;
  abilities: ModelAbilities;
  /** `null` = unpriced. */
  prices: Prices | null;
  price_source: string | null;
  /** Of the chain's link that it comes from: they win over the connection's, and the client's own over them. */
  timeouts?: Partial<Timeouts>;
  /** Go on to the next target after these failures only; absent = after all that may fall back. */
  fallback_on?: readonly FailureKind[] | null;
  quality?: number | null;
  /** It is an endpoint of this pool; absent = of none. Its `prices` are then by the hour. */
  pool?: Pool;
}

/** What the call stage is asked to do: try the targets in order until one commits. */
export interface CallAsk {
  request_id: string;
  organization_id: string;
  plan: Target[];
  /** False when the client or the organization turned fallback off: then only the first target is tried. */
  fallback: boolean;
  asked: ModelRequest;
  /** The client's body as sent; empty for a form. */
  body_text: string;
  /** Client headers that the door lets through. */
  client_headers: Record<string, string>;
  /** How many gateways like this one the request has passed, this one included. */
  hops: number;
  /** Our own estimate of the input. */
  input_tokens: number;
  door: Door;
  stream: boolean;
  include_usage: boolean;
  /** The organization's. A connection's own win over them. */
  timeouts: Timeouts;
  /** What the client itself asked for; wins over all. */
  asked_timeouts: Partial<Timeouts>;
  /** From admission; `null` = unbounded. */
  output_tokens_max: number | null;
  /** Fires when the client has gone. */
  client_gone: AbortSignal;
  /** Compact receipt as JSON text, made when an answer's usage is known; `null` when the body must not carry one. */
  receipt: ((seen: SeenAnswer) => string) | null;
  /** Force the receipt into streams that would else be piped untouched (`x-llm-gateway-body: on`). */
  receipt_in_stream: boolean;
  /** Keep the answer's text for the trace. */
  retain_content: boolean;
  /** What becomes of a stream that dies after its first content; absent = `stop`. */
  stream_failover?: StreamFailover;
  /**
   * What was held for the request, which two targets together may not exceed; `null` or absent = no budget is touched.
   * With what its price may depend on.
   */
  hold?: { usd_nanos: number; cache_1h: boolean; audio: boolean } | null;
  /** Looks at the answer before the client does; absent or `null` = nobody has to. */
  guard?: AnswerGuard | null;
  /** Ask the next target, too, when the first has shown nothing for so long; `null` or absent = never. */
  hedge_after_ms?: number | null;
  /** Looks on; a stream is then read here, chunk by chunk. Absent or `null` = nobody does. */
  tap?: AnswerTap | null;
  /** Others who read the same answer while it is made; absent = nobody could. */
  audience?: Audience | null;
}

/** What one of several targets that worked on the same answer is to be paid. */
export interface Leg {
  target: Target;
  usage: Usage;
  attempt: AttemptRecord;
}

/** What is known of an answer at its end. */
export interface SeenAnswer {
  /** Of several, the one that finished it; `null` = none answered. */
  target: Target | null;
  attempts: AttemptRecord[];
  /** `null` only when nothing was produced and nothing is known. Of several targets the sum. */
  usage: Usage | null;
  /** Each at its own prices: a stream that broke and the one that took it over, the loser of a hedge. Absent = one. */
  legs?: Leg[];
  finish_reason: FinishReason | null;
  model: string | null;
  ttft_ms: number | null;
  /** Text for a retained trace; `null` unless asked for. */
  text: string | null;
  /** As in `Answer.degraded`. */
  degraded?: string[];
  /** It was not made for this request: nobody is paid for it, and `usage` is that of the first time. Absent = it was. */
  cache?: CacheRecord;
}

export interface StreamEnd extends SeenAnswer {
  /**
   * `aborted`: the client left, what it consumed is billed. `truncated`: the provider broke off. `blocked`: a guard
   * ended it.
   */
  ending: 'complete' | 'truncated' | 'aborted' | 'blocked';
  failure: ProviderFailure | null;
  /** What the client was told, where that is not that a provider broke off. */
  error?: GatewayError;
}

export type CallResult =
  | {
      kind: 'whole';
      seen: SeenAnswer;
      /** The body for the client, receipt included. */
      body_text: string;
      /** `null` = JSON. */
      content_type: string | null;
      dropped: string[];
    }
  | {
      kind: 'stream';
      /** `null` = not known yet: nothing had come for so long that the headers had to go out first. */
      target: Target | null;
      attempts: AttemptRecord[];
      body: ReadableStream<Uint8Array>;
      /** `null` = server-sent events. */
      content_type: string | null;
      /** Resolves (never rejects) when the stream is over in any way. Runs inside `after`. */
      ended: Promise<StreamEnd>;
      dropped: string[];
    }
  | {
      kind: 'failed';
      attempts: AttemptRecord[];
      error: GatewayError;
      /** The failed attempts that reached a provider may have cost something there: input tokens were sent. */
      sent: boolean;
      /** The client left before any answer. */
      aborted: boolean;
      /** An answer came and has its price, but a guard does not let it through; absent = none came. */
      seen?: SeenAnswer;
      dropped: string[];
    };
