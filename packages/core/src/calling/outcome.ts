import type { AttemptRecord, CallAsk, HealthPort, Outcome, ProbePermit, Target } from '@sluice/contract';

export interface Reported {
  ask: Pick<CallAsk, 'organization_id'>;
  target: Target;
  probe: ProbePermit | null;
  health: HealthPort;
  at_ms: number;
  /** Whose `gpu_ms` is set at its end. */
  record: AttemptRecord;
}

/** Attempts that have begun and not ended, and the time share of their target at their beginning. */
const begun = new WeakMap<AttemptRecord, number>();

/** Counts an attempt among those under way. Its outcome ends it, or `endAttempt` before that. */
export function beginAttempt({ ask, target, health, record }: Omit<Reported, 'probe' | 'at_ms'>): void {
  if (health.begin === undefined) return;
  const { connection, model, pool } = target;
  begun.set(record, health.begin(ask.organization_id, connection.id, model, pool !== undefined));
}

/** The attempt is over: notes what it used of an endpoint that costs by the hour. Once; again changes nothing. */
export function endAttempt({ ask, target, health, record }: Omit<Reported, 'probe' | 'at_ms'>): void {
  const begun_share_ms = begun.get(record);
  if (begun_share_ms === undefined || health.end === undefined) return;
  begun.delete(record);
  const share_ms = health.end(ask.organization_id, target.connection.id, target.model) - begun_share_ms;
  if (target.prices?.hourly !== undefined) record.gpu_ms = Math.round(share_ms * 1_000) / 1_000;
}

/** Tells the health board what an attempt taught. Called once per attempt. */
export function reportOutcome(
  reported: Reported,
  taught: {
    result: Outcome['result'];
    cool_ms?: number | null;
    ttft_ms?: number | null;
    latency_ms?: number | null;
    output_tokens?: number | null;
    rejected?: boolean;
  },
): void {
  const { ask, target, probe, health, at_ms } = reported;
  endAttempt(reported);
  const cool_ms = taught.cool_ms ?? null;
  health.report(ask.organization_id, {
    connection_id: target.connection.id,
    model: target.model,
    result: taught.result,
    cool_until_ms: cool_ms === null ? null : at_ms + cool_ms,
    probe,
    ttft_ms: taught.ttft_ms ?? null,
    latency_ms: taught.latency_ms ?? null,
    output_tokens: taught.output_tokens ?? null,
    at_ms,
    ...(taught.rejected === true ? { rejected: true } : {}),
  });
}
