import type { Split, SplitArm } from '@sluice/contract';
import { fnv1a } from '../limits/fnv1a.ts';

/** A hundredth of a percent each. */
export const BUCKETS = 10_000;

type Ranges = [number, number][];

/** Who is asking, as far as it is known; `request_id` always is. */
export interface StickyIds {
  user_id: string | null;
  session_id: string | null;
  key_id: string;
  request_id: string;
}

/** The arm that a request belongs to; the same for the same user, session or key while the percentages stay. */
export function findArm(split: Split, ids: StickyIds): SplitArm | null {
  const first = split.arms[0] ?? null;
  if (!split.enabled || first === null) return first;
  const bucket = bucketOf(`${split.name}\n${stickyId(split.sticky_by, ids)}`);
  const ranges = split.buckets;
  if (ranges !== undefined) {
    for (const arm of split.arms)
      for (const [from, to] of ranges[arm.id] ?? []) if (bucket >= from && bucket < to) return arm;
  }
  let end = 0;
  for (const arm of split.arms) {
    end += (arm.percent * BUCKETS) / 100;
    if (bucket < end) return arm;
  }
  return first;
}

/** Who says no user belongs with its session, and without one to no arm in particular: percentages then still hold. */
function stickyId(by: Split['sticky_by'], ids: StickyIds): string {
  if (by === 'key') return `k${ids.key_id}`;
  if (by === 'user' && ids.user_id !== null) return `u${ids.user_id}`;
  if (by !== 'request' && ids.session_id !== null) return `s${ids.session_id}`;
  return `r${ids.request_id}`;
}

/** FNV-1a, then MurmurHash3's finish: neighbouring ids land far apart. */
export function bucketOf(text: string): number {
  let hash = fnv1a(text);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return (hash >>> 0) % BUCKETS;
}

/**
 * Shares the buckets out by percentages. An arm that was there keeps what it may: arms that shrink give up their last
 * buckets, arms that grow take what was given up, and nobody else moves.
 * @param before `undefined` = nobody has any yet.
 */
export function allotBuckets(arms: readonly SplitArm[], before: Split['buckets']): Record<string, Ranges> {
  const wanted = wholeBuckets(arms);
  const kept: Record<string, Ranges> = {};
  for (const arm of arms) kept[arm.id] = takeFirst(before?.[arm.id] ?? [], wanted.get(arm.id) ?? 0);
  let free = freeRanges(Object.values(kept).flat());
  for (const arm of arms) {
    const ranges = kept[arm.id] ?? [];
    const missing = (wanted.get(arm.id) ?? 0) - sizeOf(ranges);
    const taken = takeFirst(free, missing);
    free = freeRanges([...freeRanges(free), ...taken]);
    kept[arm.id] = merge([...ranges, ...taken]);
  }
  return kept;
}

/** Percentages as whole buckets that sum up to all of them: what rounding leaves goes to the largest remainders. */
function wholeBuckets(arms: readonly SplitArm[]): Map<string, number> {
  const exact = arms.map((arm) => ({ id: arm.id, share: (arm.percent * BUCKETS) / 100 }));
  const counts = new Map(exact.map(({ id, share }) => [id, Math.floor(share + 1e-9)]));
  let left = BUCKETS - [...counts.values()].reduce((sum, count) => sum + count, 0);
  const by_remainder = [...exact].sort((a, b) => (b.share % 1) - (a.share % 1));
  for (const { id } of by_remainder) {
    if (left <= 0) break;
    counts.set(id, (counts.get(id) ?? 0) + 1);
    left -= 1;
  }
  return counts;
}

const sizeOf = (ranges: Ranges): number => ranges.reduce((sum, [from, to]) => sum + to - from, 0);

function takeFirst(ranges: Ranges, count: number): Ranges {
  const taken: Ranges = [];
  let left = count;
  for (const [from, to] of ranges) {
    if (left <= 0) break;
    const end = Math.min(to, from + left);
    taken.push([from, end]);
    left -= end - from;
  }
  return taken;
}

/** Everything in 0 to BUCKETS that is in none of these. */
function freeRanges(ranges: Ranges): Ranges {
  const free: Ranges = [];
  let at = 0;
  for (const [from, to] of merge(ranges)) {
    if (from > at) free.push([at, from]);
    at = Math.max(at, to);
  }
  if (at < BUCKETS) free.push([at, BUCKETS]);
  return free;
}

function merge(ranges: Ranges): Ranges {
  const merged: Ranges = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && last[1] >= from) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}
