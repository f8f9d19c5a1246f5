import { type LimitsView, NO_LIMITS_VIEW, type RateLimitName, type RateSubject } from '@sluice/contract';
import { burstOf } from '@sluice/core/limits/plans';
import { longer, type MeterAnswer } from '@sluice/core/limits/rate-meter';
import { Ratelimit } from '@upstash/ratelimit';
import type { Redis } from '@upstash/redis/cloudflare';
import { bucketShape, bucketWait } from './bucket-shape.ts';
import { END_COUNTS, TAKE_COUNTS } from './count-scripts.ts';

export interface CountsAsk {
  hold_id: string;
  tokens: number;
  day_end_ms: number;
  expires_ms: number;
  now_ms: number;
}

/** One limit's answer, and how to take it back. */
interface Part {
  view: Partial<LimitsView>;
  refusal: Refusal | null;
  undo: (() => Promise<unknown>) | null;
}
type Refusal = { limit: RateLimitName; retry_after_ms: number | null };

const ASK_AGAIN_MS = 1_000;
/** Takes from every limit of one subject, or from none; all in one pipelined call where none refuses. */
export async function takeOf(redis: Redis, subject: RateSubject, ask: CountsAsk): Promise<MeterAnswer> {
  const { limits } = subject;
  const parts = await Promise.all([
    limits.requests_per_minute === null
      ? null
      : takeBucket(redis, subject, 'requests_per_minute', limits.requests_per_minute, 1, ask.now_ms),
    limits.tokens_per_minute === null
      ? null
      : takeBucket(redis, subject, 'tokens_per_minute', limits.tokens_per_minute, ask.tokens, ask.now_ms),
    isCounted(subject) ? takeCounts(redis, subject, ask) : null,
  ]);
  let refusal: Refusal | null = null;
  const view: LimitsView = { ...NO_LIMITS_VIEW };
  for (const part of parts) {
    if (part === null) continue;
    Object.assign(view, part.view);
    if (part.refusal !== null) refusal = longer(refusal, part.refusal);
  }
  if (refusal === null) return { kind: 'admitted', limits: view, slice: null };
  await Promise.all(parts.map((part) => part?.undo?.()));
  return { kind: 'refused', ...refusal, limits: view };
}

/** The request was never made. */
export async function giveBackOf(
  redis: Redis,
  subject: RateSubject,
  ask: Omit<CountsAsk, 'expires_ms'>,
): Promise<void> {
  const { requests_per_minute, tokens_per_minute } = subject.limits;
  await Promise.all([
    requests_per_minute === null
      ? null
      : refund(redis, subject, 'requests_per_minute', requests_per_minute, 1),
    tokens_per_minute === null || ask.tokens === 0
      ? null
      : refund(redis, subject, 'tokens_per_minute', tokens_per_minute, ask.tokens),
    isCounted(subject) ? endCounts(redis, subject, ask, true) : null,
  ]);
}

/** The request has ended. @param unused of its tokens. */
export async function endOf(
  redis: Redis,
  subject: RateSubject,
  ask: Omit<CountsAsk, 'expires_ms'>,
  unused: number,
): Promise<void> {
  const { tokens_per_minute, concurrency } = subject.limits;
  await Promise.all([
    tokens_per_minute === null || unused === 0
      ? null
      : refund(redis, subject, 'tokens_per_minute', tokens_per_minute, unused),
    concurrency === null ? null : endCounts(redis, subject, ask, false),
  ]);
}

const isCounted = ({ limits }: RateSubject): boolean =>
  limits.requests_per_day !== null || limits.concurrency !== null;

type Minute = 'requests_per_minute' | 'tokens_per_minute';

