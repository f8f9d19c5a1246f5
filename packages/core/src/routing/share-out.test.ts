import type { Provider, RandomPort, Target } from '@sluice/contract';
import { expect, it } from 'vitest';
import { shareOut } from './share-out.ts';

const ACME = { id: 'acme' } as Provider;
const PLAIN = { id: 'plain' } as Provider;

const target = (id: string, weight: number, provider = ACME, model = 'm'): Target =>
  ({ connection: { id, weight }, provider, model }) as Target;

const idsOf = (targets: Target[]): string => targets.map((one) => one.connection.id).join('');

/** Numbers that fill 0 to 1 evenly, so that a share is exact and not a matter of luck. */
function evenly(steps: number): RandomPort {
  let at = 0;
  return { id: () => '', number: () => (at++ % steps) / steps };
}

it('each connection comes first as often as its weight says', () => {
  const targets = [target('a', 1), target('b', 3), target('c', 6)];
  const first: Record<string, number> = {};
  for (let step = 0; step < 1000; step++) {
    const random = { id: () => '', number: () => step / 1000 };
    const [one] = shareOut(targets, random);
    const id = one?.connection.id ?? '';
    first[id] = (first[id] ?? 0) + 1;
  }
  expect(first).toEqual({ a: 100, b: 300, c: 600 });
});

it('every connection is in every order once, and the list that came in is not touched', () => {
  const targets = [target('a', 1), target('b', 1), target('c', 0.5), target('d', 0)];
  const random = evenly(97);
  for (let turn = 0; turn < 300; turn++) {
    const order = idsOf(shareOut(targets, random));
    expect([...order].sort().join('')).toBe('abcd');
  }
  expect(idsOf(targets)).toBe('abcd');
});

it('a weight of nothing is a reserve: last, wherever it stands and whatever is drawn', () => {
  for (const number of [0, 0.5, 0.999_999_999_999_999_9]) {
    const random = { id: () => '', number: () => number };
    for (const targets of [
      [target('r', 0), target('a', 1), target('b', 1)],
      [target('a', 1), target('r', 0), target('b', 1)],
      [target('a', 1), target('b', 1), target('r', 0)],
    ])
      expect(idsOf(shareOut(targets, random)).at(-1)).toBe('r');
  }
  expect(idsOf(shareOut([target('r', 0), target('s', 0)], evenly(2)))).toHaveLength(2);
});

it('providers and models keep their places, and a list without twins is the same list', () => {
  const single = [target('a', 1), target('b', 9, PLAIN), target('c', 1, PLAIN, 'n')];
  expect(shareOut(single, evenly(1))).toBe(single);
  const mixed = [target('a', 0), target('b', 1), target('c', 9, PLAIN)];
  expect(idsOf(shareOut(mixed, evenly(1)))).toBe('bac');
});

it('least loaded: the fewest requests for its weight come first, a reserve last, and equals are drawn', () => {
  const targets = [target('a', 1), target('b', 2), target('c', 1), target('r', 0)];
  const load = { 'a\nm': 2, 'b\nm': 3, 'c\nm': 4 };
  for (let step = 0; step < 20; step++) {
    const random = { id: () => '', number: () => step / 20 };
    expect(idsOf(shareOut(targets, random, load))).toBe('bacr');
  }
  const first = new Set(
    Array.from({ length: 20 }, (_, step) => {
      const random = { id: () => '', number: () => step / 20 };
      return shareOut([target('a', 1), target('b', 1)], random, {})[0]?.connection.id;
    }),
  );
  expect(first).toEqual(new Set(['a', 'b']));
});
