import type {
  ClockPort,
  KeyPolicy,
  LimitsView,
  OrganizationSettings,
  RateAnswer,
  RateLimitPort,
  RatePart,
  RateScope,
} from '@sluice/contract';
import { RefusedError } from '../budgets/refusal.ts';
import { outputCeiling } from '../limits/count-tokens.ts';
import type { GatewayRequest } from '../request.ts';
import { outputAsked } from '../token-estimate.ts';
import { rateSubjects } from './rate-subjects.ts';
import type { Plan } from './route.ts';

/** What a request has taken of the rate limits that its key shares with others. */
export interface TakenRates {
  parts: readonly RatePart[];
  limits: LimitsView | null;
  /** To send upstream as the output limit; `null` = what was asked fits into a minute's tokens. */
  output_tokens_max: number | null;
  degraded: string[];
}

const HOLD_GRACE_MS = 30_000;

/**
 * The first half of stage 4, before any money is held: counts a request under the rate limits of its organization,
 * project, user and address. `null`, without a call, where nobody set any.
 * @param round of admission: each counts anew, under a name of its own.
 * @throws GatewayError rate_limit_exceeded, concurrency_limit_exceeded: then nothing is counted anywhere
 */
export function takeRates(
  request: GatewayRequest,
  policy: KeyPolicy,
  settings: OrganizationSettings,
  plan: Pick<Plan, 'targets' | 'input'>,
  total_ms: number,
  round: number,
  { rates, clock }: { rates?: RateLimitPort; clock: ClockPort },
): TakenRates | null | Promise<TakenRates> {
  if (rates === undefined || (settings.rate_rules === undefined && !rates.with_keys)) return null;
  const subjects = rateSubjects(request, policy, settings, rates.with_keys);
  if (subjects.length === 0) return null;
  const input_tokens = plan.input.upper_tokens;
  let asked = 0;
  for (const target of plan.targets) asked = Math.max(asked, outputAsked(request, target.abilities));
  let ceiling = Number.POSITIVE_INFINITY;
  for (const { limits } of subjects) ceiling = Math.min(ceiling, outputCeiling(limits, input_tokens));
  const choices = request.asked.n ?? 1;
  const least = Math.min(asked, choices);
  const output_tokens = Math.max(least, Math.min(asked, ceiling));
  const answered = rates.take({
    request_id: round === 0 ? request.request_id : `${request.request_id}:${round}`,
    subjects,
    time_zone: settings.time_zone,
    input_tokens,
    output_tokens,
    expires_in_ms: total_ms + HOLD_GRACE_MS,
  });
  const lowered = output_tokens < asked ? Math.max(1, Math.floor(output_tokens / choices)) : null;
  return answered instanceof Promise
    ? answered.then((answer) => takenOf(answer, lowered, clock))
    : takenOf(answered, lowered, clock);
}

function takenOf(answer: RateAnswer, output_tokens_max: number | null, clock: ClockPort): TakenRates {
  if (answer.kind === 'refused') throw refusalOf(answer, clock.now_ms());
  const degraded = answer.unchecked.map(
    ({ scope }) => `the rate limits of the ${WORDS[scope]} could not be checked in time and let this pass`,
  );
  if (output_tokens_max !== null)
    degraded.push(`output limit lowered to ${output_tokens_max} tokens: more never fits into a minute`);
  return { parts: answer.parts, limits: answer.limits, output_tokens_max, degraded };
}

const WORDS: Readonly<Record<RateScope, string>> = {
  organization: 'organization',
  project: 'project',
  user: 'user',
  ip: 'address',
  key: 'API key',
};

function refusalOf(refused: Extract<RateAnswer, { kind: 'refused' }>, now_ms: number): RefusedError {
  const { scope, limit, retry_after_ms, limits } = refused;
  const is_concurrency = limit === 'concurrency';
  const wait = retry_after_ms === null ? '' : ` Try again in ${Math.ceil(retry_after_ms / 1000)} s.`;
  const owner = `this ${WORDS[scope]}`;
  const message = is_concurrency
    ? `Too many requests of ${owner} are in flight.${wait}`
    : retry_after_ms === null
      ? `This request is larger than the limit of ${limit.replaceAll('_', ' ')} of ${owner} can ever let pass. Shorten it.`
      : `The limit of ${limit.replaceAll('_', ' ')} of ${owner} is reached.${wait}`;
  const resets_at = retry_after_ms === null ? null : new Date(now_ms + retry_after_ms).toISOString();
  return new RefusedError(is_concurrency ? 'concurrency_limit_exceeded' : 'rate_limit_exceeded', message, {
    retry_after_ms,
    extra: { scope, limit, resets_at },
    limits,
    model: null,
  });
}
