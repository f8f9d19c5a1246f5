import {
  type AfterPort,
  type AttemptRecord,
  type CallAsk,
  type CallResult,
  type ClockPort,
  type FetchPort,
  GatewayError,
  type HealthPort,
  type PipePort,
  type ProbePermit,
  type RandomPort,
  type Target,
} from '@sluice/contract';
import { answerAlone } from '../calling/answer-alone.ts';
import { type Attempted, attempt, type Sending } from '../calling/attempt.ts';
import { AttemptWatch } from '../calling/attempt-watch.ts';
import { commitInTime } from '../calling/commit-in-time.ts';
import { isHasty, type Relief, timeoutsFor } from '../calling/deadlines.ts';
import { billLoser } from '../calling/hedge.ts';
import { beginAttempt, endAttempt, type Reported, reportOutcome } from '../calling/outcome.ts';
import { pause } from '../calling/pause.ts';
import { protocolFor } from '../calling/protocol-for.ts';
import {
  createRun,
  failAttempt,
  findLeave,
  leaveToRetry,
  type Run,
  recordOf,
  renderFor,
} from '../calling/run.ts';
import { startStream } from '../calling/start-stream.ts';
import { mayContinue, takeOverFrom } from '../calling/take-over.ts';
import { tapWhole } from '../calling/tap-whole.ts';
import { renderWhole, withLegs } from '../calling/whole-answer.ts';
import { guardedSeen } from '../guards/guarded-end.ts';
import { withinOrNull } from '../limits/within.ts';
import { backoffMs } from '../routing/backoff.ts';
import type { RetryBudgets } from '../routing/retry-budget.ts';
import { soonestReturnMs } from '../routing/target-availability.ts';
import { clientError, noProviderError, type Verdict } from '../routing/verdict.ts';

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

/**
 * Stage 6. Tries the targets in order until one answers or begins to stream. A stream that dies after its first
 * content is taken over by the next target inside the same answer, where that is wanted and can be done rightly. Never
 * throws for what a provider, the network or the client does: failures are results.
 */
export function call(ask: CallAsk, ports: CallPorts): Promise<CallResult> {
  const run = createRun();
  const working = tryTargets(ask, run, ports);
  return ask.stream && ask.door.operation === 'chat' ? commitInTime(ask, run, working, ports) : working;
}

async function tryTargets(ask: CallAsk, run: Run, ports: CallPorts): Promise<CallResult> {
  const { health, clock } = ports;
  const targets = ask.fallback ? ask.plan : ask.plan.slice(0, 1);
  ports.retries.countRequest(ask.organization_id, clock.now_ms());
  let index = 0;
  let retries = 0;
  while (run.attempts_sent < ATTEMPTS_MAX) {
    const target = targets[index];
    if (target === undefined) break;
    if (run.left || ask.client_gone.aborted) return aborted(run);
    const leave =
      retries > 0 ? leaveToRetry(ask, target, ports) : await findLeave(ask, target, run, health, clock);
    const protocol = protocolFor(target.provider, ask.door, target.model);
    if (protocol?.answerAlone !== undefined) return answerAlone(ask, target, protocol, run.attempts, clock);
    const rendered = leave === null || protocol === null ? null : renderFor(ask, target, protocol, run);
    if (leave === null || protocol === null || rendered === null) {
      index += 1;
      retries = 0;
      continue;
    }
    const role = leave.probe !== null ? 'probe' : retries > 0 ? 'retry' : index === 0 ? 'first' : 'fallback';
    const leg = launch(ask, { target, protocol, rendered }, leave.probe, role, index, targets, run, ports);
    const hedges = ask.hedge_after_ms != null && retries === 0 && index === 0;
    const tried = hedges
      ? await hedged(leg, ask, targets, run, ports)
      : await conclude(leg, await leg.tried, ask, targets, run, ports);
    if ('result' in tried) return tried.result;
    const { verdict } = tried;
    const again =
      tried.index === index &&
      verdict.retry_same > retries &&
      leave.probe === null &&
      run.attempts_sent < ATTEMPTS_MAX;
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
    index = tried.index + 1;
    retries = 0;
  }
  return failedFor(ask, targets, run, ports);
}

/** One call that is under way. */
interface Running {
  sending: Sending;
  index: number;
  probe: ProbePermit | null;
  record: AttemptRecord;
  watch: AttemptWatch;
  relief: Relief;
  tried: Promise<Attempted>;
}

function launch(
  ask: CallAsk,
  sending: Sending,
  probe: ProbePermit | null,
  role: AttemptRecord['role'],
  index: number,
  targets: Target[],
  run: Run,
  ports: CallPorts,
): Running {
  const { target, rendered } = sending;
  const record = recordOf(target, role);
  run.attempts.push(record);
  run.attempts_sent += 1;
  run.sent = true;
  run.dropped = rendered.dropped;
  const behind = index + 1 < targets.length;
  const relief = { first_byte: behind, idle: behind && ask.guard == null && mayContinue(ask) };
  const watch = new AttemptWatch(ask.client_gone, timeoutsFor(ask, target, relief), ports.clock);
  run.watches.push(watch);
  record.at_ms = watch.started_at_ms;
  beginAttempt({ ask, target, health: ports.health, record });
  return { sending, index, probe, record, watch, relief, tried: attempt(ask, sending, watch, ports) };
}

type Concluded = { result: CallResult } | { verdict: Verdict; index: number };

