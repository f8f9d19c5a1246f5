import {
  type Connection,
  type HealthSnapshot,
  type OrganizationSettings,
  type Pool,
  type Prices,
  type RandomPort,
  type Target,
  targetKey,
} from '@sluice/contract';

export const POOL_PREFIX = 'pool/';
export const POOL_PRICE_SOURCE = 'pool';

/** The pool that a name leads to: `pool/NAME`, or the model that it serves; `null` = none. */
export function findPool(name: string, pools: readonly Pool[]): Pool | null {
  for (const pool of pools) if (pool.model === name || name === POOL_PREFIX + pool.name) return pool;
  return null;
}

/** The pool that a model at a connection is an endpoint of; `null` = none. */
export function poolOf(
  connection: Pick<Connection, 'id'>,
  model: string,
  pools: readonly Pool[],
): Pool | null {
  for (const pool of pools)
    if (pool.model === model && pool.connection_ids.includes(connection.id)) return pool;
  return null;
}

/**
 * The target as an endpoint of its pool: it costs its share of the hour, whatever the catalogue says of its tokens.
 * A hold is made for all of its deadline.
 */
export function asEndpoint(
  target: Target,
  pool: Pool,
  settings: Pick<OrganizationSettings, 'timeouts'>,
): Target {
  const ms_max = target.connection.timeouts.total_ms ?? settings.timeouts.total_ms;
  return {
    ...target,
    pool,
    prices: { ...NO_TOKEN_PRICES, hourly: { usd_nanos_per_hour: pool.usd_nanos_per_hour, ms_max } },
    price_source: POOL_PRICE_SOURCE,
  };
}

const NO_TOKEN_PRICES: Prices = {
  input: null,
  cache_read: null,
  cache_write: null,
  cache_write_1h: null,
  output: null,
  reasoning: null,
  input_audio: null,
  output_audio: null,
  per_request: null,
  tiers: [],
};

/** Why an endpoint takes no more for now, in words for the receipt; `null` = it does, or it is no endpoint. */
export function whyFull({ pool, connection, model }: Target, health: HealthSnapshot): string | null {
  if (pool === undefined) return null;
  const key = targetKey(connection.id, model);
  const in_flight = health.in_flight?.[key] ?? 0;
  if (in_flight >= pool.in_flight_max)
    return `the endpoint is full: ${in_flight} of ${pool.in_flight_max} requests under way`;
  const waiting = health.targets[key]?.waiting ?? 0;
  return waiting > 0 ? `the endpoint is full: ${waiting} requests wait in its own queue` : null;
}

/**
 * Endpoints of pools with room come first, the one with the fewest requests under way before the others; what they
 * overflow to keeps its order behind them. Full endpoints come last: who has nowhere else to go waits there.
 * @returns the same list where there is no endpoint in it.
 */
export function orderPools(targets: Target[], health: HealthSnapshot, random: RandomPort): Target[] {
  if (!targets.some(isEndpoint)) return targets;
  const open: { target: Target; load: number; draw: number }[] = [];
  const full: Target[] = [];
  const rest: Target[] = [];
  for (const target of targets) {
    if (target.pool === undefined) rest.push(target);
    else if (whyFull(target, health) !== null) full.push(target);
    else {
      const in_flight = health.in_flight?.[targetKey(target.connection.id, target.model)] ?? 0;
      open.push({ target, load: in_flight / target.pool.in_flight_max, draw: random.number() });
    }
  }
  open.sort((a, b) => a.load - b.load || a.draw - b.draw);
  return [...open.map(({ target }) => target), ...rest, ...full];
}

/** Full endpoints behind all others, and nothing else moved: for lists that have an order of their own. */
export function fullLast(targets: Target[], health: HealthSnapshot): Target[] {
  if (!targets.some(isEndpoint)) return targets;
  const full = targets.filter((target) => whyFull(target, health) !== null);
  return full.length === 0 ? targets : [...targets.filter((target) => !full.includes(target)), ...full];
}

const isEndpoint = ({ pool }: Target): boolean => pool !== undefined;
