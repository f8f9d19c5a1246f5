import type { AnswerEvent, CallAsk, Leg, ProviderFailure, StreamEnd, Target, Usage } from '@sluice/contract';
import { costOf, worstCaseOf } from '../money.ts';
import { judge } from '../routing/verdict.ts';
import type { CallPorts } from '../stages/call.ts';
import { brokenBy } from '../streams/broken-by.ts';
import { breakOf, type OpenStream, type StreamFacts, seenOf } from '../streams/open-stream.ts';
import { noteShown, type Shown } from '../streams/shown.ts';
import { createSplice, type Splice } from '../streams/splice.ts';
import { endOfText } from '../streams/stream-head.ts';
import type { Broken, Sink, Taken, TakeOver } from '../streams/taken.ts';
import { noFacts, noteFacts } from '../streams/translate-stream.ts';
import { type Attempted, attempt } from './attempt.ts';
import { AttemptWatch } from './attempt-watch.ts';
import { KEEP_ALIVE } from './commit-in-time.ts';
import { type ContinuationMode, continuationOf } from './continuation-request.ts';
import { isHasty, timeoutsFor } from './deadlines.ts';
import { cleanFailure, failureOf } from './failures.ts';
import { beginAttempt, endAttempt, reportOutcome } from './outcome.ts';
import { protocolFor } from './protocol-for.ts';
import { failAttempt, findLeave, type Run, recordOf, renderFor } from './run.ts';
import { billedUsage } from './usage-estimate.ts';
import { withLegs } from './whole-answer.ts';

/** How often a client that waits for a successor is told that somebody is still there. */
const KEEP_ALIVE_EVERY_MS = 5_000;
const CHARS_PER_TOKEN = 4;
/** Fewer are not worth a call. */
const OUTPUT_TOKENS_MIN = 16;

/** Whether a stream of this request may be taken over at all. */
export const mayContinue = (ask: CallAsk): boolean =>
  ask.stream &&
  ask.door.operation === 'chat' &&
  ask.stream_failover !== undefined &&
  ask.stream_failover !== 'stop' &&
  (ask.asked.n ?? 1) === 1;

/** Failures of the provider, which somebody else need not have. */
const CURABLE: ReadonlySet<ProviderFailure['kind']> = new Set([
  'truncated',
  'timeout',
  'network',
  'malformed',
  'overloaded',
  'rate_limited',
]);

/** A stream that ran into its total deadline was slow, not dead; who left needs no rest. */
function mayTakeOver({ open, failure, shown }: Broken): boolean {
  const { cause } = open.watch;
  if (cause !== null && cause !== 'idle') return false;
  if (!CURABLE.has(failure.kind) || shown.obstacle !== null) return false;
  // Nobody can go on from words that a guard still holds back: under one, another answer begins or none does.
  return shown.text === '' || (open.ask.stream_failover === 'continue' && open.ask.guard == null);
}

/** @param targets that may take over, in order */
export const takeOverFrom =
  (ask: CallAsk, targets: Target[], run: Run, ports: CallPorts): TakeOver =>
  async (broken, sink) => {
    if (!mayTakeOver(broken)) return null;
    const { open, facts } = broken;
    const usage = billedUsage(ask, facts.usage, facts.output_chars, false);
    const work: Work = {
      ask,
      run,
      ports,
      sink,
      shown: broken.shown,
      legs: [...run.legs, { target: open.target, usage, attempt: open.record }],
      ttft_ms: open.ttft_ms,
      text: facts.text,
    };
    const alive = setInterval(() => void sink.writer.writeText(KEEP_ALIVE), KEEP_ALIVE_EVERY_MS);
    try {
      return await tryEach(work, targets, () => clearInterval(alive));
    } finally {
      clearInterval(alive);
      sink.writer.on_gone = null;
    }
  };

/** What is known while a broken stream is being gone on with. */
interface Work {
  ask: CallAsk;
  run: Run;
  ports: CallPorts;
  sink: Sink;
  shown: Shown;
  /** Everybody who is to be paid so far. */
  legs: Leg[];
  ttft_ms: number;
  text: string | null;
}

