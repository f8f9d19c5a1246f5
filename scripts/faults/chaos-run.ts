/** npm run chaos [-- --minutes N] [--seed N]: a fixed mixture of faults and disconnects, then both books are compared. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createKey } from '../../packages/core/src/key-format.ts';
import { admin, freePort, startGateway, startSimulator, stopAll } from '../dev-server.mjs';
import { runChaos } from './chaos.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string', default: '7' } },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stopAll().then(() => process.exit(130)));

const persist_to = mkdtempSync(path.join(tmpdir(), 'sluice-chaos-'));
const simulator_url = await startSimulator();
const admin_key = createKey('admin', (length: number) => crypto.getRandomValues(new Uint8Array(length))).text;
const { base_url } = await startGateway({
  port: await freePort(20_787 + (process.pid % 997)),
  admin_key,
  upstreams: JSON.stringify([
    { provider: 'openai', base_url: `${simulator_url}/v1`, credential: 'simulator' },
  ]),
  persist_to,
  vars: { SLUICE_TRACE_FLUSH_MS: '100' },
});
const budget_usd = 0.5;
const created = await admin(base_url, admin_key, 'POST', 'keys', {
  name: 'chaos',
  environment: 'dev',
  budgets: [{ window: 'monthly', limit_usd: budget_usd, hard: true }],
});
const key = (created as { secret: string }).secret;
const minutes = Number(values.minutes);
const result = await runChaos(
  { base_url, simulator_url, key, budget_usd },
  minutes * 60_000,
  Number(values.seed),
);
console.log(JSON.stringify({ minutes, seed: Number(values.seed), ...result }, null, 2));
await stopAll();
rmSync(persist_to, { recursive: true, force: true });
