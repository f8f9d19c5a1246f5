import type {
  AfterPort,
  AnyProtocol,
  AttemptRecord,
  CallAsk,
  CallResult,
  ClockPort,
  HealthPort,
  Leg,
  PipePort,
  ProbePermit,
  RenderedRequest,
  StreamEnd,
  Target,
} from '@sluice/contract';
import { guardedEnd } from '../guards/guarded-end.ts';
import { judge } from '../routing/verdict.ts';
import { filterStream } from '../streams/filter-stream.ts';
import { endOf, type OpenStream, type RunningStream } from '../streams/open-stream.ts';
import { passStream } from '../streams/pass-stream.ts';
import { pipeBytes } from '../streams/pipe-bytes.ts';
import type { TakeOver } from '../streams/taken.ts';
import { translateStream } from '../streams/translate-stream.ts';
import type { Attempted } from './attempt.ts';
import type { AttemptWatch } from './attempt-watch.ts';
import { isHasty, type Relief } from './deadlines.ts';
import { cleanFailure } from './failures.ts';
import { nameAnswer } from './name-answer.ts';
import { reportOutcome } from './outcome.ts';
import { addsReceipt, dropsUsage } from './stream-changes.ts';
import { withLegs } from './whole-answer.ts';

export interface Begun {
  ask: CallAsk;
  target: Target;
  protocol: AnyProtocol;
  rendered: RenderedRequest;
  attempts: AttemptRecord[];
  record: AttemptRecord;
  watch: AttemptWatch;
  probe: ProbePermit | null;
  relief: Relief;
  legs: Leg[];
  take_over: TakeOver | null;
}

interface StreamPorts {
  health: HealthPort;
  clock: ClockPort;
  pipe: PipePort;
  after: AfterPort;
}

type Opened = Extract<Attempted, { kind: 'stream' | 'bytes' }>;

/** Joins a stream that has shown its first content to the client, in the cheapest way that its chunks allow. */
export function startStream(
  begun: Begun,
  opened: Opened,
  ports: StreamPorts,
): Omit<Extract<CallResult, { kind: 'stream' }>, 'dropped'> {
  const { target, attempts, watch } = begun;
  watch.commit();
  const open: OpenStream = { ...begun, ttft_ms: watch.age_ms };
  const { body, facts, closed } = join(open, begun, opened, ports);
  const ended = facts.then(async (found) => {
    const end = withLegs(endOf(open, found), open.legs, begun.record);
    begun.record.latency_ms = watch.age_ms;
    if (end.failure !== null) {
      begun.record.error = end.failure.kind;
      begun.record.message = cleanFailure(end.failure, target.connection).message;
    }
    reportEnd(open, begun.record, end, ports);
    if (open.ask.guard != null) {
      const taken = await closed;
      return guardedEnd(taken?.end ?? end, open.ask.guard);
    }
    if (end.ending !== 'truncated' || open.take_over === null) return end;
    return (await closed)?.end ?? end;
  });
  ports.after('stream', Promise.all([ended, closed]));
  const content_type = opened.kind === 'bytes' ? opened.content_type : null;
  return { kind: 'stream', target, attempts, body, ended, content_type };
}

function join(
  open: OpenStream,
  { protocol, rendered }: Begun,
  opened: Opened,
  ports: StreamPorts,
): RunningStream {
  const { ask, target } = open;
  if (opened.kind === 'bytes') return pipeBytes(open, opened.body, ports.pipe, protocol);
  const { head } = opened;
  const { pass_through } = protocol;
  if (head.kind === 'raw' && pass_through !== undefined) {
    if ('tee' in opened) return passStream(open, head, opened.tee, ports.pipe, pass_through);
    const changes = { drop_usage: dropsUsage(ask, rendered), with_receipt: addsReceipt(ask) };
    return filterStream(open, head, opened.reader, ports.pipe, pass_through, changes);
  }
  if (head.kind === 'raw' || 'tee' in opened) throw new Error('A raw head without a scanner cannot be.');
  const created = Math.floor(ports.clock.now_ms() / 1_000);
  const { input_tokens, asked } = ask;
  const own = { id: ask.door.answerId(ask.request_id), model: target.model, created, input_tokens, asked };
  return translateStream(open, head, opened.reader, ports.pipe, nameAnswer(head.events, own));
}

function reportEnd(
  open: OpenStream,
  record: AttemptRecord,
  end: StreamEnd,
  { health, clock }: StreamPorts,
): void {
  const report = {
    ask: open.ask,
    target: open.target,
    probe: open.probe,
    health,
    at_ms: clock.now_ms(),
    record,
  };
  if (end.failure !== null) {
    const { breaker, cool_ms } = judge(end.failure, true);
    const hasty = isHasty(open.watch.cause, open.ask, open.target, open.relief);
    reportOutcome(report, { result: hasty ? 'neutral' : breaker, cool_ms, ttft_ms: open.ttft_ms });
    return;
  }
  const complete = end.ending === 'complete';
  reportOutcome(report, {
    // The client left: the first content still proves that the target works, but nothing of its speed.
    result: complete ? 'success' : 'neutral',
    ttft_ms: open.ttft_ms,
    latency_ms: complete ? open.watch.age_ms : null,
    output_tokens: complete ? (end.usage?.output_tokens ?? null) : null,
  });
}
