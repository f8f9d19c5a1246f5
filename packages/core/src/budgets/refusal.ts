import {
  type AdmitAnswer,
  type BudgetScope,
  type BudgetView,
  GatewayError,
  type LimitsView,
  NO_LIMITS_VIEW,
} from '@sluice/contract';
import { toUsd } from '../money.ts';

type Refused = Extract<AdmitAnswer, { kind: 'refused' }>;

/** A refusal over limits; carries their state for the headers of the error answer. */
export class RefusedError extends GatewayError {
  readonly limits: LimitsView;
  /** The pattern of the model whose budget stands in the way; `null` = another model would not help. */
  readonly model: string | null;

  constructor(
    code: GatewayError['code'],
    message: string,
    details: {
      retry_after_ms: number | null;
      extra: Record<string, unknown>;
      limits: LimitsView;
      model: string | null;
    },
  ) {
    super(code, message, details);
    this.limits = details.limits;
    this.model = details.model;
  }
}

/**
 * @param unpriced what of the request nobody can price beforehand, in words; absent = the model itself.
 * @param shown false: the caller may not know how the budget stands, nor whose it is.
 */
export function refusalError(
  refused: Refused,
  unpriced: string | undefined,
  now_ms: number,
  shown = true,
): RefusedError {
  const { budget, code } = refused;
  const message =
    code === 'model_unpriced' && unpriced !== undefined
      ? `A hard budget holds for this API key, and nobody can say beforehand what ${unpriced} will cost: its provider runs it and bills it by the call. Leave it out, or use a key without a hard budget.`
      : messageOf(refused, shown ? budget : null);
  return new RefusedError(code, message, {
    retry_after_ms: refused.retry_after_ms ?? (code === 'budget_held' ? HELD_RETRY_MS : null),
    extra: {
      limit: refused.limit,
      ...(budget === null ? rateExtra(refused, now_ms) : budgetExtra(budget, shown)),
    },
    limits: refused.limits,
    model: budget?.scope === 'model' ? budget.subject : null,
  });
}

const HELD_RETRY_MS = 1000;

/** The request alone would pass what one request of the scope may cost. */
export function requestLimitError(
  { scope, subject, usd_nanos }: { scope: BudgetScope; subject: string | null; usd_nanos: number },
  least_usd_nanos: number,
): RefusedError {
  return new RefusedError(
    'per_request_limit_exceeded',
    `This request could cost ${toUsd(least_usd_nanos)} dollars, and ${nameOf({ scope, subject })} allows ${toUsd(usd_nanos)} for one request. Shorten it or lower max_tokens.`,
    {
      retry_after_ms: null,
      extra: { limit: 'per_request', scope, subject, window: 'per_request', limit_usd: toUsd(usd_nanos) },
      limits: NO_LIMITS_VIEW,
      model: scope === 'model' ? subject : null,
    },
  );
}

/** As a refusal by a limit that keys share says it. */
const rateExtra = ({ code, limit, retry_after_ms }: Refused, now_ms: number): Record<string, unknown> =>
  code !== 'rate_limit_exceeded' && code !== 'concurrency_limit_exceeded'
    ? {}
    : {
        scope: limit === 'token_requests_per_minute' ? 'token' : 'key',
        resets_at: timeOf(retry_after_ms === null ? null : now_ms + retry_after_ms),
      };

const budgetExtra = (budget: BudgetView, shown: boolean): Record<string, unknown> => ({
  scope: budget.scope,
  window: budget.window,
  resets_at: timeOf(budget.resets_at_ms),
  ...(shown ? moneyOf(budget) : {}),
});

const moneyOf = (budget: BudgetView): Record<string, unknown> => ({
  subject: budget.subject,
  limit_usd: toUsd(budget.limit_usd_nanos),
  spent_usd: toUsd(budget.spent_usd_nanos),
  held_usd: toUsd(budget.held_usd_nanos),
  remaining_usd: toUsd(budget.remaining_usd_nanos),
});

const timeOf = (at_ms: number | null): string | null =>
  at_ms === null ? null : new Date(at_ms).toISOString();

/** As a sentence names it. */
function nameOf({ scope, subject }: { scope: BudgetScope; subject: string | null }): string {
  switch (scope) {
    case 'key':
      return 'this API key';
    case 'organization':
      return 'the organization';
    default:
      return `${scope} ${subject ?? ''}`;
  }
}

function messageOf(refused: Refused, budget: BudgetView | null): string {
  const wait =
    refused.retry_after_ms === null ? '' : ` Try again in ${Math.ceil(refused.retry_after_ms / 1000)} s.`;
  const whose = budget === null ? 'this API key' : nameOf(budget);
  const money =
    budget === null
      ? '.'
      : `: ${toUsd(budget.spent_usd_nanos)} of ${toUsd(budget.limit_usd_nanos)} dollars are spent and ${toUsd(budget.held_usd_nanos)} are held by requests in flight.`;
  const own = refused.limit === 'token';
  switch (refused.code) {
    case 'budget_exceeded': {
      if (own)
        return 'This token cannot pay for this request: its limit_usd is spent, or the request is too dear for it. Get a new token.';
      const resets_at = timeOf(budget?.resets_at_ms ?? null);
      const until =
        resets_at === null ? 'Raise the budget.' : `Raise the budget, or wait until ${resets_at}.`;
      return `The ${refused.limit} budget of ${whose} cannot pay for this request${money} ${until}`;
    }
    case 'budget_held':
      if (own) return `What this token may still spend is held by its requests in flight.${wait}`;
      return `The rest of the ${refused.limit} budget of ${whose} is held by requests in flight${money}${wait}`;
    case 'per_request_limit_exceeded':
      return 'This request could cost more than the key allows for one request. Shorten it or lower max_tokens.';
    case 'model_unpriced':
      return 'A hard budget holds for this API key, and the price of this model is unknown. Set a price for it, or use another model.';
    case 'concurrency_limit_exceeded':
      return `Too many requests of this API key are in flight.${wait}`;
    case 'rate_limit_exceeded':
      if (refused.limit === 'token_requests_per_minute')
        return `This token has reached its limit of requests per minute.${wait}`;
      return `This API key has reached its limit of ${refused.limit.replaceAll('_', ' ')}.${wait}`;
  }
}
