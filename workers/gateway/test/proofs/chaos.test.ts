import { expect, it } from 'vitest';
import { runChaos } from '../../../../scripts/faults/chaos.ts';
import { base_url, createVirtualKey, simulator_url } from '../client/harness.ts';

it('thirty seconds of faults of every kind, with clients that leave, lose no settlement and no nano-dollar', {
  timeout: 120_000,
}, async () => {
  const budget_usd = 0.5;
  const { secret: key } = await createVirtualKey({
    budgets: [{ window: 'total', limit_usd: budget_usd, hard: true }],
  });
  const result = await runChaos({ base_url, simulator_url, key, budget_usd }, 30_000, 7);
  expect(result).toMatchObject({ hung: 0, held_usd: 0, in_flight: 0, unsettled: 0, overshoot_usd_nanos: 0 });
  expect(result.compared).toBeGreaterThan(50);
  expect(result.ours_usd_nanos).toBe(result.theirs_usd_nanos);
});
