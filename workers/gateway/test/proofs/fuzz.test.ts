import { expect, it } from 'vitest';
import { fuzzDoors } from '../../../../scripts/fuzz/fuzz-doors.ts';
import { base_url, createVirtualKey } from '../client/harness.ts';

/** `npm run fuzz` sends 20,000 to each door. */
it('answers every broken body with an error of its own making or with the provider’s', {
  timeout: 120_000,
}, async () => {
  const { secret } = await createVirtualKey();
  const { sent, faults, statuses } = await fuzzDoors({
    base_url,
    key: secret,
    bodies: 120,
    seed: 1,
    at_once: 6,
  });
  expect(sent).toBeGreaterThan(1000);
  expect(faults).toEqual([]);
  // Else it would only show that bodies are refused.
  expect(statuses[200]).toBeGreaterThan(100);
});
