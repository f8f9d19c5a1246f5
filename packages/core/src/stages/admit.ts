import {
  type AdmitAnswer,
  type AdmitAsk,
  type ClockPort,
  GatewayError,
  type KeyPolicy,
  type LimitsView,
  NO_LIMITS_VIEW,
  type RoutingConfig,
  type TokenLimits,
  type TokenScope,
} from '@sluice/contract';
import type { Scopes } from '../budgets/find-scopes.ts';
import { fitRequestLimits } from '../budgets/fit-request-limits.ts';
import { refusalError } from '../budgets/refusal.ts';
import { ledgerOf } from '../limits/shards.ts';
import { type WorstCase, worstCaseOf } from '../money.ts';
import type { GatewayRequest } from '../request.ts';
import { outputAsked } from '../token-estimate.ts';
import type { Plan } from './route.ts';

/** Admits by one call, with whatever settlements of the key are waiting to ride along. */
export type AdmitPort = (key_id: string, ask: AdmitAsk) => Promise<AdmitAnswer> | AdmitAnswer;

export type Admission =
  | {
      kind: 'admitted';
      hold_id: string;
      held_usd_nanos: number;
      limits: LimitsView;
      /** To send upstream as the output limit; `null` = the client's own, or the model's, stands. */
      output_tokens_max: number | null;
      /** The budget lowered what the client asked for. */
      lowered: boolean;
    }
  | { kind: 'policy_changed'; policy: KeyPolicy | null };

const OUTPUT_TOKENS_FLOOR = 16;
const HOLD_GRACE_MS = 30_000;

/**
 * Stage 4. One call to the key's ledger: rate, tokens, concurrency, and a hold on every budget, priced at the worst
 * case over the whole plan, so that no fallback can cost more than what is held.
 * @throws GatewayError budget_exceeded, per_request_limit_exceeded, budget_held, rate_limit_exceeded,
 *   concurrency_limit_exceeded, model_unpriced, limits_unavailable
 */
export async function admit(
  request: GatewayRequest,
  policy: KeyPolicy,
  plan: Plan,
  total_ms: number,
  ports: { admit: AdmitPort; clock: ClockPort },
  asking: Asking,
): Promise<Admission> {
  const { ask, known, wanted_tokens } = renderAsk(request, policy, plan, total_ms, asking);
  let answer: AdmitAnswer;
  try {
    const reply = ports.admit(ledgerOf(policy, request.request_id, policy.token !== undefined), ask);
    answer = reply instanceof Promise ? await reply : reply;
  } catch (cause) {
    if (isBudgeted(policy, asking.scopes))
      throw new GatewayError(
        'limits_unavailable',
        'The limits of this API key cannot be checked right now, and a budget holds for it. Try again shortly.',
        { retry_after_ms: 1000, cause },
      );
    // Without a budget, serving is the lesser evil: a rate limit fails open.
    return {
      kind: 'admitted',
      hold_id: ask.hold_id,
      held_usd_nanos: 0,
      limits: NO_LIMITS_VIEW,
      output_tokens_max: null,
      lowered: false,
    };
  }
  if (answer.kind === 'policy_changed') return answer;
  // A page learns that a budget is spent, and of how much only where it is its own user's.
  if (policy.token !== undefined && ask.token === undefined)
    answer = { ...answer, limits: withoutMoney(answer.limits) };
  if (answer.kind === 'refused') {
    const shown =
      policy.token === undefined ||
      (answer.budget?.scope === 'user' && answer.budget.subject === policy.token.user_id);
    throw refusalError(answer, request.bounds.unpriced, ports.clock.now_ms(), shown);
  }
  const lowered = answer.output_tokens < wanted_tokens;
  const choices = request.asked.n ?? 1;
  return {
    kind: 'admitted',
    hold_id: ask.hold_id,
    held_usd_nanos: answer.held_usd_nanos,
    limits: answer.limits,
    output_tokens_max: lowered || !known ? Math.max(1, Math.floor(answer.output_tokens / choices)) : null,
    lowered,
  };
}

const withoutMoney = (limits: LimitsView): LimitsView => ({
  ...limits,
  budget_remaining_usd_nanos: null,
  budget_held_usd_nanos: null,
});

/** Money must be held before anything is sent. @param scopes the shared budgets that the request touches. */
export const isBudgeted = (policy: KeyPolicy, scopes: Pick<Scopes, 'bounded'> | null): boolean =>
  scopes?.bounded === true ||
  policy.per_request_limit_usd_nanos !== null ||
  policy.budgets.some((budget) => budget.hard);