async function tryEach(work: Work, targets: Target[], onContent: () => void): Promise<Taken | null> {
  const { ask, run, ports, sink, shown } = work;
  let taken: Taken | null = null;
  for (const target of targets) {
    let mode = modeFor(ask, target, shown);
    // A model may turn out to refuse a prefill; it can still be asked to go on.
    for (let again = true; again; ) {
      again = false;
      if (sink.writer.broken || ask.client_gone.aborted || shown.obstacle !== null) return taken;
      if (ask.guard != null && shown.text !== '') return taken;
      const leave = await findLeave(ask, target, run, ports.health, ports.clock);
      if (leave === null) break;
      const begun = await begin(work, target, mode, leave.probe);
      if (begun === null) break;
      if ('failed' in begun) {
        if (mode === 'prefill' && begun.failed.kind === 'invalid_request') {
          mode = 'ask';
          again = true;
          continue;
        }
        // What the model makes of the instruction to go on is not what the client would be told.
        const passes_on = judge(begun.failed).fallback || begun.failed.kind === 'invalid_request';
        if (!passes_on) return taken;
        break;
      }
      onContent();
      const { end, last, differs } = await carry(work, begun, mode);
      taken = { end, last };
      if (last !== null || differs || end.ending === 'aborted') return taken;
    }
  }
  return taken;
}

function modeFor(ask: CallAsk, target: Target, shown: Shown): ContinuationMode {
  if (shown.text === '') return 'restart';
  const format = ask.asked['response_format'] as { type?: unknown } | null | undefined;
  // Half of a JSON text cannot be gone on with by a model that must write a whole one.
  if (format && format.type !== 'text') return 'restate';
  return target.abilities.prefill === true ? 'prefill' : 'ask';
}

interface Begun {
  open: OpenStream;
  tried: Extract<Attempted, { kind: 'stream' }>;
}

async function begin(
  work: Work,
  target: Target,
  wanted: ContinuationMode,
  probe: OpenStream['probe'],
): Promise<Begun | { failed: ProviderFailure } | null> {
  const { run, ports, sink, shown } = work;
  const protocol = protocolFor(target.provider, work.ask.door, target.model);
  const room = roomFor(work, target);
  if (protocol === null || room === 0) return null;
  const limited = { ...work.ask, output_tokens_max: smaller(work.ask.output_tokens_max, room) };
  let ask = continuationOf(limited, shown.text, wanted);
  let rendered = renderFor(ask, target, protocol, run);
  // Left out where the request as a whole does not allow one: then there would be nothing to go on from.
  if (wanted === 'prefill' && rendered?.dropped.includes('prefill')) {
    ask = continuationOf(limited, shown.text, 'ask');
    rendered = renderFor(ask, target, protocol, run);
  }
  if (rendered === null) return null;
  const record = recordOf(target, 'continuation');
  run.attempts.push(record);
  run.attempts_sent += 1;
  const relief = { first_byte: false, idle: true };
  const watch = new AttemptWatch(ask.client_gone, timeoutsFor(ask, target, relief), ports.clock);
  record.at_ms = watch.started_at_ms;
  sink.writer.on_gone = () => watch.end('client_gone');
  const { health, clock } = ports;
  beginAttempt({ ask, target, health, record });
  const tried = await attempt(ask, { target, protocol, rendered, translated: true }, watch, ports);
  record.latency_ms = watch.age_ms;
  const report = { ask, target, probe, health, at_ms: clock.now_ms(), record };
  if (tried.kind === 'failed') {
    watch.close();
    failAttempt(tried.failure, target, record, run, report, isHasty(watch.cause, ask, target, relief));
    return { failed: tried.failure };
  }
  if (tried.kind !== 'stream') {
    watch.close();
    reportOutcome(report, { result: 'neutral' });
    return null;
  }
  record.status = tried.status;
  watch.commit();
  const attempts = run.attempts;
  return {
    open: {
      ask,
      target,
      protocol,
      attempts,
      legs: work.legs,
      record,
      watch,
      relief,
      probe,
      ttft_ms: watch.age_ms,
      take_over: null,
    },
    tried,
  };
}

