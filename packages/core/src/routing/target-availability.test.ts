import { type HealthSnapshot, type TargetHealth, targetKey } from '@sluice/contract';
import { expect, it } from 'vitest';
import { availability, soonestReturnMs } from './target-availability.ts';

const T0 = 1_763_700_000_000;
const healthy: TargetHealth = {
  breaker: 'closed',
  retry_at_ms: null,
  cooled_until_ms: null,
  ttft_ms_p50: null,
  latency_ms_p50: null,
  tokens_per_second: null,
  error_ratio: null,
};
const snapshot = (target: Partial<TargetHealth>, cooled: Record<string, number> = {}): HealthSnapshot => ({
  targets: { [targetKey('conn', 'm')]: { ...healthy, ...target } },
  cooled,
  config_version: 0,
  read_at_ms: T0,
});
const of = (health: HealthSnapshot, model = 'm') => availability(health, 'conn', model, T0);

it('a target that nobody has tried yet is ready', () => {
  expect(of({ targets: {}, config_version: 0, read_at_ms: 0 })).toEqual({ kind: 'ready' });
  expect(of(snapshot({}))).toEqual({ kind: 'ready' });
});

it('an open breaker refuses until its pause is over, then asks for a probe', () => {
  expect(of(snapshot({ breaker: 'open', retry_at_ms: T0 + 1 }))).toEqual({ kind: 'open', until_ms: T0 + 1 });
  expect(of(snapshot({ breaker: 'open', retry_at_ms: T0 }))).toEqual({ kind: 'probe' });
  expect(of(snapshot({ breaker: 'half_open' }))).toEqual({ kind: 'probe' });
});

it('a cooled connection is out for every model, also for one that was never tried', () => {
  expect(of(snapshot({}, { conn: T0 + 9 }), 'other')).toEqual({ kind: 'cooled', until_ms: T0 + 9 });
  expect(of(snapshot({ cooled_until_ms: T0 + 9 }))).toEqual({ kind: 'cooled', until_ms: T0 + 9 });
  expect(of(snapshot({ cooled_until_ms: T0 }, { conn: T0 }))).toEqual({ kind: 'ready' });
});

it('the soonest of all targets decides how long to wait', () => {
  const health = snapshot({ breaker: 'open', retry_at_ms: T0 + 5_000 }, { cold: T0 + 3_000 });
  const open = { connection_id: 'conn', model: 'm' };
  const cold = { connection_id: 'cold', model: 'x' };
  expect(soonestReturnMs(health, [open], T0)).toBe(5_000);
  expect(soonestReturnMs(health, [open, cold], T0)).toBe(3_000);
  expect(soonestReturnMs(health, [], T0)).toBe(1_000);
});
