import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKey } from '../../packages/core/src/key-format.ts';
import { createSimulator } from '../../packages/simulator/src/simulator.ts';
import { admin, freePort, startGateway, stopAll } from '../dev-server.mjs';
import { renderUpstreams } from './targets.ts';

/** A gateway of its own, with a connection to the simulator for each wire format. */
export async function startMatrix(doors: readonly string[]): Promise<{
  base_url: string;
  simulator_url: string;
  key: string;
  stop: () => Promise<void>;
}> {
  const persist_to = mkdtempSync(path.join(tmpdir(), 'sluice-compatibility-'));
  const simulator = await createSimulator();
  const stop = async (): Promise<void> => {
    await Promise.all([stopAll(), simulator.close()]);
    rmSync(persist_to, { recursive: true, force: true });
  };
  try {
    const admin_key = createKey('admin', (length) => crypto.getRandomValues(new Uint8Array(length))).text;
    const service_account = await (await fetch(`${simulator.url}/__sim/service-account`)).text();
    const { base_url } = await startGateway({
      port: await freePort(21_787),
      admin_key,
      upstreams: renderUpstreams({ url: simulator.url, service_account }, doors),
      persist_to,
    });
    const { secret } = (await admin(base_url, admin_key, 'POST', 'keys', {
      name: 'compatibility',
      environment: 'dev',
    })) as { secret: string };
    return { base_url, simulator_url: simulator.url, key: secret, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