/** How many tokens the rest of the answer may have; `null` = as many as before, 0 = they cannot be paid. */
function roomFor({ ask, legs, shown }: Work, target: Target): number | null {
  const shown_tokens = Math.ceil(shown.text.length / CHARS_PER_TOKEN);
  const asked = ask.asked.max_completion_tokens ?? ask.asked.max_tokens ?? null;
  const rest = asked === null ? null : Math.max(1, asked - shown_tokens);
  const { hold } = ask;
  if (!hold) return rest;
  let left = hold.usd_nanos;
  for (const leg of legs) left -= costOf(leg.usage, leg.target.prices) ?? hold.usd_nanos;
  // The estimate of the input is half of what the hold was made with.
  const input_tokens = ask.input_tokens * 2 + shown.text.length + INSTRUCTION_TOKENS;
  const worst = worstCaseOf(target.prices, input_tokens, hold, { output_tokens: null, units: 0 });
  if (worst === null) return 0;
  left -= worst.input_usd_nanos;
  if (left < 0) return 0;
  const price = worst.output_usd_nanos_per_mtok;
  const paid = price === 0 ? null : Math.floor((left * 1e6) / price);
  const least = Math.min(OUTPUT_TOKENS_MIN, rest ?? OUTPUT_TOKENS_MIN);
  return paid !== null && paid < least ? 0 : smaller(paid, rest);
}

const INSTRUCTION_TOKENS = 100;

const smaller = (one: number | null, other: number | null): number | null =>
  one === null ? other : other === null ? one : Math.min(one, other);

/** Carries the successor's stream to its end, or to where it breaks or turns out to be another answer. */
async function carry(
  work: Work,
  { open, tried }: Begun,
  mode: ContinuationMode,
): Promise<Taken & { differs: boolean }> {
  const { head } = tried;
  if (head.kind === 'raw' || 'tee' in tried) throw new Error('A continuation is always translated.');
  const { reader } = tried;
  const { watch } = open;
  const { sink, shown } = work;
  const facts = noFacts(open.ask);
  const splice = mode === 'restart' ? null : createSplice(shown.text, mode === 'restate' ? 'restate' : mode);
  const over = watch.aborted().then(() => reader.cancel().catch(() => undefined));
  watch.finished = () => head.parser.complete;
  watch.patrol();
  let differs = false;
  const guard = work.ask.guard ?? null;
  guard?.restart();

  function write(event: AnswerEvent): string {
    if (event.type !== 'finish') noteShown(shown, event);
    return sink.renderer.push(event);
  }

  function show(events: AnswerEvent[]): Promise<void> | null {
    let out = '';
    for (const event of events) {
      noteFacts(event, facts);
      if (event.type === 'error') break;
      const next = spliced(event, splice, shown);
      if (next === null) {
        differs = true;
        break;
      }
      work.ask.tap?.events(next);
      for (const one of next)
        if (guard === null) out += write(one);
        else for (const allowed of guard.push(one)) out += write(allowed);
      if (guard?.blocked) break;
    }
    return out === '' ? null : sink.writer.writeText(out);
  }

  try {
    let full = show(head.events);
    const goesOn = (): boolean =>
      !differs && facts.failure === null && watch.cause === null && !guard?.blocked;
    for (let done = head.ended; !done && goesOn(); ) {
      if (full !== null) {
        watch.client_slow = true;
        await Promise.race([full, over]);
        watch.client_slow = false;
      }
      const read = await reader.read();
      watch.touch();
      done = read.done;
      full = show(
        read.done
          ? endOfText(head.parser, head.decoder)
          : head.parser.push(head.decoder.decode(read.value, { stream: true })),
      );
    }
  } catch (error) {
    if (watch.cause === null && !head.parser.complete) facts.failure ??= brokenBy(error, open.record.status);
  }
  facts.complete = head.parser.complete && !differs;
  if (differs)
    facts.failure = failureOf('malformed', 'Its words do not go on from what was shown.', open.record.status);
  reader.cancel().catch(() => undefined);
  watch.close();
  if (!facts.complete) watch.abort();
  if (guard !== null && breakOf(open, facts) === null) {
    let held = '';
    for (const event of await guard.finish(true)) held += write(event);
    if (held !== '') sink.writer.writeText(held);
  }
  return { ...conclude(work, open, facts), differs };
}

