/** npm run faults [-- --short] [--only TEXT]: the misbehaviours that a gateway must survive, against the simulator, as a table. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKey } from '../../packages/core/src/key-format.ts';
import { admin, freePort, startGateway, startSimulator, stopAll } from '../dev-server.mjs';
import { CASES, faultRunUpstreams, OUTAGE_MODELS } from './cases.ts';
import { type Row, runAccounts, runCase, runOutage } from './fault-run.ts';

const short = process.argv.includes('--short');
const only_at = process.argv.indexOf('--only');
const only = only_at < 0 ? '' : (process.argv[only_at + 1] ?? '');
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stopAll().then(() => process.exit(130)));

const persist_to = mkdtempSync(path.join(tmpdir(), 'sluice-faults-'));
const simulator_url = await startSimulator();
const admin_key = createKey('admin', (length: number) => crypto.getRandomValues(new Uint8Array(length))).text;
const anthropic = { provider: 'anthropic', base_url: simulator_url, credential: 'simulator' };
const { base_url } = await startGateway({
  port: await freePort(19_787 + (process.pid % 997)),
  admin_key,
  upstreams: JSON.stringify([anthropic, ...faultRunUpstreams(simulator_url)]),
  persist_to,
  vars: { SLUICE_TRACE_FLUSH_MS: '100' },
});
const created = await admin(base_url, admin_key, 'POST', 'keys', { name: 'faults', environment: 'dev' });
const place = { base_url, simulator_url, key: (created as { secret: string }).secret };

const rows: Row[] = [];
const say = (row: Row): void => {
  rows.push(row);
  const how = row.problems.length === 0 ? 'passed' : `FAILED: ${row.problems.join('; ')}`;
  console.log(
    `${row.id.padEnd(40)} ${(row.stream ? 'stream' : 'whole').padEnd(7)} ${String(row.ms).padStart(6)} ms  ${how}`,
  );
};
for (const one of CASES)
  if (one.id.includes(only) && (!short || !one.long))
    for (const row of await Promise.all([runCase(place, one, true), runCase(place, one, false)])) say(row);
if (only === '') {
  const seconds = short ? 6 : 60;
  say(await runOutage(place, OUTAGE_MODELS[short ? 0 : 1] ?? '', seconds));
  say(await runAccounts(place));
}
const failed = rows.filter(({ problems }) => problems.length > 0).length;
console.log(`${rows.length - failed} passed, ${failed} failed`);
await stopAll();
rmSync(persist_to, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
