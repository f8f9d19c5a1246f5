import { expect, it } from 'vitest';
import { type BoardLoads, noteLoad, sumLoads } from './board-load.ts';

const T0 = 1_763_700_000_000;

it('adds up what the isolates last reported, and gives each the sum of the others', () => {
  const loads: BoardLoads = new Map();
  noteLoad(loads, { isolate: 'a', in_flight: { x: 2, y: 1 } }, T0);
  noteLoad(loads, { isolate: 'b', in_flight: { x: 9 } }, T0);
  noteLoad(loads, { isolate: 'b', in_flight: { x: 3 } }, T0 + 1_000);
  expect(sumLoads(loads, null, T0 + 1_000)).toEqual({ x: 5, y: 1 });
  expect(sumLoads(loads, 'a', T0 + 1_000)).toEqual({ x: 3 });
});

it('forgets an isolate that has nothing under way, and one that is silent for a minute', () => {
  const loads: BoardLoads = new Map();
  noteLoad(loads, { isolate: 'a', in_flight: { x: 2 } }, T0);
  noteLoad(loads, { isolate: 'b', in_flight: { x: 1 } }, T0);
  noteLoad(loads, { isolate: 'b', in_flight: {} }, T0 + 1);
  expect(sumLoads(loads, null, T0 + 59_000)).toEqual({ x: 2 });
  expect(sumLoads(loads, null, T0 + 61_000)).toEqual({});
  expect(loads.size).toBe(0);
});

it('holds at most a thousand isolates', () => {
  const loads: BoardLoads = new Map();
  for (let i = 0; i < 3_000; i++) noteLoad(loads, { isolate: `${i}`, in_flight: { x: 1 } }, T0);
  expect(sumLoads(loads, null, T0)).toEqual({ x: 1_000 });
});
