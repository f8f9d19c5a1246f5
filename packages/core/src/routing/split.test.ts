import type { Split } from '@sluice/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allotBuckets, BUCKETS, findArm, type StickyIds } from './split.ts';

const splitOf = (percents: Record<string, number>, more: Partial<Split> = {}): Split => ({
  name: 'exp',
  enabled: true,
  arms: Object.entries(percents).map(([id, percent]) => ({ id, model: `model-${id}`, percent })),
  sticky_by: 'user',
  ...more,
});

const user = (user_id: string | null, more: Partial<StickyIds> = {}): StickyIds => ({
  user_id,
  session_id: null,
  key_id: 'k',
  request_id: 'req_1',
  ...more,
});

const users = Array.from({ length: 20_000 }, (_, n) => user(`user-${n}`));
const armsOf = (split: Split) => users.map((one) => findArm(split, one)?.id);

describe('findArm', () => {
  it('gives each arm its percentage of users', () => {
    const arms = armsOf(splitOf({ a: 70, b: 25, c: 5 }));
    const share = (id: string) => arms.filter((arm) => arm === id).length / arms.length;
    expect(share('a')).toBeCloseTo(0.7, 1);
    expect(Math.abs(share('b') - 0.25)).toBeLessThan(0.015);
    expect(Math.abs(share('c') - 0.05)).toBeLessThan(0.01);
  });

  it('keeps a user on one arm whatever the session, key and request', () => {
    const split = splitOf({ a: 50, b: 50 });
    for (const one of users.slice(0, 200)) {
      const again = { ...one, session_id: 's', key_id: 'other', request_id: 'req_other' };
      expect(findArm(split, again)).toEqual(findArm(split, one));
    }
  });

  it('two splits divide the same users differently', () => {
    const one = armsOf(splitOf({ a: 50, b: 50 }));
    const other = armsOf(splitOf({ a: 50, b: 50 }, { name: 'other' }));
    const same = one.filter((arm, at) => arm === other[at]).length / one.length;
    expect(Math.abs(same - 0.5)).toBeLessThan(0.02);
  });

  it('goes by session where no user is named, and by request where neither is', () => {
    const split = splitOf({ a: 50, b: 50 });
    const sessions = new Set(
      Array.from(
        { length: 50 },
        (_, n) => findArm(split, user(null, { session_id: 's', request_id: `r${n}` }))?.id,
      ),
    );
    expect(sessions.size).toBe(1);
    const requests = new Set(
      Array.from({ length: 50 }, (_, n) => findArm(split, user(null, { request_id: `r${n}` }))?.id),
    );
    expect(requests.size).toBe(2);
  });

  it('sends everybody to the first arm while it is off', () => {
    expect(new Set(armsOf(splitOf({ a: 1, b: 99 }, { enabled: false })))).toEqual(new Set(['a']));
  });
});

describe('allotBuckets', () => {
  const percents = fc
    .array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 5 })
    .filter((weights) => weights.some((weight) => weight > 0))
    .map((weights) => {
      const sum = weights.reduce((a, b) => a + b, 0);
      return Object.fromEntries(weights.map((weight, at) => [`arm${at}`, (weight / sum) * 100]));
    });

  it('moves no user but those that the change of percentages takes', () => {
    fc.assert(
      fc.property(percents, percents, (from, to) => {
        const before = splitOf(from);
        const buckets = allotBuckets(before.arms, undefined);
        const after = splitOf(to);
        const moved_to = allotBuckets(after.arms, buckets);
        const size = (ranges: [number, number][] | undefined) =>
          (ranges ?? []).reduce((sum, [first, end]) => sum + end - first, 0);
        const owner = (all: Record<string, [number, number][]>) => {
          const owners = new Array<string | undefined>(BUCKETS);
          for (const [id, ranges] of Object.entries(all))
            for (const [first, end] of ranges) owners.fill(id, first, end);
          return owners;
        };
        const was = owner(buckets);
        const is = owner(moved_to);
        expect(is.includes(undefined)).toBe(false);
        const moved = was.filter((id, at) => id !== is[at]).length;
        let needed = 0;
        for (const id of Object.keys(from)) needed += Math.max(0, size(buckets[id]) - size(moved_to[id]));
        expect(moved).toBe(needed);
        for (const arm of after.arms)
          expect(Math.abs(size(moved_to[arm.id]) - arm.percent * 100)).toBeLessThanOrEqual(1 + 1e-6);
      }),
      { numRuns: 100 },
    );
  });

  it('a middle arm that grows takes only from the arm that shrinks', () => {
    const before = splitOf({ a: 40, b: 20, c: 40 });
    const buckets = allotBuckets(before.arms, undefined);
    const was = armsOf({ ...before, buckets });
    const after = splitOf({ a: 40, b: 50, c: 10 });
    const is = armsOf({ ...after, buckets: allotBuckets(after.arms, buckets) });
    was.forEach((arm, at) => {
      if (arm !== 'c') expect(is[at]).toBe(arm);
    });
  });
});
