import { targetKey } from '@sluice/contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { beginRequest, createInFlight, endRequest, hearOthers, ownLoad } from './in-flight.ts';

const T0 = 1_763_700_000_000;
const KEY = targetKey('gpu', 'm');

it('counts own requests to the last one and adds what others reported', () => {
  const load = createInFlight();
  beginRequest(load, 'gpu', 'm', T0);
  beginRequest(load, 'gpu', 'm', T0);
  expect(load.sums).toEqual({ [KEY]: 2 });
  hearOthers(load, { [KEY]: 3, [targetKey('other', 'm')]: 1 }, T0);
  expect(load.sums).toEqual({ [KEY]: 5, [targetKey('other', 'm')]: 1 });
  expect(ownLoad(load)).toEqual({ [KEY]: 2 });
  endRequest(load, 'gpu', 'm', T0);
  endRequest(load, 'gpu', 'm', T0);
  hearOthers(load, {}, T0);
  expect(load.sums).toEqual({});
  expect(load.targets.size).toBe(0);
});

it('two requests at once share the time that they overlap', () => {
  const load = createInFlight();
  const first = beginRequest(load, 'gpu', 'm', T0);
  const second = beginRequest(load, 'gpu', 'm', T0 + 1_000);
  expect(endRequest(load, 'gpu', 'm', T0 + 3_000) - second).toBe(1_000);
  expect(endRequest(load, 'gpu', 'm', T0 + 4_000) - first).toBe(3_000);
});

it('requests of other isolates take their share', () => {
  const load = createInFlight();
  hearOthers(load, { [KEY]: 3 }, T0);
  const begun = beginRequest(load, 'gpu', 'm', T0);
  expect(endRequest(load, 'gpu', 'm', T0 + 4_000) - begun).toBe(1_000);
});

it('whatever the overlaps, all shares together are the time in which the endpoint was busy', () => {
  const spans = fc.array(fc.record({ from: fc.nat(50), length: fc.integer({ min: 0, max: 50 }) }), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(
    fc.property(spans, (all) => {
      const load = createInFlight();
      const begun = new Map<number, number>();
      let charged = 0;
      let busy = 0;
      for (let now = 0; now <= 101; now++) {
        all.forEach((one, id) => {
          if (one.from + one.length === now && begun.has(id))
            charged += endRequest(load, 'gpu', 'm', T0 + now) - (begun.get(id) ?? 0);
        });
        all.forEach((one, id) => {
          if (one.from === now && one.length > 0) begun.set(id, beginRequest(load, 'gpu', 'm', T0 + now));
        });
        if (all.some((one) => one.from <= now && now < one.from + one.length)) busy++;
      }
      expect(load.sums).toEqual({});
      expect(charged).toBeCloseTo(busy, 6);
    }),
  );
});

it('a request that was lost without an end stops counting after an hour, also under steady traffic', () => {
  const load = createInFlight();
  beginRequest(load, 'gpu', 'm', T0);
  for (let at = T0; at < T0 + 3_700_000; at += 60_000) {
    beginRequest(load, 'gpu', 'm', at);
    endRequest(load, 'gpu', 'm', at + 1_000);
    hearOthers(load, {}, at + 1_000);
  }
  expect(load.sums).toEqual({});
});

it('an end without a beginning counts nothing', () => {
  const load = createInFlight();
  expect(endRequest(load, 'gpu', 'm', T0)).toBe(0);
  expect(load.sums).toEqual({});
});
