import type { AfterPort, ClockPort, RateLimitPort, RatePart } from '@sluice/contract';
import { countTokens } from '@sluice/core/limits/count-tokens';
import { joinAnswers, type SubjectAnswer } from '@sluice/core/limits/join-answers';
import { windowAt } from '@sluice/core/limits/windows';
import { within } from '@sluice/core/limits/within';
import { Redis } from '@upstash/redis/cloudflare';
import { endOf, giveBackOf, takeOf } from './upstash-subject.ts';

export interface UpstashOptions {
  url: string;
  token: string;
  after: AfterPort;
  clock: ClockPort;
  deadline_ms?: number;
}

/** What giving back must know beside the part itself. */
interface UpstashPart extends RatePart {
  day_end_ms: number;
}

const DEADLINE_MS = 500;
const BLIND_MS = 1_000;

/**
 * Rate limits counted in a Redis of Upstash: token buckets of `@upstash/ratelimit` for requests and tokens a minute,
 * two scripts for the day and for what is in flight. One pipelined call takes all of a request; where one limit
 * refuses, a second one takes back what others gave. A Redis that does not answer in time lets pass, is named in the
 * answer and in the log, and is not asked again for a second.
 *
 * Less exact than `RateMeter`: tokens that come back may have been refilled meanwhile, and what of them was used
 * beyond the reservation is charged only where it fits.
 */
export function createUpstashRateLimitPort(options: UpstashOptions): RateLimitPort {
  const { url, token, after, clock, deadline_ms = DEADLINE_MS } = options;
  let blind_until_ms = 0;
  let failures = 0;
  let told_ms = Number.NEGATIVE_INFINITY;
  const days = new Map<string, number>();

  // One for each request: commands that one pipeline collects must not belong to two of them.
  const connect = (): Redis =>
    new Redis({
      url,
      token,
      enableAutoPipelining: true,
      enableTelemetry: false,
      retry: false,
      signal: () => AbortSignal.timeout(deadline_ms),
    });

  function dayEnd(time_zone: string, now_ms: number): number {
    const known = days.get(time_zone);
    if (known !== undefined && now_ms < known && now_ms >= known - 93_600_000) return known;
    const end_ms = windowAt('daily', time_zone, now_ms).end_ms ?? 0;
    days.set(time_zone, end_ms);
    return end_ms;
  }

  function tellOfFailure(error: unknown): void {
    failures++;
    const now_ms = clock.now_ms();
    blind_until_ms = now_ms + BLIND_MS;
    if (now_ms - told_ms < 1_000) return;
    told_ms = now_ms;
    // The name only: a message of the client may quote what it sent.
    const name = error instanceof Error ? error.name : typeof error;
    console.error(
      JSON.stringify({ event: 'rate_limits_unchecked', backend: 'upstash', failures, error: name }),
    );
  }

  function giveBack(parts: readonly UpstashPart[]): Promise<unknown> {
    const redis = connect();
    const now_ms = clock.now_ms();
    return Promise.all(parts.map((part) => giveBackOf(redis, part.subject, { ...part, now_ms })));
  }

  return {
    with_keys: true,

    async take(asked) {
      const now_ms = clock.now_ms();
      const day_end_ms = dayEnd(asked.time_zone, now_ms);
      const parts: UpstashPart[] = asked.subjects.map((subject) => ({
        subject,
        hold_id: asked.request_id,
        tokens:
          subject.limits.tokens_per_minute === null
            ? 0
            : countTokens(subject.limits, asked.input_tokens, asked.output_tokens),
        day_end_ms,
      }));
      const none: SubjectAnswer[] = parts.map(() => null);
      if (now_ms < blind_until_ms) return joinAnswers(parts, none);
      const redis = connect();
      const expires_ms = now_ms + asked.expires_in_ms;
      let answers: SubjectAnswer[];
      try {
        answers = await within(
          deadline_ms,
          Promise.all(parts.map((part) => takeOf(redis, part.subject, { ...part, expires_ms, now_ms }))),
          `Redis did not answer within ${deadline_ms} ms.`,
        );
      } catch (error) {
        tellOfFailure(error);
        return joinAnswers(parts, none);
      }
      const answer = joinAnswers(parts, answers);
      if (answer.kind === 'refused') {
        const taken = parts.filter((_, i) => answers[i]?.kind === 'admitted');
        if (taken.length > 0) after('rate return', giveBack(taken));
      }
      return answer;
    },

    giveBack(parts) {
      after('rate return', giveBack(parts as readonly UpstashPart[]));
    },

    settle(parts, used) {
      const redis = connect();
      const now_ms = clock.now_ms();
      const ending = (parts as readonly UpstashPart[]).map((part) => {
        const { limits } = part.subject;
        const spent =
          limits.tokens_per_minute === null ? 0 : countTokens(limits, used.input_tokens, used.output_tokens);
        return endOf(redis, part.subject, { ...part, now_ms }, part.tokens - spent);
      });
      after('rate return', Promise.all(ending));
    },
  };
}
