import { beforeAll, describe, expect, it } from 'vitest';
import { CASES, OUTAGE_MODELS } from '../../../../scripts/faults/cases.ts';
import { type Place, runAccounts, runCase, runOutage } from '../../../../scripts/faults/fault-run.ts';
import { base_url, createVirtualKey, simulator_url } from '../client/harness.ts';

let place: Place;
beforeAll(async () => {
  place = { base_url, simulator_url, key: (await createVirtualKey()).secret };
});

// What takes long by its nature is left to `npm run faults`.
describe.each([true, false])('a provider that misbehaves (stream: %s)', (stream) => {
  it.each(CASES.filter(({ long }) => !long))('$id: the answer is complete all the same', async (one) => {
    expect((await runCase(place, one, stream)).problems).toEqual([]);
  });
});

it('a stream that never begins is answered by the fallback within 15 s', { timeout: 40_000 }, async () => {
  const late = CASES.find(({ id }) => id.startsWith('first token'));
  if (late === undefined) throw new Error('no such case');
  expect((await runCase(place, late, true)).problems).toEqual([]);
});

it('an outage is bridged, and the provider is back soon after it', { timeout: 60_000 }, async () => {
  expect((await runOutage(place, OUTAGE_MODELS[0] ?? '', 6)).problems).toEqual([]);
});

it('both providers of a stream that was taken over are counted, for the client and in the receipt', async () => {
  expect((await runAccounts(place)).problems).toEqual([]);
});
