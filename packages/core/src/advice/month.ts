import type {
  AdviceRequest,
  CacheSettings,
  ModelAbilities,
  Pool,
  Prices,
  RateLimits,
  Strategy,
} from '@sluice/contract';

/** A model that the organization can reach now. */
export interface AdviceModel {
  provider: string;
  model: string;
  prices: Prices | null;
  /** 0 to 1; `null` = nobody measured it. */
  quality: number | null;
  abilities: ModelAbilities;
  /** ISO date; `null` = unknown or never. */
  retires_on: string | null;
  connection_ids: readonly string[];
}

export interface AdviceKey {
  key_id: string;
  name: string;
  state: 'active' | 'disabled' | 'revoked';
  environment: 'live' | 'dev';
  created_at_ms: number;
  expires_at_ms: number | null;
  limits: RateLimits;
  /** Its own, or one that it shares with others. */
  has_budget: boolean;
  fallback_chain: readonly string[];
  /** Of the month: whole counts, not of a sample. */
  requests: number;
  spent_usd_nanos: number;
  /** Each day of the month, oldest first. */
  spent_by_day: readonly number[];
}

export interface AdviceConnection {
  id: string;
  provider: string;
  name: string;
  weight: number;
  /** It is stored, not part of the deployment: a change can reach it. */
  is_stored: boolean;
}

/** What a pool cost beside what the same would have cost by its overflow model. */
export interface AdvicePool {
  pool: Pick<Pool, 'name' | 'model' | 'overflow'>;
  /** Each day of the month, oldest first; `api` is `null` where the price is unknown. */
  days: readonly { paid_usd_nanos: number; api_usd_nanos: number | null; requests: number }[];
  utilization: number;
}

/** All that advice is made from. Nothing here is a secret, and nothing is a prompt. */
export interface AdviceMonth {
  from_ms: number;
  until_ms: number;
  /** `requests` is one millisecond in so many; 1 = all. */
  one_in: number;
  /** Oldest first. */
  requests: readonly AdviceRequest[];
  keys: readonly AdviceKey[];
  models: readonly AdviceModel[];
  connections: readonly AdviceConnection[];
  pools: readonly AdvicePool[];
  settings: {
    default_model: string;
    default_routing_strategy: Strategy | null;
    default_fallback_chain: readonly string[];
    fallback_enabled: boolean;
    aliases: Readonly<Record<string, string>>;
    prefer_providers: readonly string[];
    cache: CacheSettings;
  };
}

export const DAY_MS = 86_400_000;

/** With less than a week nobody knows what is usual. */
export const DAYS_MIN = 7;

export const daysOf = ({ from_ms, until_ms }: Pick<AdviceMonth, 'from_ms' | 'until_ms'>): number =>
  Math.max(1, Math.round((until_ms - from_ms) / DAY_MS));

/** Sums over each day of the month, days without any included, for all requests and not only the sampled ones. */
export function byDay(
  month: AdviceMonth,
  requests: readonly AdviceRequest[],
  amountOf: (request: AdviceRequest) => number,
): number[] {
  const days = new Array<number>(daysOf(month)).fill(0);
  for (const request of requests) {
    const day = Math.min(days.length - 1, Math.floor((request.at_ms - month.from_ms) / DAY_MS));
    days[day] = (days[day] ?? 0) + amountOf(request) * month.one_in;
  }
  return days;
}

export function groupBy<T>(all: readonly T[], nameOf: (one: T) => string | null): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const name = nameOf(one);
    if (name === null) continue;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [one]);
    else group.push(one);
  }
  return groups;
}

/** It came to nothing for a reason at a provider. */
export const hasFailed = ({ status, ending }: AdviceRequest): boolean =>
  status >= 500 || ending === 'truncated';

export const isAnswered = ({ status, ending, cache_status }: AdviceRequest): boolean =>
  status < 300 && ending === 'complete' && cache_status !== 'hit';

export const countDays = (requests: readonly AdviceRequest[]): number =>
  new Set(requests.map(({ at_ms }) => Math.floor(at_ms / DAY_MS))).size;

export const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

export const dollars = (usd_nanos: number): string =>
  `$${(usd_nanos / 1e9).toFixed(usd_nanos < 1e11 ? 2 : 0)}`;
