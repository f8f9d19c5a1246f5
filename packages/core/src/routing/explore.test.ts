import { expect, it } from 'vitest';
import { EXPLORE_SHARE, explore } from './explore.ts';
import type { OfferHealth } from './offer-health.ts';
import type { Scored } from './score.ts';

const SEEN: OfferHealth = {
  ttft_ms: 300,
  latency_ms: 900,
  tokens_per_second: 60,
  error_ratio: 0,
  out: 0,
  half_open: false,
};
const one = (id: string, score: number, health: OfferHealth | null, more: Partial<Scored> = {}): Scored =>
  ({ id, score, health, good_enough: true, out: false, ...more }) as unknown as Scored;
const idsOf = (ranked: Scored[]): string =>
  ranked.map((each) => (each as unknown as { id: string }).id).join('');
const at = (number: number) => ({ id: () => '', number: () => number });
const known = one('k', 1, SEEN);

/** Who comes first in how many of a thousand requests. */
function sharesOf(ranked: Scored[]): Record<string, number> {
  const shares: Record<string, number> = {};
  for (let step = 0; step < 1_000; step++) {
    const list = [...ranked];
    explore(list, at(step / 1_000));
    const first = idsOf(list)[0] ?? '';
    shares[first] = (shares[first] ?? 0) + 1;
  }
  return shares;
}

it('models without traffic share exactly the small part that is for them', () => {
  const shares = sharesOf([known, one('n', 0.95, null), one('m', 0.9, null)]);
  expect(shares).toEqual({ k: 1_000 * (1 - EXPLORE_SHARE), n: 15, m: 15 });
});

it.each([
  ['clearly worse', one('n', 0.5, null)],
  ['too weak for the request', one('n', 0.99, null, { good_enough: false })],
  ['out', one('n', 0.99, null, { out: true })],
  ['known already', one('n', 0.99, SEEN)],
])('nobody is sent to a model that is %s', (_, other) => {
  expect(sharesOf([known, other])).toEqual({ k: 1_000 });
});

it('nothing is drawn where the best model is unknown itself', () => {
  const list = [one('n', 1, null), one('m', 1, null)];
  const random = {
    id: () => '',
    number: () => {
      throw new Error('drawn');
    },
  };
  expect(explore(list, random)).toBe(false);
  expect(explore([], random)).toBe(false);
});

it('the others stay in their order behind', () => {
  const list = [known, one('a', 0.99, SEEN), one('n', 0.95, null)];
  expect(explore(list, at(0))).toBe(true);
  expect(idsOf(list)).toBe('nka');
});
