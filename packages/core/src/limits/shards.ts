import type { AdmitAsk, BudgetView, KeyPolicy, KeyUsage, LimitsView, RateLimits } from '@sluice/contract';
import { fnv1a } from './fnv1a.ts';
import { renderScopeName } from './scope-name.ts';

/** Ledgers that one key may be split over. */
export const SHARDS_MAX = 16;

const SEPARATOR = '~';

/** What one of a split key's ledgers holds to. Never shown to isolates: `whole` is. */
interface ShardPolicy extends KeyPolicy {
  whole: KeyPolicy;
}

/**
 * The name of the ledger that counts a request: the key's id, or with `~1` and so on behind it. The first one also
 * speaks for the others.
 *
 * @param is_token a browser token's own limits are counted in one place: always the first.
 */
export function ledgerOf(
  policy: Pick<KeyPolicy, 'key_id' | 'shards'>,
  request_id: string,
  is_token: boolean,
): string {
  const { key_id, shards } = policy;
  if (shards === undefined || shards <= 1 || is_token) return key_id;
  return shardName(key_id, spread(request_id) % shards);
}

export const shardName = (key_id: string, shard: number): string =>
  shard === 0 ? key_id : `${key_id}${SEPARATOR}${shard}`;

export function parseLedgerName(name: string): { key_id: string; shard: number } {
  const at = name.indexOf(SEPARATOR);
  return at < 0
    ? { key_id: name, shard: 0 }
    : { key_id: name.slice(0, at), shard: Number(name.slice(at + 1)) };
}

/**
 * The part of one shard: rates are divided, budgets become one that all shards share and borrow from. A key that is not
 * split keeps its policy.
 */
export function shardPolicy(policy: KeyPolicy, shard: number): KeyPolicy {
  const { shards } = policy;
  if (shards === undefined || shards <= 1) return policy;
  const part = (limit: number | null): number | null =>
    limit === null ? null : Math.floor(limit / shards) + (shard < limit % shards ? 1 : 0);
  const limits: RateLimits = {
    ...policy.limits,
    requests_per_minute: part(policy.limits.requests_per_minute),
    request_burst: part(policy.limits.request_burst),
    tokens_per_minute: part(policy.limits.tokens_per_minute),
    requests_per_day: part(policy.limits.requests_per_day),
    concurrency: part(policy.limits.concurrency),
  };
  const mine: ShardPolicy = {
    ...policy,
    key_id: shardName(policy.key_id, shard),
    limits,
    budgets: [],
    whole: policy,
  };
  return mine;
}

/** The key's own policy, of a shard's or of one that is not split. */
export const wholePolicy = (policy: KeyPolicy): KeyPolicy => (policy as Partial<ShardPolicy>).whole ?? policy;

/** Where the budgets of a split key are kept; `null` = it is not split, or has none. */
export function keyScopeOf(policy: KeyPolicy): string | null {
  const { whole } = policy as Partial<ShardPolicy>;
  if (whole === undefined || whole.budgets.length === 0) return null;
  return renderScopeName(whole.organization_id, 'key', whole.key_id);
}

/** With the key's own budgets among those that the request touches. */
export function withKeyScope(policy: KeyPolicy, ask: AdmitAsk): AdmitAsk {
  const name = keyScopeOf(policy);
  return name === null ? ask : { ...ask, scopes: [...(ask.scopes ?? []), name] };
}

/** All shards as one. @param budgets of the whole key. */
export function joinUsage(whole: KeyPolicy, parts: KeyUsage[], budgets: BudgetView[]): KeyUsage {
  const sum = (of: (part: KeyUsage) => number): number => parts.reduce((all, part) => all + of(part), 0);
  return {
    limits: parts.map(({ limits }) => limits).reduce(joinLimits),
    requests_today: sum(({ requests_today }) => requests_today),
    requests_per_day: whole.limits.requests_per_day,
    in_flight: sum(({ in_flight }) => in_flight),
    budgets,
  };
}

const joinLimits = (a: LimitsView, b: LimitsView): LimitsView => ({
  requests_limit: add(a.requests_limit, b.requests_limit),
  requests_remaining: add(a.requests_remaining, b.requests_remaining),
  requests_reset_ms: most(a.requests_reset_ms, b.requests_reset_ms),
  tokens_limit: add(a.tokens_limit, b.tokens_limit),
  tokens_remaining: add(a.tokens_remaining, b.tokens_remaining),
  tokens_reset_ms: most(a.tokens_reset_ms, b.tokens_reset_ms),
  budget_remaining_usd_nanos: null,
  budget_held_usd_nanos: null,
});

const add = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);
const most = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : Math.max(a, b);

/** The last characters alone must not decide. */
function spread(request_id: string): number {
  const hash = fnv1a(request_id);
  return (hash ^ (hash >>> 15)) >>> 0;
}
