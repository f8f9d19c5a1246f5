import { expect, it } from 'vitest';
import { startSimulator, stopAll } from '../../../../scripts/dev-server.mjs';
import { runOvershoot } from '../../../../scripts/overshoot/overshoot.ts';
import { newAdminKey, serveWorkerd } from '../../../../scripts/workerd/serve-workerd.ts';

const LIMIT_USD_NANOS = 10_000_000;

it('120 streams at once over 10 keys spend no shared budget above its limit, and no book says less than the bill', {
  timeout: 120_000,
}, async () => {
  const simulator_url = await startSimulator();
  const admin_key = newAdminKey();
  const gateway = await serveWorkerd({
    admin_key,
    upstreams: [{ provider: 'openai', base_url: `${simulator_url}/v1`, credential: 'simulator' }],
  });
  try {
    const result = await runOvershoot(
      { base_url: gateway.base_url, admin_key, simulator_url },
      { streams: 120, keys: 10, users: 5, limit_usd_nanos: LIMIT_USD_NANOS },
    );
    expect(result).toMatchObject({ other: 0, overshoot_usd_nanos: 0 });
    for (const {
      scope,
      limit_usd_nanos,
      billed_usd_nanos,
      spent_usd_nanos,
      held_usd_nanos,
    } of result.scopes) {
      expect(held_usd_nanos, scope).toBe(0);
      expect(spent_usd_nanos, scope).toBeLessThanOrEqual(limit_usd_nanos);
      expect(spent_usd_nanos, scope).toBeGreaterThanOrEqual(billed_usd_nanos);
    }
    // Nothing, but for the input of attempts whose connection a busy machine broke: nobody knows whether it was billed.
    expect(result.difference_usd_nanos).toBeLessThan(LIMIT_USD_NANOS / 100);
    // Without a refusal nobody tried to spend more than there was.
    expect(result.refused).toBeGreaterThan(0);
    expect(result.answered).toBeGreaterThan(10);
  } finally {
    await gateway.stop();
    await stopAll();
  }
});
