import { describe, expect, it } from 'vitest';
import { EFFECT_MS, measureEffect } from './measure-effect.ts';
import { FAILED, monthOfTraffic, UNTIL_MS } from './synthetic-month-fixture.ts';

const half = (seed: number, shape: Parameters<typeof monthOfTraffic>[1][number]['shape'], per_day = 100) =>
  monthOfTraffic(seed, [{ per_day, ...(shape === undefined ? {} : { shape }) }], {
    from_ms: UNTIL_MS - EFFECT_MS,
  }).requests;
const failing = (share: number) => (chance: () => number) => (chance() < share ? FAILED : {});

describe('the effect of a change', () => {
  it('is better where far fewer requests fail', () => {
    const effect = measureEffect(
      { metric: 'failed_share' },
      half(1, failing(0.05)),
      half(2, failing(0.005)),
      5,
    );
    expect(effect.verdict).toBe('better');
    expect(effect.before?.value).toBeGreaterThan(0.03);
    expect(effect.difference?.high).toBeLessThan(0);
    expect(effect.measured_at_ms).toBe(5);
  });

  it('is worse where requests cost twice as much', () => {
    const dearer = half(2, undefined).map((one) => ({
      ...one,
      cost_usd_nanos: 2 * (one.cost_usd_nanos ?? 0),
    }));
    const effect = measureEffect({ metric: 'cost_per_request' }, half(1, undefined), dearer, 0);
    expect(effect.verdict).toBe('worse');
    expect((effect.difference?.expected ?? 0) / (effect.before?.value ?? 1)).toBeCloseTo(1, 0);
  });

  it('is unclear where nothing changed, nineteen times of twenty', () => {
    let unclear = 0;
    for (let seed = 0; seed < 40; seed++)
      if (
        measureEffect({ metric: 'latency' }, half(2 * seed, undefined), half(2 * seed + 1, undefined), 0)
          .verdict === 'unclear'
      )
        unclear += 1;
    expect(unclear).toBeGreaterThanOrEqual(34);
  });

  it('is not judged from too few requests, or from those of others', () => {
    const few = measureEffect({ metric: 'latency' }, half(1, undefined), half(2, undefined, 3), 0);
    expect(few).toMatchObject({ after: null, difference: null, verdict: 'unclear' });
    const others = measureEffect(
      { metric: 'latency', key_id: 'key_z' },
      half(1, undefined),
      half(2, undefined),
      0,
    );
    expect(others).toMatchObject({ before: null, after: null });
  });
});
