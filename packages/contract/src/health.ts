/** `closed` serves, `open` refuses, `half_open` lets a few probes through. */
export type BreakerState = 'closed' | 'open' | 'half_open';

/** One target's health as isolates see it. */
export interface TargetHealth {
  breaker: BreakerState;
  /** When an open breaker lets probes through; `null` unless open. */
  retry_at_ms: number | null;
  /** A 429 or a rejected credential keeps this connection out until then; `null` = it is in. */
  cooled_until_ms: number | null;
  /** Decayed percentiles of live traffic; `null` before the first answer. */
  ttft_ms_p50: number | null;
  latency_ms_p50: number | null;
  /** Median, from the first token on. */
  tokens_per_second: number | null;
  error_ratio: number | null;
  /** 95th percentiles of the same; absent where nobody counted them. */
  ttft_ms_p95?: number | null;
  latency_ms_p95?: number | null;
  tokens_per_second_p95?: number | null;
  /** Requests that the endpoint itself said were waiting, a moment ago; absent or `null` = it did not say. */
  waiting?: number | null;
}

export interface HealthSnapshot {
  /** Key: `targetKey(connection_id, model)`; a target that is not listed is healthy and unknown. */
  targets: Record<string, TargetHealth>;
  /**
   * Connections that are out, by id, and until when: holds for all their models, the unlisted too. A listed target
   * repeats it in `cooled_until_ms`. Absent = none.
   */
  cooled?: Record<string, number>;
  /**
   * Requests under way by `targetKey`: this isolate's own to the last one, all others' as of their last report.
   * Kept up to date in place, so it is no older than now. Absent key = none.
   */
  in_flight?: Record<string, number>;
  /** Grows when an administrator changes anything that isolates cache of the organization. */
  config_version: number;
  read_at_ms: number;
}

/** A breaker came into another state. */
export interface BreakerChange {
  at_ms: number;
  connection_id: string;
  model: string;
  /** The state that it came into. */
  breaker: BreakerState;
  /** When probes are let through; `null` unless it opened. */
  retry_at_ms: number | null;
}

export const targetKey = (connection_id: string, model: string): string => `${connection_id}\n${model}`;

/** What one attempt taught. `neutral` = the caller's own making, or a caller who left: it says nothing. */
export interface Outcome {
  connection_id: string;
  model: string;
  result: 'success' | 'failure' | 'neutral';
  /** Cool the whole connection until then (429, rejected credential, no credit). */
  cool_until_ms: number | null;
  /** The permit that this attempt used, if its target was half open. */
  probe: ProbePermit | null;
  ttft_ms: number | null;
  latency_ms: number | null;
  output_tokens: number | null;
  at_ms: number;
  /** The provider rejected the connection's credential; absent = it did not. */
  rejected?: boolean;
}

/** Leave to try a half-open target. A result that comes back under an older generation is ignored. */
export interface ProbePermit {
  generation: number;
}

export interface HealthPort {
  /** What this isolate knows now. No call; at most about a second old while traffic flows. */
  peek(organization_id: string): HealthSnapshot;
  /** Hands outcomes to the board. Failures go at once, successes in batches, always in order. */
  report(organization_id: string, outcome: Outcome): void;
  /**
   * An attempt begins; exactly one `end` follows. No call.
   *
   * @param announce tell the others within a second: the target has a capacity (a pool's endpoint).
   * @returns the target's time share: the milliseconds that one request would have been charged, had it been there
   *   from the start, each divided by the number of requests under way. `end` less `begin` is a request's own share.
   */
  begin?(organization_id: string, connection_id: string, model: string, announce: boolean): number;
  /** The attempt is over, in whatever way. @returns as `begin`. */
  end?(organization_id: string, connection_id: string, model: string): number;
  /** Asks for one of the probes of a target whose pause is over; `null` when all are taken. Costs a call. */
  probe(organization_id: string, connection_id: string, model: string): Promise<ProbePermit | null>;
}
