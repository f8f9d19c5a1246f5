import {
  type AdmitAnswer,
  type AdmitAsk,
  type BudgetView,
  GatewayError,
  type KeyPolicy,
  type LimitsView,
  type RequestBounds,
  type RoutingConfig,
} from '@sluice/contract';
import { toUsd, type WorstCase, worstCaseOf } from '../money.ts';
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
  ports: { admit: AdmitPort },
  times: Times = ONCE,
): Promise<Admission> {
  const { ask, known } = renderAsk(request, policy, plan, total_ms, times);
  let answer: AdmitAnswer;
  try {
    const asking = ports.admit(policy.key_id, ask);
    answer = asking instanceof Promise ? await asking : asking;
  } catch (cause) {
    if (isBudgeted(policy))
      throw new GatewayError(
        'limits_unavailable',
        'The limits of this API key cannot be checked right now, and it has a budget. Try again shortly.',
        { retry_after_ms: 1000, cause },
      );
    // Without a budget, serving is the lesser evil: a rate limit fails open.
    return {
      kind: 'admitted',
      hold_id: ask.hold_id,
      held_usd_nanos: 0,
      limits: NO_LIMITS,
      output_tokens_max: null,
      lowered: false,
    };
  }
  if (answer.kind === 'refused') throw refusalError(answer, request.bounds);
  if (answer.kind === 'policy_changed') return answer;
  const lowered = answer.output_tokens < ask.output_tokens;
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

export const isBudgeted = (policy: KeyPolicy): boolean =>
  policy.per_request_limit_usd_nanos !== null || policy.budgets.some((budget) => budget.hard);

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

const NO_COST: WorstCase = { input_usd_nanos: 0, output_usd_nanos_per_mtok: 0 };

function renderAsk(
  request: GatewayRequest,
  policy: KeyPolicy,
  plan: Plan,
  total_ms: number,
  times: Times,
): { ask: AdmitAsk; known: boolean } {
  const { bounds } = request;
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
  return {
    ask: {
      hold_id: request.request_id,
      policy_version: policy.version,
      input_tokens: plan.input.upper_tokens,
      input_usd_nanos: input_usd_nanos * times.input,
      output_tokens,
      output_usd_nanos_per_mtok: output_price * times.output,
      output_tokens_floor: Math.min(
        bounds.output_tokens_floor ?? OUTPUT_TOKENS_FLOOR * choices,
        output_tokens,
      ),
      priced,
      expires_in_ms: total_ms + HOLD_GRACE_MS,
    },
    // A model of unknown length on a key with a budget must be told where to stop, or the hold is no upper bound.
    known: known || !isBudgeted(policy),
  };
}

const NO_LIMITS: LimitsView = {
  requests_limit: null,
  requests_remaining: null,
  requests_reset_ms: null,
  tokens_limit: null,
  tokens_remaining: null,
  tokens_reset_ms: null,
  budget_remaining_usd_nanos: null,
  budget_held_usd_nanos: null,
};

function refusalError(
  refused: Extract<AdmitAnswer, { kind: 'refused' }>,
  { unpriced }: RequestBounds,
): GatewayError {
  const extra: Record<string, unknown> = { limit: refused.limit };
  if (refused.budget !== null) Object.assign(extra, budgetExtra(refused.budget));
  const message =
    refused.code === 'model_unpriced' && unpriced !== undefined
      ? `This API key has a budget, and nobody can say beforehand what ${unpriced} will cost: its provider runs it and bills it by the call. Leave it out, or use a key without a hard budget.`
      : messageOf(refused);
  return new RefusedError(refused.code, message, {
    retry_after_ms: refused.retry_after_ms,
    extra,
    limits: refused.limits,
  });
}

/** A refusal of the ledger; carries the state of the limits for the headers of the error answer. */
export class RefusedError extends GatewayError {
  readonly limits: LimitsView;

  constructor(
    code: GatewayError['code'],
    message: string,
    details: { retry_after_ms: number | null; extra: Record<string, unknown>; limits: LimitsView },
  ) {
    super(code, message, details);
    this.limits = details.limits;
  }
}

const budgetExtra = (budget: BudgetView): Record<string, unknown> => ({
  scope: 'key',
  window: budget.window,
  limit_usd: toUsd(budget.limit_usd_nanos),
  spent_usd: toUsd(budget.spent_usd_nanos),
  held_usd: toUsd(budget.held_usd_nanos),
  resets_at: budget.resets_at_ms === null ? null : new Date(budget.resets_at_ms).toISOString(),
});

function messageOf(refused: Extract<AdmitAnswer, { kind: 'refused' }>): string {
  const wait =
    refused.retry_after_ms === null ? '' : ` Try again in ${Math.ceil(refused.retry_after_ms / 1000)} s.`;
  const budget = refused.budget;
  const money =
    budget === null
      ? ''
      : `${toUsd(budget.spent_usd_nanos)} of ${toUsd(budget.limit_usd_nanos)} dollars are spent and ${toUsd(budget.held_usd_nanos)} are held by requests in flight.`;
  switch (refused.code) {
    case 'budget_exceeded':
      return `The ${refused.limit} budget of this API key cannot pay for this request: ${money} Raise the budget, or wait for its next window.`;
    case 'budget_held':
      return `The rest of the ${refused.limit} budget is held by requests in flight: ${money}${wait}`;
    case 'per_request_limit_exceeded':
      return 'This request could cost more than the key allows for one request. Shorten it or lower max_tokens.';
    case 'model_unpriced':
      return 'This API key has a budget, and the price of this model is unknown. Set a price for it, or use another model.';
    case 'concurrency_limit_exceeded':
      return `Too many requests of this API key are in flight.${wait}`;
    case 'rate_limit_exceeded':
      return `This API key has reached its limit of ${refused.limit.replaceAll('_', ' ')}.${wait}`;
  }
}
