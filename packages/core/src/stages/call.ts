import {
  type AfterPort,
  type AnyProtocol,
  type AttemptRecord,
  type CallAsk,
  type CallResult,
  type ClockPort,
  DOOR_NOTES,
  type FetchPort,
  GatewayError,
  type HealthPort,
  type PipePort,
  type ProbePermit,
  type ProviderFailure,
  type RandomPort,
  type RenderedRequest,
  type Target,
} from '@sluice/contract';
import { answerAlone } from '../calling/answer-alone.ts';
import { type Attempted, attempt, type Sending } from '../calling/attempt.ts';
import { AttemptWatch } from '../calling/attempt-watch.ts';
import { isHasty, timeoutsFor } from '../calling/deadlines.ts';
import { reportOutcome } from '../calling/outcome.ts';
import { pause } from '../calling/pause.ts';
import { protocolFor } from '../calling/protocol-for.ts';
import { startStream } from '../calling/start-stream.ts';
import { renderWhole } from '../calling/whole-answer.ts';
import { backoffMs } from '../routing/backoff.ts';
import type { RetryBudgets } from '../routing/retry-budget.ts';
import { availability, soonestReturnMs } from '../routing/target-availability.ts';
import { clientError, judge, noProviderError, type Verdict } from '../routing/verdict.ts';
import { connectionProblem, staysInPlace } from '../upstream-address.ts';

export interface CallPorts {
  fetch: FetchPort;
  health: HealthPort;
  clock: ClockPort;
  random: RandomPort;
  after: AfterPort;
  pipe: PipePort;
  retries: RetryBudgets;
}

/** Calls to providers that one request may cause, retries included. */
const ATTEMPTS_MAX = 10;
const MESSAGE_CHARS_MAX = 500;

/**
 * Stage 6. Tries the targets in order until one answers or begins to stream; from a stream's first content on there
 * is no way back. Never throws for what a provider, the network or the client does: failures are results.
 */
export const call = (ask: CallAsk, ports: CallPorts): Promise<CallResult> => tryTargets(ask, ports);

/** What is known across the attempts of one request. */
interface Run {
  attempts: AttemptRecord[];
  dropped: string[];
  sent: boolean;
  /** Of the last attempt that reached a provider. */
  failure: ProviderFailure | null;
  /** The first target's own reason why the request cannot be put into its format. */
  refusal: GatewayError | null;
  /** Models that failed in a way that only another model can better. */
  failed_models: Set<string>;
}

async function tryTargets(ask: CallAsk, ports: CallPorts): Promise<CallResult> {
  const { health, clock } = ports;
  const run: Run = {
    attempts: [],
    dropped: [],
    sent: false,
    failure: null,
    refusal: null,
    failed_models: new Set(),
  };
  const targets = ask.fallback ? ask.plan : ask.plan.slice(0, 1);
  ports.retries.countRequest(ask.organization_id, clock.now_ms());
  let index = 0;
  let retries = 0;
  for (let n = 0; n < ATTEMPTS_MAX; ) {
    const target = targets[index];
    if (target === undefined) break;
    if (ask.client_gone.aborted) return aborted(run);
    const leave =
      retries > 0 ? leaveToRetry(ask, target, ports) : await findLeave(ask, target, run, health, clock);
    const protocol = protocolFor(target.provider, ask.door, target.model);
    if (protocol?.answerAlone !== undefined) return answerAlone(ask, target, protocol, run.attempts, clock);
    const rendered = leave === null || protocol === null ? null : render(ask, target, protocol, run);
    if (leave === null || protocol === null || rendered === null) {
      index += 1;
      retries = 0;
      continue;
    }
    n += 1;
    const role = leave.probe !== null ? 'probe' : retries > 0 ? 'retry' : index === 0 ? 'first' : 'fallback';
    const tried = await once(ask, { target, protocol, rendered }, { probe: leave.probe, role }, run, ports);
    if ('result' in tried) return tried.result;
    const { verdict } = tried;
    const again = verdict.retry_same > retries && leave.probe === null && n < ATTEMPTS_MAX;
    if (
      again &&
      leaveToRetry(ask, target, ports) !== null &&
      ports.retries.takeRetry(ask.organization_id, clock.now_ms())
    ) {
      const ms = backoffMs(retries, ports.random.number(), verdict.retry_wait_ms);
      retries += 1;
      await pause(ms, ask.client_gone);
      continue;
    }
    if (!verdict.fallback) break;
    if (verdict.other_model_only) run.failed_models.add(target.model);
    index += 1;
    retries = 0;
  }
  return failedFor(ask, targets, run, ports);
}

