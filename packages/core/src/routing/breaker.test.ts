import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyResult, type Breaker, CLOSED_BREAKER, PAUSE_MS_MAX, PROBES, takeProbe } from './breaker.ts';

const T0 = 1_763_700_000_000;
type Result = 'success' | 'failure' | 'neutral';

function after(breaker: Breaker, results: Result[], now_ms = T0, generation: number | null = null): Breaker {
  const probe = generation === null ? null : { generation };
  return results.reduce((state, result) => applyResult(state, { result, probe }, now_ms, 0), breaker);
}
const times = (count: number, result: Result): Result[] => Array.from({ length: count }, () => result);

const opened = after(CLOSED_BREAKER, times(5, 'failure'));
function halfOpen(breaker: Breaker, now_ms: number): Breaker {
  const taken = takeProbe(breaker, now_ms);
  expect(taken.permit).not.toBeNull();
  return taken.breaker;
}

describe('closed', () => {
  it('the fifth failure in a row opens it, and not the fourth', () => {
    expect(after(CLOSED_BREAKER, times(4, 'failure')).state).toBe('closed');
    expect(opened).toMatchObject({ state: 'open', retry_at_ms: T0 + 5_000 });
  });

  it('a success ends the row, a neutral result does not', () => {
    expect(after(CLOSED_BREAKER, [...times(4, 'failure'), 'success', ...times(4, 'failure')]).state).toBe(
      'closed',
    );
    expect(after(CLOSED_BREAKER, [...times(4, 'failure'), 'neutral', 'failure']).state).toBe('open');
  });

  it('ten thousand bad requests of the caller leave it as it was', () => {
    expect(after(CLOSED_BREAKER, times(10_000, 'neutral'))).toBe(CLOSED_BREAKER);
  });

  it('half of twenty samples open it, half of nineteen do not', () => {
    const pairs = Array.from({ length: 9 }, (): Result[] => ['success', 'failure']).flat();
    expect(after(CLOSED_BREAKER, [...pairs, 'failure']).state).toBe('closed');
    expect(after(CLOSED_BREAKER, [...pairs, 'success', 'failure']).state).toBe('open');
    expect(after(CLOSED_BREAKER, [...pairs, 'success', 'success', 'failure']).state).toBe('closed');
  });

  it('samples of more than half a minute ago do not count', () => {
    const pairs = Array.from({ length: 9 }, (): Result[] => ['success', 'failure']).flat();
    expect(after(after(CLOSED_BREAKER, pairs), ['success', 'failure'], T0 + 31_000).state).toBe('closed');
    expect(after(after(CLOSED_BREAKER, pairs), ['success', 'failure'], T0 + 25_000).state).toBe('open');
  });

  it('holds at most ten slots of samples whatever the traffic', () => {
    let breaker = CLOSED_BREAKER;
    for (let i = 0; i < 1_000; i++) breaker = after(breaker, ['success'], T0 + i * 1_000);
    expect(breaker.samples.length).toBeLessThanOrEqual(10);
  });
});

describe('open', () => {
  it('failures that end together set one reopen time, and none of them moves it', () => {
    expect(after(opened, times(6, 'failure'), T0 + 3_000)).toBe(opened);
  });

  it('a straggler that succeeds does not close it', () => {
    expect(after(opened, ['success'], T0 + 10).state).toBe('open');
  });

  it('no probe is given before the pause is over', () => {
    expect(takeProbe(opened, T0 + 4_999).permit).toBeNull();
    expect(takeProbe(opened, T0 + 5_000).permit).toEqual({ generation: 1 });
  });

  it('the pause doubles with every failed probe, is jittered, and never exceeds 25 seconds', () => {
    let breaker = opened;
    const pauses: number[] = [];
    for (let i = 0; i < 8; i++) {
      const now_ms = breaker.retry_at_ms ?? Number.NaN;
      breaker = halfOpen(breaker, now_ms);
      breaker = after(breaker, ['failure'], now_ms, breaker.generation);
      pauses.push((breaker.retry_at_ms ?? Number.NaN) - now_ms);
    }
    expect(pauses).toEqual([10_000, 20_000, 25_000, 25_000, 25_000, 25_000, 25_000, 25_000]);
    const fail = { result: 'failure', probe: null } as const;
    const four = after(CLOSED_BREAKER, times(4, 'failure'));
    expect(applyResult(four, fail, T0, 0.999_999).retry_at_ms).toBe(T0 + 5_500);
    expect(applyResult({ ...four, openings: 30 }, fail, T0, 0.999_999).retry_at_ms).toBe(T0 + PAUSE_MS_MAX);
  });
});