function bucketOf(redis: Redis, { limits }: RateSubject, kind: Minute, per_minute: number) {
  const shape = bucketShape(per_minute);
  const burst = kind === 'requests_per_minute' ? burstOf(limits) : per_minute;
  const limiter = new Ratelimit({
    redis,
    limiter: Ratelimit.tokenBucket(shape.refill, `${shape.interval_ms} ms`, burst),
    prefix: `sluice:${kind}`,
    // What it remembers would know nothing of what comes back.
    ephemeralCache: false,
    analytics: false,
    timeout: 0,
  });
  return { limiter, shape, burst };
}

async function takeBucket(
  redis: Redis,
  subject: RateSubject,
  kind: Minute,
  per_minute: number,
  units: number,
  now_ms: number,
): Promise<Part> {
  const { limiter, shape, burst } = bucketOf(redis, subject, kind, per_minute);
  if (units > burst) return { view: {}, refusal: { limit: kind, retry_after_ms: null }, undo: null };
  // A rate of nothing would be read as one.
  const answer =
    units === 0 ? { success: true, remaining: burst } : await limiter.limit(subject.name, { rate: units });
  const remaining = answer.success ? answer.remaining : 0;
  const reset_ms = Math.ceil((burst - remaining) / shape.refill) * shape.interval_ms;
  const view =
    kind === 'requests_per_minute'
      ? { requests_limit: per_minute, requests_remaining: remaining, requests_reset_ms: reset_ms }
      : { tokens_limit: per_minute, tokens_remaining: remaining, tokens_reset_ms: reset_ms };
  if (answer.success)
    return {
      view,
      refusal: null,
      undo: units === 0 ? null : () => refund(redis, subject, kind, per_minute, units),
    };
  // The refusal does not say how much is there: a second look does.
  const left = await limiter.getRemaining(subject.name);
  const refilled_ms = left.reset - shape.interval_ms;
  return {
    view,
    refusal: { limit: kind, retry_after_ms: bucketWait(units, left.remaining, refilled_ms, shape, now_ms) },
    undo: null,
  };
}

/** Negative units take more. */
const refund = (
  redis: Redis,
  subject: RateSubject,
  kind: Minute,
  per_minute: number,
  units: number,
): Promise<unknown> =>
  bucketOf(redis, subject, kind, per_minute).limiter.limit(subject.name, { rate: -units });

const countKeys = ({ name }: RateSubject, day_end_ms: number): string[] => [
  `sluice:day:${name}:${day_end_ms}`,
  `sluice:in_flight:${name}`,
];

async function takeCounts(redis: Redis, subject: RateSubject, ask: CountsAsk): Promise<Part> {
  const { requests_per_day, concurrency } = subject.limits;
  const { now_ms, day_end_ms, hold_id, expires_ms } = ask;
  const [verdict, today] = await redis.eval<(string | number)[], [number, number, number]>(
    TAKE_COUNTS,
    countKeys(subject, day_end_ms),
    [now_ms, requests_per_day ?? -1, day_end_ms, concurrency ?? -1, hold_id, expires_ms],
  );
  const view: Partial<LimitsView> =
    requests_per_day === null || subject.limits.requests_per_minute !== null
      ? {}
      : {
          requests_limit: requests_per_day,
          requests_remaining: Math.max(0, requests_per_day - today),
          requests_reset_ms: day_end_ms - now_ms,
        };
  if (verdict === 1) return { view, refusal: null, undo: () => endCounts(redis, subject, ask, true) };
  const refusal: Refusal =
    verdict === -1
      ? { limit: 'requests_per_day', retry_after_ms: Math.max(1, day_end_ms - now_ms) }
      : { limit: 'concurrency', retry_after_ms: ASK_AGAIN_MS };
  return { view, refusal, undo: null };
}

const endCounts = (
  redis: Redis,
  subject: RateSubject,
  { hold_id, day_end_ms }: Pick<CountsAsk, 'hold_id' | 'day_end_ms'>,
  never: boolean,
): Promise<unknown> =>
  redis.eval(END_COUNTS, countKeys(subject, day_end_ms), [
    hold_id,
    never && subject.limits.requests_per_day !== null ? 1 : 0,
  ]);
