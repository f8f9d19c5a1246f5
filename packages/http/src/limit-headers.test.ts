import { expect, it } from 'vitest';
import { renderDuration } from './limit-headers.ts';

it('writes waits as OpenAI does', () => {
  expect([0, 12, 999.2, 1000, 61_000, 3_600_000, 65_316_000].map(renderDuration)).toEqual([
    ...['0ms', '12ms', '1000ms', '1s', '1m1s', '1h0m0s', '18h8m36s'],
  ]);
});
