import type {
  AfterPort,
  ClockPort,
  RateAnswer,
  RateAsk,
  RateLimitPort,
  RatePart,
  RateSubject,
} from '@sluice/contract';
import { countTokens } from '@sluice/core/limits/count-tokens';
import { joinAnswers, type SubjectAnswer } from '@sluice/core/limits/join-answers';
import type { MeterAnswer, MeterAsk, MeterReturn } from '@sluice/core/limits/rate-meter';
import { SLICE_MS, SLICE_PREFIX } from '@sluice/core/limits/rate-slice';
import { createSliceHolder } from '@sluice/core/limits/slice-holder';
import { within } from '@sluice/core/limits/within';

/** The calls of `RateMeter`, as a stub offers them. */
export interface MeterStub {
  take(ask: string, back: string): Promise<string>;
  giveBack(back: string): Promise<void>;
}

export interface MeterNamespace {
  getByName(name: string): MeterStub;
}

export interface RateLimitPortOptions {
  after: AfterPort;
  clock: ClockPort;
  deadline_ms?: number;
  wait?: (ms: number) => Promise<void>;
}

/** What of one subject waits to be told, or not to be asked. */
interface Line {
  back: MeterReturn[];
  /** A delivery is planned. */
  planned: boolean;
  /** Until then somebody is already asking for a slice: a second one would go back unused. */
  slice_due_ms: number;
  /** Until when a subject that did not answer is not asked again. */
  blind_until_ms: number;
}

const DEADLINE_MS = 500;
const BLIND_MS = 1_000;
/** Ends of requests are told together, but those that others wait for at once. */
const BACK_MS = 250;
/** Where nothing is corrected at the end, a hold only has to outlive a refusal by somebody else. */
const SHORT_HOLD_MS = 10_000;
const BACK_MAX = 1_000;
const LINES_MAX = 5_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Rate limits counted by `RateMeter` objects: all subjects of a request are asked at once, and a hot one lends this
 * isolate slices, so that it is not asked each time. A subject that does not answer in time lets pass, is named in the
 * answer and in the log, and is not asked again for a second.
 *
 * @param namespace `env.RATE_METER`, whose objects are `RateMeter`s.
 */