/** `null` = this is another answer. Where the text goes on is known only after some of it, so it may come late. */
function spliced(event: AnswerEvent, splice: Splice | null, shown: Shown): AnswerEvent[] | null {
  switch (event.type) {
    case 'start':
    case 'usage':
      return [];
    case 'text': {
      if (splice === null) return [event];
      const text = splice.push(event.text);
      return text === null ? null : text === '' ? [] : [{ ...event, text }];
    }
    case 'finish':
    case 'tool_call': {
      if (splice === null) return [event];
      const rest = splice.end();
      if (rest === null) return null;
      return rest === '' ? [event] : [{ type: 'text', choice: 0, text: rest }, event];
    }
    // What it thinks about going on is not what the first one thought.
    case 'reasoning':
    case 'reasoning_detail':
      return shown.text === '' ? [event] : [];
    case 'logprobs':
      return splice === null ? [event] : [];
    default:
      return [event];
  }
}

function conclude(work: Work, open: OpenStream, facts: StreamFacts): Taken {
  const { ports, run, legs, sink } = work;
  const { record, watch, target, probe } = open;
  const own = seenOf(open, facts);
  const failure = breakOf(open, facts);
  const ending =
    facts.complete && facts.failure === null
      ? 'complete'
      : watch.cause === 'client_gone' || sink.writer.broken
        ? 'aborted'
        : 'truncated';
  record.latency_ms = watch.age_ms;
  const { health, clock } = ports;
  const report = { ask: open.ask, target, probe, health, at_ms: clock.now_ms(), record };
  endAttempt(report);
  if (ending === 'truncated' && failure !== null) {
    record.error = failure.kind;
    record.message = cleanFailure(failure, target.connection).message;
    const verdict = judge(failure, true);
    const differs = failure.kind === 'malformed' && facts.failure === failure;
    reportOutcome(report, { result: differs ? 'neutral' : verdict.breaker, cool_ms: verdict.cool_ms });
  } else
    reportOutcome(report, {
      result: ending === 'complete' ? 'success' : 'neutral',
      ttft_ms: open.ttft_ms,
      latency_ms: ending === 'complete' ? watch.age_ms : null,
      output_tokens: ending === 'complete' ? (own.usage?.output_tokens ?? null) : null,
    });
  const seen = withLegs(
    { ...own, ttft_ms: work.ttft_ms, text: work.text === null ? null : work.text + (own.text ?? '') },
    legs,
    record,
  );
  if (own.usage !== null) legs.push({ target, usage: own.usage, attempt: record });
  work.text = seen.text;
  const end: StreamEnd = {
    ...seen,
    attempts: run.attempts,
    ending,
    failure: ending === 'truncated' ? failure : null,
  };
  const blocked = open.ask.guard?.blocked ?? null;
  if (blocked !== null) return { end, last: sink.renderer.fail(blocked, open.ask.request_id) };
  return { end, last: ending === 'complete' ? endText(work, end, seen.usage) : null };
}

/** The end of the one stream that the client has been reading: the usage of all, the receipt of all. */
function endText({ ask, sink }: Work, end: StreamEnd, usage: Usage | null): string {
  const { renderer } = sink;
  const counted = usage === null ? '' : renderer.push({ type: 'usage', usage });
  const receipt =
    ask.receipt !== null && (ask.include_usage || ask.receipt_in_stream) ? ask.receipt(end) : null;
  return counted + renderer.end(receipt);
}
