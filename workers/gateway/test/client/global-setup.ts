import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { freePort, startGateway, startSimulator, stopAll } from '../../../../scripts/dev-server.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    base_url: string;
    admin_key: string;
    simulator_url: string;
  }
}

/** One gateway in workerd and one simulator on real sockets for all client tests, with a database of their own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { createKey } = await import('../../../../packages/core/src/key-format.ts');
  const admin_key = createKey('admin', (length) => crypto.getRandomValues(new Uint8Array(length))).text;
  const persist_to = mkdtempSync(path.join(tmpdir(), 'sluice-client-'));
  const simulator_url = await startSimulator();
  const { base_url } = await startGateway({
    port: await freePort(18_787),
    admin_key,
    simulator_url,
    persist_to,
    vars: { SLUICE_TRACE_FLUSH_MS: '100' },
    ...(process.env['SLUICE_TEST_LOG'] === undefined ? {} : { on_line: console.log }),
  });
  project.provide('base_url', base_url);
  project.provide('admin_key', admin_key);
  project.provide('simulator_url', simulator_url);
  return async () => {
    await stopAll();
    rmSync(persist_to, { recursive: true, force: true });
  };
}
