import { createTelemetryStore } from '@sluice/cloudflare/d1/telemetry';
import type { Env } from '@sluice/cloudflare/env';
import { forwardTraces } from '@sluice/cloudflare/telemetry/forward-traces';
import { createWebhookCallPorts, endpointProblem } from '@sluice/cloudflare/webhook-call';
import {
  type ExportResult,
  noUsage,
  type TelemetryExporter,
  type TelemetryHeaders,
  type TraceRecord,
} from '@sluice/contract';
import { clock, fetchManually, random } from './isolate-ports.ts';

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

/** Sends what a request would, of a request that was none. The first signal that fails is what is told. */
export async function testTelemetry(
  env: Env,
  exporter: TelemetryExporter,
  headers: TelemetryHeaders,
): Promise<ExportResult> {
  const { exportRecords } = await import('@sluice/cloudflare/telemetry/export-records');
  const ports = createExportPorts(env);
  let result: ExportResult | null = null;
  for (const signal of exporter.signals) {
    const before_ms: number = result?.duration_ms ?? 0;
    result = await exportRecords([testRecord(exporter.organization_id)], signal, exporter, headers, ports);
    result.duration_ms += before_ms;
    if (result.outcome !== 'taken') break;
  }
  return result ?? NOTHING_TO_SEND;
}

const NOTHING_TO_SEND: ExportResult = {
  outcome: 'rejected',
  status: null,
  error: 'It has no signals.',
  retry_after_ms: null,
  duration_ms: 0,
};

const testRecord = (organization_id: string): TraceRecord => ({
  request_id: `req_test${random.id(16)}`,
  organization_id,
  project_id: null,
  key_id: 'test',
  at_ms: clock.now_ms(),
  door: 'chat-completions',
  stream: false,
  model_requested: 'test',
  strategy: 'none',
  reason: 'a test of this exporter: no model was asked',
  candidates: [],
  attempts: [
    {
      connection_id: 'test',
      provider: 'sluice',
      model: 'test',
      status: 200,
      error: null,
      message: null,
      role: 'first',
      latency_ms: 1,
    },
  ],
  provider: 'sluice',
  connection_id: 'test',
  model: 'test',
  status: 200,
  error_code: null,
  finish_reason: 'stop',
  ending: 'complete',
  usage: noUsage(),
  cost_usd_nanos: 0,
  platform_fee_usd_nanos: 0,
  savings_usd_nanos: null,
  price_source: null,
  held_usd_nanos: 0,
  settled_usd_nanos: 0,
  latency_ms: 1,
  ttft_ms: null,
  overhead_ms: 0,
  cache_status: 'off',
  dropped_parameters: [],
  degraded: [],
  user_id: null,
  session_id: null,
  metadata: {},
  request_body: null,
  response_text: null,
});