export function createRateLimitPort(
  namespace: DurableObjectNamespace | MeterNamespace,
  options: RateLimitPortOptions,
): RateLimitPort {
  const meters = namespace as unknown as MeterNamespace;
  const { after, clock, deadline_ms = DEADLINE_MS, wait = sleep } = options;
  const slices = createSliceHolder();
  const lines = new Map<string, Line>();
  let failures = 0;
  let told_ms = Number.NEGATIVE_INFINITY;

  function requireLine(name: string): Line {
    let line = lines.get(name);
    if (line === undefined) {
      if (lines.size >= LINES_MAX) forgetIdle(lines);
      line = { back: [], planned: false, slice_due_ms: 0, blind_until_ms: 0 };
      lines.set(name, line);
    }
    return line;
  }

  async function ask(subject: RateSubject, request: RateAsk, tokens: number): Promise<SubjectAnswer> {
    const line = requireLine(subject.name);
    const rest = slices.drop(subject.name);
    if (rest !== null) line.back.push(rest);
    const now_ms = clock.now_ms();
    if (now_ms < line.blind_until_ms) return null;
    const back = line.back;
    line.back = [];
    const asked = meterAskOf(request, subject, tokens, now_ms >= line.slice_due_ms);
    if (asked.slice_wanted) line.slice_due_ms = now_ms + deadline_ms;
    try {
      const call = meters.getByName(subject.name).take(JSON.stringify(asked), renderBack(back));
      const answer = JSON.parse(
        await within(deadline_ms, call, `The meter did not answer within ${deadline_ms} ms.`),
      ) as MeterAnswer;
      if (answer.kind === 'admitted' && answer.slice !== null) {
        const { slice_id } = answer.slice;
        slices.put(subject.name, answer.slice, subject.limits, answer.limits);
        after(
          'rate slice',
          wait(SLICE_MS).then(() => returnSlice(subject.name, slice_id)),
        );
      }
      return answer;
    } catch (error) {
      // Repeated ends of single requests change nothing; those of slices might.
      line.back.push(...back.filter((one) => !isSliced(one)).slice(-BACK_MAX));
      line.blind_until_ms = clock.now_ms() + BLIND_MS;
      tellOfFailure(subject, error);
      return null;
    } finally {
      if (asked.slice_wanted) line.slice_due_ms = 0;
    }
  }

  async function returnSlice(name: string, slice_id: string): Promise<void> {
    const rest = slices.drop(name, slice_id);
    if (rest === null) return;
    requireLine(name).back.push(rest);
    await deliver(name);
  }

  async function deliver(name: string): Promise<void> {
    const line = requireLine(name);
    if (line.back.length === 0) return;
    const back = line.back;
    line.back = [];
    // What is lost on the way expires: a limit is then tighter for a while, never wider.
    await meters.getByName(name).giveBack(renderBack(back));
  }

  function sendBack({ name, limits }: RateSubject, back: MeterReturn, at_once: boolean): void {
    const line = requireLine(name);
    line.back.push(back);
    if (at_once || (limits.concurrency !== null && !isSliced(back))) {
      after('rate return', deliver(name));
    } else if (!line.planned) {
      line.planned = true;
      const due = wait(BACK_MS).then(() => {
        line.planned = false;
        return deliver(name);
      });
      after('rate return', due);
    }
  }

  function giveBack(part: RatePart): void {
    const { subject, hold_id, tokens } = part;
    if (slices.restore(subject.name, hold_id, tokens)) return;
    sendBack(subject, { hold_id, of: 'request', requests: 1, tokens }, true);
  }

  /** One line a second at most, with how many there were. */
  function tellOfFailure({ scope }: RateSubject, error: unknown): void {
    failures++;
    const now_ms = clock.now_ms();
    if (now_ms - told_ms < 1_000) return;
    told_ms = now_ms;
    console.error(JSON.stringify({ event: 'rate_limits_unchecked', scope, failures, error: String(error) }));
  }

  return {
    with_keys: false,

    take(asked) {
      const now_ms = clock.now_ms();
      const parts: RatePart[] = [];
      const answers: (SubjectAnswer | Promise<SubjectAnswer>)[] = [];
      let local = true;
      for (const subject of asked.subjects) {
        const { name, limits } = subject;
        const tokens =
          limits.tokens_per_minute === null
            ? 0
            : countTokens(limits, asked.input_tokens, asked.output_tokens);
        const found = slices.take(name, limits, tokens, now_ms);
        parts.push({ subject, hold_id: found?.slice_id ?? asked.request_id, tokens });
        if (found !== null) {
          answers.push({ kind: 'admitted', limits: found.view });
          continue;
        }
        local = false;
        answers.push(ask(subject, asked, tokens));
      }
      const join = (known: SubjectAnswer[]): RateAnswer => {
        const answer = joinAnswers(parts, known);
        if (answer.kind === 'refused')
          parts.forEach((part, i) => {
            // Whoever did not answer may have taken it all the same.
            if (known[i]?.kind !== 'refused') giveBack(part);
          });
        return answer;
      };
      return local ? join(answers as SubjectAnswer[]) : Promise.all(answers).then(join);
    },

    giveBack(parts) {
      for (const part of parts) giveBack(part);
    },

    settle(parts, used) {
      for (const { subject, hold_id, tokens } of parts) {
        const { limits } = subject;
        if (!isCorrected(subject)) continue;
        const spent =
          limits.tokens_per_minute === null ? 0 : countTokens(limits, used.input_tokens, used.output_tokens);
        sendBack(subject, { hold_id, of: 'request', requests: 0, tokens: tokens - spent }, false);
      }
    },
  };
}

const isSliced = ({ hold_id }: MeterReturn): boolean => hold_id.startsWith(SLICE_PREFIX);

/** Whether anything changes when a request ends. */
const isCorrected = ({ limits }: RateSubject): boolean =>
  limits.tokens_per_minute !== null || limits.concurrency !== null;

function meterAskOf(asked: RateAsk, subject: RateSubject, tokens: number, slice_wanted: boolean): MeterAsk {
  const expires_in_ms = isCorrected(subject) ? asked.expires_in_ms : SHORT_HOLD_MS;
  const { request_id: hold_id, time_zone } = asked;
  return { hold_id, limits: subject.limits, time_zone, tokens, expires_in_ms, slice_wanted };
}

const renderBack = (back: readonly MeterReturn[]): string => (back.length === 0 ? '' : JSON.stringify(back));

function forgetIdle(lines: Map<string, Line>): void {
  for (const [name, { back, planned }] of lines) if (back.length === 0 && !planned) lines.delete(name);
}
