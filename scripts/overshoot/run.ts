// npm run overshoot [-- --streams N --keys N --users N --rounds N]: many streams at once against shared budgets, then the
// provider's own bill beside them.
import { parseArgs } from 'node:util';
import { startSimulator, stopAll } from '../dev-server.mjs';
import { newAdminKey, serveWorkerd } from '../workerd/serve-workerd.ts';
import { runOvershoot } from './overshoot.ts';

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '500' },
    keys: { type: 'string', default: '20' },
    users: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
  },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stopAll().then(() => process.exit(130)));

console.log('| round | answered | refused | retries | largest overshoot | largest difference | left idle |');
console.log('|---:|---:|---:|---:|---:|---:|---:|');
let broken = 0;
for (let round = 1; round <= Number(values.rounds); round++) {
  const simulator_url = await startSimulator();
  const admin_key = newAdminKey();
  const gateway = await serveWorkerd({
    admin_key,
    upstreams: [{ provider: 'openai', base_url: `${simulator_url}/v1`, credential: 'simulator' }],
  });
  const result = await runOvershoot(
    { base_url: gateway.base_url, admin_key, simulator_url },
    {
      streams: Number(values.streams),
      keys: Number(values.keys),
      users: Number(values.users),
      limit_usd_nanos: 40_000_000,
    },
  );
  await gateway.stop();
  await stopAll();
  const { answered, refused, retries, overshoot_usd_nanos, difference_usd_nanos, idle_share } = result;
  const idle = `${(idle_share * 100).toFixed(2)} %`;
  console.log(
    `| ${round} | ${answered} | ${refused} | ${retries} | ${overshoot_usd_nanos} | ${difference_usd_nanos} | ${idle} |`,
  );
  if (result.other > 0 || overshoot_usd_nanos > 0 || difference_usd_nanos > 0) {
    broken += 1;
    console.log(JSON.stringify(result, null, 1));
  }
}
process.exitCode = broken > 0 ? 1 : 0;