/** A breaker that opened since the first try refuses the second one too; a cooling is what the retry has waited for. */
function leaveToRetry(
  ask: CallAsk,
  target: Target,
  { health, clock }: Pick<CallPorts, 'health' | 'clock'>,
): { probe: null } | null {
  const { connection, model } = target;
  const { kind } = availability(health.peek(ask.organization_id), connection.id, model, clock.now_ms());
  return kind === 'open' || kind === 'probe' ? null : { probe: null };
}

/** Whether a target may be called now; `null` = pass it over. Costs a call only where it is half open. */
async function findLeave(
  ask: CallAsk,
  target: Target,
  run: Run,
  health: HealthPort,
  clock: ClockPort,
): Promise<{ probe: ProbePermit | null } | null> {
  if (run.failed_models.has(target.model)) return null;
  const { id } = target.connection;
  const found = availability(health.peek(ask.organization_id), id, target.model, clock.now_ms());
  if (found.kind === 'ready') return { probe: null };
  if (found.kind !== 'probe') return null;
  const probe = await health.probe(ask.organization_id, id, target.model);
  return probe === null ? null : { probe };
}

/** `null` when the target cannot carry the request: that is its limit, not a failure. */
function render(ask: CallAsk, target: Target, protocol: AnyProtocol, run: Run): RenderedRequest | null {
  try {
    const notes = protocol.id === ask.door.protocol ? undefined : ask.asked[DOOR_NOTES];
    if (notes?.needs_own_format) throw needsOwnFormat(notes.needs_own_format);
    refuseAddress(target);
    const rendered = protocol.renderRequest(ask.asked, {
      model: target.model,
      stream: ask.stream,
      output_tokens_max: ask.output_tokens_max,
      abilities: target.abilities,
      source: { protocol: ask.door.protocol, body_text: ask.body_text, headers: ask.client_headers },
    });
    if (!staysInPlace(rendered.path)) throw noModelName(target);
    if (notes === undefined || notes.own_format_only.length === 0) return rendered;
    return { ...rendered, dropped: [...rendered.dropped, ...notes.own_format_only] };
  } catch (thrown) {
    // What half a character cannot be encoded to.
    const error = thrown instanceof URIError ? noModelName(target) : thrown;
    if (!(error instanceof GatewayError)) throw error;
    run.refusal ??= error;
    run.attempts.push({
      ...recordOf(target, run.attempts.length === 0 ? 'first' : 'fallback'),
      error: 'invalid_request',
      message: error.message.slice(0, MESSAGE_CHARS_MAX),
    });
    return null;
  }
}

const needsOwnFormat = ({ param, message }: { param: string; message: string }): GatewayError =>
  new GatewayError('invalid_request', message, { param });

/** Checked when it was saved; since then the deployment may have closed its private networks. */
function refuseAddress({ connection }: Target): void {
  const problem = connectionProblem(connection);
  if (problem !== null)
    throw new GatewayError(
      'no_provider_available',
      `The base URL of the connection ${connection.id} may not be called: ${problem}.`,
    );
}

const noModelName = ({ provider, model }: Target): GatewayError =>
  new GatewayError(
    'invalid_request',
    `${JSON.stringify(model)} cannot be the name of a model at ${provider.id}.`,
    { param: 'model' },
  );