describe('half open', () => {
  const half = halfOpen(opened, T0 + 5_000);

  it('gives exactly three probes to two hundred who ask', () => {
    let breaker = opened;
    let permits = 0;
    for (let i = 0; i < 200; i++) {
      const taken = takeProbe(breaker, T0 + 5_000);
      breaker = taken.breaker;
      if (taken.permit !== null) permits++;
    }
    expect(permits).toBe(3);
  });

  it('two successes of its generation close it, one does not', () => {
    const both = takeProbe(half, T0 + 5_000).breaker;
    expect(after(both, ['success'], T0 + 6_000, 1).state).toBe('half_open');
    expect(after(both, ['success', 'success'], T0 + 6_000, 1)).toMatchObject({
      state: 'closed',
      openings: 0,
    });
  });

  it('one failing probe reopens it for longer', () => {
    expect(after(half, ['failure'], T0 + 6_000, 1)).toMatchObject({
      state: 'open',
      retry_at_ms: T0 + 15_000,
    });
  });

  it('the pause after a probe that hung counts from when it was sent', () => {
    expect(after(half, ['failure'], T0 + 35_000, 1)).toMatchObject({
      state: 'open',
      retry_at_ms: T0 + 36_000,
    });
  });

  it('a probe of an older generation neither closes nor reopens the next one', () => {
    const reopened = after(half, ['failure'], T0 + 6_000, 1);
    const second = halfOpen(reopened, T0 + 16_000);
    expect(second.generation).toBe(2);
    expect(after(second, times(3, 'success'), T0 + 16_001, 1)).toBe(second);
    expect(after(second, ['failure'], T0 + 16_001, 1)).toBe(second);
  });

  it('an attempt without a permit changes nothing', () => {
    expect(after(half, ['success', 'success', 'failure'], T0 + 6_000)).toBe(half);
  });

  it('a probe that ends neutral frees its slot at once', () => {
    let breaker = half;
    for (let i = 1; i < PROBES; i++) breaker = takeProbe(breaker, T0 + 5_000).breaker;
    expect(takeProbe(breaker, T0 + 5_000).permit).toBeNull();
    breaker = after(breaker, ['neutral'], T0 + 5_100, 1);
    expect(takeProbe(breaker, T0 + 5_100).permit).toEqual({ generation: 1 });
  });

  it('a probe that succeeded keeps its slot: a fourth is not let through', () => {
    let breaker = half;
    for (let i = 1; i < PROBES; i++) breaker = takeProbe(breaker, T0 + 5_000).breaker;
    breaker = after(breaker, ['success'], T0 + 5_100, 1);
    expect(takeProbe(breaker, T0 + 5_100).permit).toBeNull();
  });

  it('permits that were lost free their slots after a minute, under a new generation', () => {
    let breaker = half;
    for (let i = 1; i < PROBES; i++) breaker = takeProbe(breaker, T0 + 5_000).breaker;
    expect(takeProbe(breaker, T0 + 64_999).permit).toBeNull();
    const next = takeProbe(breaker, T0 + 65_000);
    expect(next.permit).toEqual({ generation: 2 });
  });

  it('one lost permit does not keep its slot while others come and go', () => {
    const both = takeProbe(half, T0 + 5_000).breaker;
    const one_left = after(both, ['neutral'], T0 + 6_000, 1);
    expect(takeProbe(one_left, T0 + 65_000).breaker).toMatchObject({ generation: 2, probes_out: 1 });
  });

  it('a success counts on when the other permits of its generation are lost', () => {
    const once = after(takeProbe(half, T0 + 5_000).breaker, ['success'], T0 + 6_000, 1);
    const next = takeProbe(once, T0 + 65_000);
    expect(next.permit).toEqual({ generation: 2 });
    expect(after(next.breaker, ['success'], T0 + 66_000, 2).state).toBe('closed');
  });

  it('probes of a model that takes more than a minute to answer still close it', () => {
    let breaker = half;
    for (let i = 1; i < PROBES; i++) breaker = takeProbe(breaker, T0 + 5_000).breaker;
    breaker = takeProbe(breaker, T0 + 65_000).breaker;
    const once = after(breaker, ['success'], T0 + 95_000, 1);
    expect(once).toMatchObject({ state: 'half_open', probes_out: 1, probe_successes: 1 });
    expect(after(once, ['success'], T0 + 95_000, 1).state).toBe('closed');
    expect(after(once, ['failure'], T0 + 95_000, 1).state).toBe('open');
  });
});

