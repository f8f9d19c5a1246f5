import { expect, it } from 'vitest';
import { createRefusalCap } from './refusal-cap.ts';

it('a key that hammers its limit is traced 200 times in ten seconds, and another key is not affected', () => {
  const allow = createRefusalCap();
  const traced = Array.from({ length: 1000 }, (_, i) => allow('a', 1000 + i)).filter(Boolean).length;
  expect(traced).toBe(200);
  expect(allow('b', 1500)).toBe(true);
  expect(allow('a', 11_000)).toBe(true);
});
