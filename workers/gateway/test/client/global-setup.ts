import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { freePort, startGateway, startSimulator, stopAll } from '../../../../scripts/dev-server.mjs';
import { faultRunUpstreams } from '../../../../scripts/faults/cases.ts';
import { cloudUpstreams } from './clouds.ts';
import { FAULTS, PER_FAULT } from './faults.ts';
import { METRICS_TOKEN } from './metrics-token.ts';
import { moreUpstreams } from './more-providers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    base_url: string;
    admin_key: string;
    simulator_url: string;
    /** Where the gateway under test keeps its databases. */
    persist_to: string;
  }
}

/** One gateway in workerd and one simulator on real sockets for all client tests, with a database of their own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { createKey } = await import('../../../../packages/core/src/key-format.ts');
  const admin_key = createKey('admin', (length) => crypto.getRandomValues(new Uint8Array(length))).text;
  const persist_to = mkdtempSync(path.join(tmpdir(), 'sluice-client-'));
  const simulator_url = await startSimulator();
  const simulated = ['openai', 'anthropic', 'gemini'].map((provider) => ({
    provider,
    credential: 'simulator',
  }));
  // Its failing chat models have connections of their own, which must not make this one rest.
  const rerank = [{ provider: 'cohere', credential: 'simulator', models: ['rerank-v3.5'] }];
  // A connection of its own for each: a breaker that opens, or a connection that rests, is then nobody else's.
  const pool = FAULTS.flatMap((fault) =>
    Array.from({ length: PER_FAULT }, (_, i) => ({
      id: `conn_${fault}_${i}`,
      provider: 'openai',
      credential: 'simulator',
      models: [`pool-${i}-sim-${fault}`],
    })),
  );
  const service_account = await (await fetch(`${simulator_url}/__sim/service-account`)).text();
  const paths: Record<string, string> = { openai: '/v1' };
  const upstreams = [...simulated, ...rerank, ...pool].map((upstream) => ({
    ...upstream,
    base_url: `${simulator_url}${paths[upstream.provider] ?? ''}`,
  }));
  const { base_url } = await startGateway({
    // Begins elsewhere in each process, so that two runs at once do not find the same free port.
    port: await freePort(18_787 + (process.pid % 997)),
    admin_key,
    upstreams: JSON.stringify([
      ...upstreams,
      ...cloudUpstreams(simulator_url, service_account),
      ...moreUpstreams(simulator_url),
      ...faultRunUpstreams(simulator_url),
    ]),
    persist_to,
    vars: {
      SLUICE_TRACE_FLUSH_MS: '100',
      SLUICE_ENCRYPTION_KEYS: `test:${'A'.repeat(43)}`,
      SLUICE_METRICS_TOKEN: METRICS_TOKEN,
      SLUICE_PRICE_SOURCE: `${simulator_url}/__sim/price-list`,
      SLUICE_RECEIPT_KEYS: `test:${'A'.repeat(43)}`,
    },
    // Kept, so that a test can look for what must not be in it.
    on_line: (line: string) => {
      appendFileSync(path.join(persist_to, 'gateway.log'), `${line}\n`);
      if (process.env['SLUICE_TEST_LOG'] !== undefined) console.log(line);
    },
  });
  project.provide('base_url', base_url);
  project.provide('admin_key', admin_key);
  project.provide('simulator_url', simulator_url);
  project.provide('persist_to', persist_to);
  return async () => {
    await stopAll();
    rmSync(persist_to, { recursive: true, force: true });
  };
}
