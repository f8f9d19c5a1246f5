import type { AttemptRecord, TraceRecord } from '@sluice/contract';
import { toUsd } from '../money.ts';
import { answeringAttempt, operationName, providerName, usageAttributes } from './gen-ai.ts';
import { renderContent } from './render-content.ts';
import type { Attributes, Span } from './span.ts';
import type { SpanIds } from './span-ids.ts';

/**
 * One span for the gateway (`server`, under the client's own span where it sent one) and one for each attempt (`client`)
 * under it. Tokens, cost and content stand on the attempt that answered, so that whoever adds up counts them once;
 * after a cache hit nobody was asked, and there are none.
 * @param with_content prompts and answers go along, where the record has them.
 */
export function renderSpans(record: TraceRecord, ids: SpanIds, with_content: boolean): Span[] {
  const { trace_id, gateway_span_id, attempt_span_ids } = ids;
  const trace_state = record.trace_context?.tracestate ?? null;
  const operation = operationName(record.door);
  const end_ms = record.at_ms + record.latency_ms;
  const answered_by = answeringAttempt(record);
  const spans: Span[] = [
    {
      trace_id,
      span_id: gateway_span_id,
      parent_span_id: ids.parent_span_id,
      parent_is_remote: ids.parent_span_id !== null,
      trace_state,
      name: `sluice ${operation}`,
      kind: 'server',
      start_ms: record.at_ms,
      end_ms,
      attributes: gatewayAttributes(record),
      failed: record.status >= 500 || record.ending === 'truncated' || record.ending === 'failed',
    },
  ];
  let begun_ms = record.at_ms + record.overhead_ms;
  for (const [at, attempt] of record.attempts.entries()) {
    const start_ms = attempt.at_ms ?? begun_ms;
    begun_ms = start_ms + attempt.latency_ms;
    const answer = at === answered_by ? answerAttributes(record, with_content) : {};
    spans.push({
      trace_id,
      span_id: attempt_span_ids[at] ?? gateway_span_id,
      parent_span_id: gateway_span_id,
      parent_is_remote: false,
      trace_state,
      name: `${operation} ${attempt.model}`,
      kind: 'client',
      start_ms,
      end_ms: begun_ms,
      attributes: { ...attemptAttributes(record, attempt, operation), ...answer },
      failed: attempt.error !== null,
    });
  }
  return spans;
}

function gatewayAttributes(record: TraceRecord): Attributes {
  const { error_code, cost_usd_nanos, ttft_ms, project_id, cache } = record;
  return {
    ...callerAttributes(record),
    'langfuse.trace.name': `sluice ${operationName(record.door)}`,
    'http.request.method': 'POST',
    'http.response.status_code': record.status,
    'sluice.request_id': record.request_id,
    'sluice.key_id': record.key_id,
    'sluice.door': record.door,
    'sluice.model_requested': record.model_requested,
    'sluice.routing.strategy': record.strategy,
    'sluice.routing.reason': record.reason,
    'sluice.ending': record.ending,
    'sluice.cache.status': record.cache_status,
    'sluice.attempts': record.attempts.length,
    'sluice.overhead_ms': record.overhead_ms,
    ...(project_id === null ? {} : { 'sluice.project_id': project_id }),
    ...(error_code === null ? {} : { 'error.type': error_code }),
    ...(cost_usd_nanos === null ? {} : { 'sluice.cost_usd': toUsd(cost_usd_nanos) }),
    ...(ttft_ms === null ? {} : { 'sluice.ttft_ms': ttft_ms }),
    ...(cache === undefined ? {} : { 'sluice.cache.kind': cache.kind }),
    ...(record.degraded.length === 0 ? {} : { 'sluice.degraded': record.degraded }),
    ...Object.fromEntries(
      Object.entries(record.metadata).map(([name, value]) => [`langfuse.trace.metadata.${name}`, value]),
    ),
  };
}

/**
 * On every span: Langfuse reads them off whichever it looks at. (langfuse.com/integrations/native/opentelemetry, read
 * 2026-11-21.)
 */
function callerAttributes({ user_id, session_id }: TraceRecord): Attributes {
  return {
    ...(user_id === null ? {} : { 'user.id': user_id, 'langfuse.user.id': user_id }),
    ...(session_id === null
      ? {}
      : {
          'session.id': session_id,
          'langfuse.session.id': session_id,
          'gen_ai.conversation.id': session_id,
        }),
  };
}

function attemptAttributes(record: TraceRecord, attempt: AttemptRecord, operation: string): Attributes {
  return {
    ...callerAttributes(record),
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': providerName(attempt.provider),
    'gen_ai.request.model': attempt.model,
    'gen_ai.request.stream': record.stream,
    'sluice.connection_id': attempt.connection_id,
    'sluice.attempt.role': attempt.role,
    ...(attempt.status === null ? {} : { 'http.response.status_code': attempt.status }),
    ...(attempt.error === null ? {} : { 'error.type': attempt.error }),
    ...(attempt.lost === true ? { 'sluice.attempt.lost': true } : {}),
  };
}

function answerAttributes(record: TraceRecord, with_content: boolean): Attributes {
  const { model, usage, finish_reason, cost_usd_nanos, ttft_ms, stream } = record;
  return {
    ...(model === null ? {} : { 'gen_ai.response.model': model }),
    ...(finish_reason === null ? {} : { 'gen_ai.response.finish_reasons': [finish_reason] }),
    ...(stream && ttft_ms !== null ? { 'gen_ai.response.time_to_first_chunk': ttft_ms / 1000 } : {}),
    ...(usage === null ? {} : usageAttributes(usage)),
    // Not of the conventions; where Langfuse reads what a call cost.
    ...(cost_usd_nanos === null ? {} : { 'gen_ai.usage.cost': toUsd(cost_usd_nanos) }),
    ...(with_content ? renderContent(record) : {}),
  };
}
