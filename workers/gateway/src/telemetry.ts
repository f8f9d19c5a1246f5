import { createTelemetryStore } from '@sluice/cloudflare/d1/telemetry';
import type { Env } from '@sluice/cloudflare/env';
import { forwardTraces } from '@sluice/cloudflare/telemetry/forward-traces';
import { createWebhookCallPorts, endpointProblem } from '@sluice/cloudflare/webhook-call';
import type { TraceRecord } from '@sluice/contract';
import { clock, fetchManually } from './isolate-ports.ts';

/** Everything here is off the request path, and imported only when it is first used. */

/** Hands stored traces on to exporters; `null` = this deployment has no queue for it. */
export function createForward(env: Env): ((records: readonly TraceRecord[]) => Promise<void>) | null {
  const { DB, TELEMETRY } = env;
  return TELEMETRY === undefined ? null : (records) => forwardTraces(records, { DB, TELEMETRY });
}

/** What calls to exporters need, as this deployment is set. */
export function createExportPorts(env: Env) {
  const call_ports = createWebhookCallPorts(env, fetchManually, clock.now_ms);
  return {
    fetch: fetchManually,
    now_ms: clock.now_ms,
    addressProblem: (url: string, exporter: { private_allowed: boolean }) =>
      endpointProblem(url, exporter, call_ports),
  };
}

export async function consumeTelemetryQueue(batch: MessageBatch<unknown>, env: Env): Promise<void> {
  // Encoders are only for those who export.
  const { consumeTelemetry } = await import('@sluice/cloudflare/queue/consume-telemetry');
  await consumeTelemetry(batch, {
    ...createExportPorts(env),
    DB: env.DB,
    store: createTelemetryStore(env),
  });
}
