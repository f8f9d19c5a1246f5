import type { RandomPort, Target } from '@sluice/contract';

/**
 * Targets that differ in nothing but the connection, in a random order in which each comes first as often as its
 * share of their weight says; others stay where they are. A weight of 0 comes last: a connection in reserve.
 * @returns the same list where there is nothing to order, which is the usual case and then costs a comparison each.
 */
export function shareOut(targets: Target[], random: RandomPort): Target[] {
  if (!targets.some(isTwin)) return targets;
  const ordered: Target[] = [];
  for (let from = 0; from < targets.length; ) {
    let to = from + 1;
    while (to < targets.length && isTwin(undefined, to, targets)) to++;
    drawAll(targets.slice(from, to), ordered, random);
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