describe('an outage of any length', () => {
  /** Traffic once a second; while the target is down every request fails after `answer_ms`. */
  function backAfterMs(outage_ms: number, answer_ms: number, random: number): number {
    let breaker = CLOSED_BREAKER;
    const ends: { at_ms: number; result: Result; generation: number | null }[] = [];
    for (let now_ms = 0; now_ms < outage_ms + 120_000; now_ms += 250) {
      for (const one of ends.filter((end) => end.at_ms === now_ms)) {
        const probe = one.generation === null ? null : { generation: one.generation };
        breaker = applyResult(breaker, { result: one.result, probe }, now_ms, random);
      }
      if (breaker.state === 'closed' && now_ms >= outage_ms && breaker.generation > 0)
        return now_ms - outage_ms;
      if (now_ms % 1_000 !== 0) continue;
      const taken = takeProbe(breaker, now_ms);
      breaker = taken.breaker;
      if (breaker.state !== 'closed' && taken.permit === null) continue;
      const down = now_ms < outage_ms;
      const at_ms = now_ms + (down ? answer_ms : 500);
      ends.push({
        at_ms,
        result: down ? 'failure' : 'success',
        generation: taken.permit?.generation ?? null,
      });
    }
    return Number.POSITIVE_INFINITY;
  }

  it('pauses no longer than 15 s at first', () => {
    const four = after(CLOSED_BREAKER, times(4, 'failure'));
    const first = applyResult(four, { result: 'failure', probe: null }, T0, 0.999_999);
    expect((first.retry_at_ms ?? Number.NaN) - T0).toBeLessThanOrEqual(15_000);
  });

  it.each([
    ['refuses at once', 250],
    ['takes ten seconds to fail', 10_000],
  ])('is over for callers within half a minute, where the target %s', (_, answer_ms) => {
    for (let outage_ms = 20_000; outage_ms <= 400_000; outage_ms += 7_000)
      for (const random of [0, 0.5, 0.999])
        expect(backAfterMs(outage_ms, answer_ms, random), `${outage_ms}`).toBeLessThanOrEqual(30_000);
  });
});

describe('whatever happens', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('ask' as const), pass_ms: fc.integer({ min: 0, max: 20_000 }) }),
    fc.record({
      kind: fc.constant('end' as const),
      which: fc.nat(20),
      result: fc.constantFrom<Result>('success', 'failure', 'neutral'),
      pass_ms: fc.integer({ min: 0, max: 3_000 }),
    }),
    fc.record({
      kind: fc.constant('plain' as const),
      result: fc.constantFrom<Result>('success', 'failure', 'failure', 'failure', 'neutral'),
      pass_ms: fc.integer({ min: 0, max: 500 }),
    }),
  );

  it('no generation ever has more than three probes out, and every open breaker is asked again', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 150 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (steps, random) => {
          let breaker = opened;
          let now_ms = T0;
          let out: number[] = [];
          const succeeded = new Map<number, number>();
          for (const one of steps) {
            now_ms += one.pass_ms;
            if (one.kind === 'ask') {
              const taken = takeProbe(breaker, now_ms);
              if (taken.permit !== null) out.push(taken.permit.generation);
              breaker = taken.breaker;
            } else if (one.kind === 'end' && out.length > 0) {
              const which = one.which % out.length;
              const generation = out[which] ?? 0;
              out = out.filter((_, i) => i !== which);
              if (one.result === 'success') succeeded.set(generation, (succeeded.get(generation) ?? 0) + 1);
              breaker = applyResult(breaker, { result: one.result, probe: { generation } }, now_ms, random);
            } else if (one.kind === 'plain') {
              breaker = applyResult(breaker, { result: one.result, probe: null }, now_ms, random);
            }
            const current = out.filter((generation) => generation === breaker.generation).length;
            const done = breaker.state === 'half_open' ? (succeeded.get(breaker.generation) ?? 0) : 0;
            expect(current + done).toBeLessThanOrEqual(PROBES);
            expect(breaker.retry_at_ms === null).toBe(breaker.state !== 'open');
          }
          // From anywhere: wait out the longest pause or permit, then let every probe succeed.
          if (breaker.state === 'closed') return;
          now_ms += 60_000;
          for (let i = 0; i < 2 && breaker.state !== 'closed'; i++) {
            const taken = takeProbe(breaker, now_ms);
            expect(taken.permit).not.toBeNull();
            breaker = applyResult(taken.breaker, { result: 'success', probe: taken.permit }, now_ms, random);
          }
          expect(breaker.state).toBe('closed');
        },
      ),
      { numRuns: 500 },
    );
  });
});
