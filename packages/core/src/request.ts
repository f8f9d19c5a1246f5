import type {
  CacheHints,
  Door,
  GuardVerdict,
  ModelRequest,
  RequestBounds,
  RoutingRules,
  StreamFailover,
  Timeouts,
  TraceContext,
} from '@sluice/contract';
import type { Analysis } from './routing/analyse-request.ts';
import type { Named } from './routing/named-model.ts';

/** One client request, as a door hands it to the pipeline. */
export interface GatewayRequest {
  request_id: string;
  received_at_ms: number;
  door: Door;
  /** The virtual key as the client sent it; `null` when there was none. */
  credential: string | null;
  /** From the platform's own header only; `null` when it gives none. */
  client_ip: string | null;
  /** The browser's `Origin`; `null` outside browsers. */
  origin: string | null;
  body_text: string;
  /** Size of the body in bytes: an upper bound of what its tokens can be made from. */
  body_bytes: number;
  asked: ModelRequest;
  bounds: RequestBounds;
  /** Client headers that the door lets through. */
  client_headers: Record<string, string>;
  /** `Idempotency-Key`; absent = none. */
  idempotency_key?: string;
  /** How many gateways like this one the request had passed when it came. */
  hops: number;
  hints: Hints;
  /** What a stored name in `model` comes down to; set by the pipeline, absent = the model was named itself. */
  named?: Named;
  /** What was read off it before, of a request that is only replayed; absent = read it off the messages. */
  analysis?: Analysis;
  /** What guards have found in it and in its answer, so far; absent = nobody looked. */
  verdicts?: GuardVerdict[];
  /** Fires when the client has gone. */
  client_gone: AbortSignal;
}

/** What the client asked of the gateway itself, from body fields or headers of the same names. */
export interface Hints {
  fallback_chain: string[] | null;
  /** From `x-routing-hints`; absent = none. */
  routing?: Partial<RoutingRules>;
  stream_failover?: StreamFailover | null;
  /** From `x-cache`; absent = none. */
  cache?: CacheHints;
  timeouts: Partial<Timeouts>;
  metadata: Record<string, string>;
  user_id: string | null;
  session_id: string | null;
  /** From `traceparent` and `tracestate`; absent = none. */
  trace_context?: TraceContext;
  /** How long to wait for money that other requests hold, instead of a refusal; absent = not at all. */
  budget_wait_ms?: number;
  /** `on` also puts the receipt into streams that would be passed on untouched; `null` = the key's setting. */
  body_receipt: 'on' | 'off' | null;
}

/** What goes back: the door turns it into an HTTP response. */
export interface GatewayResponse {
  status: number;
  headers: Record<string, string>;
  body: string | ReadableStream<Uint8Array>;
}