/** One attempt: recorded once, reported once. */
async function conclude(
  leg: Running,
  tried: Attempted,
  ask: CallAsk,
  targets: Target[],
  run: Run,
  ports: CallPorts,
): Promise<Concluded> {
  const { clock, health } = ports;
  const { sending, record, watch, probe, relief, index } = leg;
  const { target } = sending;
  record.latency_ms = watch.age_ms;
  if (tried.kind === 'stream' || tried.kind === 'bytes') {
    record.status = tried.status;
    const take_over =
      tried.kind === 'stream' && index + 1 < targets.length && mayContinue(ask)
        ? takeOverFrom(ask, targets.slice(index + 1), run, ports)
        : null;
    const stream = startStream(
      { ask, ...sending, attempts: run.attempts, legs: run.legs, record, watch, probe, relief, take_over },
      tried,
      ports,
    );
    return { result: { ...stream, dropped: run.dropped } };
  }
  watch.close();
  const report = { ask, target, probe, health, at_ms: clock.now_ms(), record };
  if (tried.kind === 'client_gone') {
    reportOutcome(report, { result: 'neutral' });
    return { result: aborted(run) };
  }
  if (tried.kind === 'failed') {
    const hasty = isHasty(watch.cause, ask, target, relief);
    return { verdict: failAttempt(tried.failure, target, record, run, report, hasty), index };
  }
  if (ask.tap != null) tapWhole(ask.tap, tried, sending.protocol);
  // No answer is passed on unread where a guard looks at it.
  const judged =
    ask.guard != null && tried.kind === 'translated'
      ? { ...tried, answer: await ask.guard.judge(tried.answer) }
      : tried;
  return { result: answer(ask, target, judged, record, run, report, clock) };
}

/**
 * The first target, and beside it the next one when it has shown nothing for a while. Whoever shows something first
 * answers; the other is let go, and both are paid.
 */
async function hedged(
  first: Running,
  ask: CallAsk,
  targets: Target[],
  run: Run,
  ports: CallPorts,
): Promise<Concluded> {
  const early = await withinOrNull(ask.hedge_after_ms ?? 0, first.tried);
  const second = early === null ? launchBeside(first, ask, targets, run, ports) : null;
  if (second === null) return conclude(first, early ?? (await first.tried), ask, targets, run, ports);
  let leg = first;
  let other = second;
  let tried = await Promise.race([
    first.tried,
    second.tried.then((one) => {
      [leg, other] = [second, first];
      return one;
    }),
  ]);
  if (tried.kind === 'failed') {
    const failed = await conclude(leg, tried, ask, targets, run, ports);
    if ('result' in failed) return failed;
    if (!failed.verdict.fallback) {
      letGo(other, ask, run, ports);
      return failed;
    }
    [leg, other] = [other, leg];
    tried = await leg.tried;
    const last = await conclude(leg, tried, ask, targets, run, ports);
    return 'result' in last ? last : { ...last, index: second.index };
  }
  if (tried.kind !== 'client_gone') letGo(other, ask, run, ports);
  else {
    other.watch.end('client_gone');
    endLoser(other, ask, ports);
  }
  return conclude(leg, tried, ask, targets, run, ports);
}

/** The target behind the first, where it can be asked at once and the retry budget allows one more call. */
function launchBeside(
  first: Running,
  ask: CallAsk,
  targets: Target[],
  run: Run,
  ports: CallPorts,
): Running | null {
  const index = first.index + 1;
  const target = targets[index];
  if (target === undefined || run.left || ask.client_gone.aborted) return null;
  const protocol = protocolFor(target.provider, ask.door, target.model);
  if (protocol === null || protocol.answerAlone !== undefined) return null;
  if (leaveToRetry(ask, target, ports) === null) return null;
  if (!ports.retries.takeRetry(ask.organization_id, ports.clock.now_ms())) return null;
  const rendered = renderFor(ask, target, protocol, run);
  if (rendered === null) return null;
  return launch(ask, { target, protocol, rendered }, null, 'hedge', index, targets, run, ports);
}

/** The slower of two: stopped, and paid for what it has taken in. */
function letGo(leg: Running, ask: CallAsk, run: Run, ports: CallPorts): void {
  leg.watch.end('lost');
  leg.record.lost = true;
  run.legs.push(billLoser(ask, leg.sending.target, leg.record));
  endLoser(leg, ask, ports);
}

function endLoser(leg: Running, ask: CallAsk, { health, clock }: CallPorts): void {
  leg.record.latency_ms = leg.watch.age_ms;
  leg.watch.close();
  const { record, probe } = leg;
  const { target } = leg.sending;
  reportOutcome({ ask, target, probe, health, at_ms: clock.now_ms(), record }, { result: 'neutral' });
}

function answer(
  ask: CallAsk,
  target: Target,
  whole: Extract<Attempted, { kind: 'translated' | 'passed' }>,
  record: AttemptRecord,
  run: Run,
  report: Reported,
  clock: ClockPort,
): CallResult {
  record.status = whole.status;
  // Before the receipt is written, which tells what the attempt cost.
  endAttempt(report);
  const rendered = renderWhole(ask, target, run.attempts, whole, clock, (seen) =>
    withLegs(seen, run.legs, record),
  );
  reportOutcome(report, {
    result: 'success',
    latency_ms: record.latency_ms,
    output_tokens: rendered.seen.usage?.output_tokens ?? null,
  });
  if (ask.guard != null) rendered.seen = guardedSeen(rendered.seen, ask.guard);
  return { ...rendered, dropped: run.dropped };
}

function failedFor(ask: CallAsk, targets: Target[], run: Run, ports: CallPorts): CallResult {
  const { attempts, sent, dropped } = run;
  const failed = { kind: 'failed', attempts, sent, dropped, aborted: false } as const;
  if (run.left || ask.client_gone.aborted) return aborted(run);
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
