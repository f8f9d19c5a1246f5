import type { CallAsk, HealthPort, Outcome, ProbePermit, Target } from '@sluice/contract';

export interface Reported {
  ask: Pick<CallAsk, 'organization_id'>;
  target: Target;
  probe: ProbePermit | null;
  health: HealthPort;
  at_ms: number;
}

/** Tells the health board what an attempt taught. Called once per attempt. */
export function reportOutcome(
  { ask, target, probe, health, at_ms }: Reported,
  taught: {
    result: Outcome['result'];
    cool_ms?: number | null;
    ttft_ms?: number | null;
    latency_ms?: number | null;
    output_tokens?: number | null;
  },
): void {
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
  });
}