/** What an admission is asked with, beside the request and its plan. */
export interface Asking {
  times: Times;
  scopes: Scopes | null;
  /** That `scopes` follow from. */
  config_version: number;
  /** What is asked beside the answer, as the vector of its question, costs at most. */
  beside_usd_nanos: number;
}

/** How many targets may read the input, and write the whole output, of one request. */
export interface Times {
  input: number;
  output: number;
}

const ONCE: Times = { input: 1, output: 1 };

/** A stream may be taken over by a second target, and a request may be asked of two at once. */
export function timesOf(
  { asked, hints, door }: Pick<GatewayRequest, 'asked' | 'hints' | 'door'>,
  plan: Pick<Plan, 'targets' | 'fallback'>,
  { stream_failover, hedge_after_ms }: Pick<RoutingConfig, 'stream_failover' | 'hedge_after_ms'>,
): Times {
  if (plan.targets.length < 2 || !plan.fallback) return ONCE;
  const policy = hints.stream_failover ?? stream_failover;
  const continues = asked.stream === true && door.operation === 'chat' && policy !== 'stop' ? 1 : 0;
  const hedges = hedge_after_ms === null ? 0 : 1;
  return { input: 1 + continues + hedges, output: 1 + hedges };
}

/** A shared budget cannot be held to a price that nobody knows. */
const UNPRICED: Extract<AdmitAnswer, { kind: 'refused' }> = {
  kind: 'refused',
  code: 'model_unpriced',
  limit: 'model',
  retry_after_ms: null,
  budget: null,
  limits: NO_LIMITS_VIEW,
};

const NO_COST: WorstCase = { input_usd_nanos: 0, output_usd_nanos_per_mtok: 0 };

function renderAsk(
  request: GatewayRequest,
  policy: KeyPolicy,
  plan: Plan,
  total_ms: number,
  { times, scopes, config_version, beside_usd_nanos }: Asking,
): { ask: AdmitAsk; known: boolean; wanted_tokens: number } {
  const { bounds, hints } = request;
  let input_usd_nanos = 0;
  let output_price = 0;
  let output_tokens = 0;
  let priced = bounds.unpriced === undefined;
  let known = true;
  for (const target of plan.targets) {
    const worst = bounds.free
      ? NO_COST
      : worstCaseOf(target.prices, plan.input.upper_tokens, plan.input, bounds);
    if (worst === null) priced = false;
    else {
      input_usd_nanos = Math.max(input_usd_nanos, worst.input_usd_nanos);
      output_price = Math.max(output_price, worst.output_usd_nanos_per_mtok);
    }
    if (bounds.output_tokens === null && target.abilities.output_tokens_max === null) known = false;
    output_tokens = Math.max(output_tokens, outputAsked(request, target.abilities));
  }
  const choices = request.asked.n ?? 1;
  const ask: AdmitAsk = {
    hold_id: request.request_id,
    policy_version: policy.version,
    input_tokens: plan.input.upper_tokens,
    input_usd_nanos: input_usd_nanos * times.input + beside_usd_nanos,
    output_tokens,
    output_usd_nanos_per_mtok: output_price * times.output,
    output_tokens_floor: Math.min(bounds.output_tokens_floor ?? OUTPUT_TOKENS_FLOOR * choices, output_tokens),
    priced,
    expires_in_ms: total_ms + HOLD_GRACE_MS,
  };
  const token = policy.token === undefined ? null : limitsOf(policy.token);
  if (token !== null) ask.token = token;
  if (hints.budget_wait_ms !== undefined) ask.wait_ms = hints.budget_wait_ms;
  if (scopes !== null) {
    if (!priced && scopes.bounded) throw refusalError(UNPRICED, bounds.unpriced, 0);
    fitRequestLimits(ask, scopes, plan, bounds, times);
    if (scopes.names.length > 0) {
      ask.scopes = scopes.names;
      ask.config_version = config_version;
    }
  }
  // A model of unknown length under a budget must be told where to stop, or the hold is no upper bound.
  return { ask, known: known || !isBudgeted(policy, scopes), wanted_tokens: output_tokens };
}

/** Limits of the token's own, for the ledger to count; `null` = it has none, and nothing is kept of it. */
export const limitsOf = ({
  token_id,
  expires_at_ms,
  spend_cap_usd_nanos,
  requests_per_minute,
}: TokenScope): TokenLimits | null =>
  spend_cap_usd_nanos === null && requests_per_minute === null
    ? null
    : { token_id, expires_at_ms, spend_cap_usd_nanos, requests_per_minute };
