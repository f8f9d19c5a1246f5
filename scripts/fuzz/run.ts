/** npm run fuzz [-- --bodies 20000] [--seed N]: broken bodies at every door of a running gateway. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createKey } from '../../packages/core/src/key-format.ts';
import { createSimulator } from '../../packages/simulator/src/simulator.ts';
import { admin, freePort, startGateway, stopAll } from '../dev-server.mjs';
import { fuzzDoors } from './fuzz-doors.ts';

const { values } = parseArgs({
  options: {
    bodies: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stopAll().then(() => process.exit(130)));

const persist_to = mkdtempSync(path.join(tmpdir(), 'sluice-fuzz-'));
const simulator = await createSimulator();
const noted: string[] = [];
try {
  const admin_key = createKey('admin', (length) => crypto.getRandomValues(new Uint8Array(length))).text;
  const { base_url } = await startGateway({
    port: await freePort(22_787),
    admin_key,
    simulator_url: simulator.url,
    persist_to,
    on_line: (line: string) => {
      if (/unhandled|uncaught|internal_error|background_failure/i.test(line)) noted.push(line);
    },
  });
  const { secret } = (await admin(base_url, admin_key, 'POST', 'keys', {
    name: 'fuzz',
    environment: 'dev',
  })) as { secret: string };
  console.log(`seed ${values.seed}`);
  const { sent, faults, statuses } = await fuzzDoors({
    base_url,
    key: secret,
    bodies: Number(values.bodies),
    seed: Number(values.seed),
    at_once: 8,
    on_progress: (route, done) => process.stderr.write(`${route}: ${done}\n`),
  });
  for (const fault of faults.slice(0, 20)) console.log(JSON.stringify(fault));
  for (const line of noted.slice(0, 20)) console.log(line);
  console.log(`statuses ${JSON.stringify(statuses)}`);
  console.log(`${sent} bodies, ${faults.length} faults of ours, ${noted.length} unhandled`);
  process.exitCode = faults.length + noted.length > 0 ? 1 : 0;
} finally {
  await Promise.all([stopAll(), simulator.close()]);
  rmSync(persist_to, { recursive: true, force: true });
}
