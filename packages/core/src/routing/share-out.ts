import {
  type Balancing,
  type HealthSnapshot,
  type RandomPort,
  type Target,
  targetKey,
} from '@sluice/contract';
import { orderPools } from './pool.ts';

/** A model's targets in the order in which to try them: pools first, and connections of one provider balanced. */
export const balance = (
  targets: Target[],
  balancing: Balancing | undefined,
  health: HealthSnapshot,
  random: RandomPort,
): Target[] =>
  orderPools(
    shareOut(targets, random, balancing === 'least_loaded' ? (health.in_flight ?? {}) : null),
    health,
    random,
  );

/**
 * Targets that differ in nothing but the connection, in a random order in which each comes first as often as its
 * share of their weight says; others stay where they are. A weight of 0 comes last: a connection in reserve.
 *
 * @param in_flight requests under way by `targetKey`: then the one with the fewest for its weight comes first, and only
 *   among equals it is drawn; `null` = always drawn.
 * @returns the same list where there is nothing to order, which is the usual case and then costs a comparison each.
 */
export function shareOut(
  targets: Target[],
  random: RandomPort,
  in_flight: Readonly<Record<string, number>> | null = null,
): Target[] {
  if (!targets.some(isTwin)) return targets;
  const ordered: Target[] = [];
  for (let from = 0; from < targets.length; ) {
    let to = from + 1;
    while (to < targets.length && isTwin(undefined, to, targets)) to++;
    const start = ordered.length;
    drawAll(targets.slice(from, to), ordered, random);
    if (in_flight !== null && to - from > 1) sortByLoad(ordered, start, in_flight);
    from = to;
  }
  return ordered;
}

const isTwin = (_: unknown, at: number, targets: Target[]): boolean =>
  at > 0 &&
  targets[at]?.provider === targets[at - 1]?.provider &&
  targets[at]?.model === targets[at - 1]?.model;

/** Draws without putting back: the second is drawn from what is left, and so on. */
function drawAll(twins: Target[], ordered: Target[], random: RandomPort): void {
  while (twins.length > 1) {
    let sum = 0;
    for (const { connection } of twins) sum += connection.weight;
    let left = random.number() * sum;
    let drawn = 0;
    while (drawn < twins.length - 1) {
      const weight = twins[drawn]?.connection.weight ?? 0;
      if (left < weight) break;
      left -= weight;
      drawn++;
    }
    // Rounding can leave the draw at the end, where a reserve may stand; so can a group of reserves only.
    ordered.push(...twins.splice(sum > 0 ? lastWithWeight(twins, drawn) : drawn, 1));
  }
  ordered.push(...twins);
}

function lastWithWeight(twins: Target[], drawn: number): number {
  let at = drawn;
  while (at > 0 && twins[at]?.connection.weight === 0) at--;
  return at;
}

/** Stable, so that equals stay as they were drawn. */
function sortByLoad(ordered: Target[], start: number, in_flight: Readonly<Record<string, number>>): void {
  const load = ({ connection, model }: Target): number =>
    connection.weight === 0
      ? Number.POSITIVE_INFINITY
      : (in_flight[targetKey(connection.id, model)] ?? 0) / connection.weight;
  const twins = ordered.splice(start).map((target) => ({ target, load: load(target) }));
  twins.sort((a, b) => (a.load === b.load ? 0 : a.load - b.load));
  for (const { target } of twins) ordered.push(target);
}