const recordOf = (target: Target, role: AttemptRecord['role']): AttemptRecord => ({
  connection_id: target.connection.id,
  provider: target.provider.id,
  model: target.model,
  status: null,
  error: null,
  message: null,
  role,
  latency_ms: 0,
});

/** One attempt: recorded once, reported once. */
async function once(
  ask: CallAsk,
  sending: Sending,
  leave: { probe: ProbePermit | null; role: AttemptRecord['role'] },
  run: Run,
  ports: CallPorts,
): Promise<{ result: CallResult } | { verdict: Verdict }> {
  const { clock, health } = ports;
  const { probe } = leave;
  const { target, rendered } = sending;
  const record = recordOf(target, leave.role);
  run.attempts.push(record);
  run.sent = true;
  run.dropped = rendered.dropped;
  const watch = new AttemptWatch(ask.client_gone, timeoutsFor(ask, target), clock);
  const tried = await attempt(ask, sending, watch, ports);
  record.latency_ms = watch.age_ms;
  if (tried.kind === 'stream' || tried.kind === 'bytes') {
    record.status = tried.status;
    const stream = startStream(
      { ask, ...sending, attempts: run.attempts, record, watch, probe },
      tried,
      ports,
    );
    return { result: { ...stream, dropped: run.dropped } };
  }
  watch.close();
  const report = { ask, target, probe, health, at_ms: clock.now_ms() };
  if (tried.kind === 'client_gone') {
    reportOutcome(report, { result: 'neutral' });
    return { result: aborted(run) };
  }
  if (tried.kind === 'failed') {
    return { verdict: fail(tried.failure, record, run, report, isHasty(watch.cause, ask, target)) };
  }
  return { result: answer(ask, target, tried, record, run, report, clock) };
}

function fail(
  failure: ProviderFailure,
  record: AttemptRecord,
  run: Run,
  report: Parameters<typeof reportOutcome>[0],
  hasty: boolean,
): Verdict {
  const verdict = judge(failure);
  record.status = failure.status;
  record.error = failure.kind;
  record.message = failure.message.slice(0, MESSAGE_CHARS_MAX);
  run.failure = failure;
  reportOutcome(report, { result: hasty ? 'neutral' : verdict.breaker, cool_ms: verdict.cool_ms });
  return verdict;
}

function answer(
  ask: CallAsk,
  target: Target,
  whole: Extract<Attempted, { kind: 'translated' | 'passed' }>,
  record: AttemptRecord,
  run: Run,
  report: Parameters<typeof reportOutcome>[0],
  clock: ClockPort,
): CallResult {
  record.status = whole.status;
  const rendered = renderWhole(ask, target, run.attempts, whole, clock);
  reportOutcome(report, {
    result: 'success',
    latency_ms: record.latency_ms,
    output_tokens: rendered.seen.usage?.output_tokens ?? null,
  });
  return { ...rendered, dropped: run.dropped };
}

function failedFor(ask: CallAsk, targets: Target[], run: Run, ports: CallPorts): CallResult {
  const { attempts, sent, dropped } = run;
  const failed = { kind: 'failed', attempts, sent, dropped, aborted: false } as const;
  if (ask.client_gone.aborted) return aborted(run);
  const now_ms = ports.clock.now_ms();
  if (run.failure !== null) return { ...failed, error: clientError(run.failure, attempts) };
  if (run.refusal !== null) return { ...failed, error: run.refusal };
  const named = targets.map(({ connection, model }) => ({ connection_id: connection.id, model }));
  const wait_ms = soonestReturnMs(ports.health.peek(ask.organization_id), named, now_ms);
  return { ...failed, error: noProviderError(wait_ms) };
}

/** Nobody reads this error; it is for the trace. */
function aborted({ attempts, sent, dropped }: Run): CallResult {
  const error = new GatewayError('provider_error', 'The client left before an answer came.');
  return { kind: 'failed', attempts, error, sent, aborted: true, dropped };
}
