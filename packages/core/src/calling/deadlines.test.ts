import { expect, it } from 'vitest';
import { isHasty } from './deadlines.ts';

const timeouts = { first_byte_ms: 30_000, idle_ms: 60_000, total_ms: 600_000 };
const target = { connection: { timeouts: {} } } as Parameters<typeof isHasty>[2];
const asked = (asked_timeouts: Partial<typeof timeouts>, stream = true) => ({
  timeouts,
  asked_timeouts,
  stream,
});

it('holds a passed deadline against the target only where it is the owner’s own', () => {
  expect(isHasty('first_byte', asked({}), target)).toBe(false);
  expect(isHasty('first_byte', asked({ first_byte_ms: 40_000 }), target)).toBe(false);
  expect(isHasty('first_byte', asked({ first_byte_ms: 5 }), target)).toBe(true);
  expect(isHasty('first_byte', asked({ total_ms: 5 }), target)).toBe(false);
  expect(isHasty('total', asked({ total_ms: 5 }), target)).toBe(true);
  expect(isHasty('idle', asked({ idle_ms: 5 }), target)).toBe(true);
  expect(isHasty('first_byte', asked({ first_byte_ms: 5 }, false), target)).toBe(true);
  expect(isHasty('client_gone', asked({ total_ms: 5 }), target)).toBe(false);
  expect(isHasty(null, asked({ total_ms: 5 }), target)).toBe(false);
});
