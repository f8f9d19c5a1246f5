/**
 * What a routing decision costs: `node scripts/run.mjs bench/routing.ts`. CPU of this process, not wall-clock time;
 * numbers are in docs/performance.md, and no test depends on them.
 */
import {
  createTestPorts,
  testConnection,
  testPolicy,
  testRequest,
  testSettings,
} from '../packages/core/src/routing/auto-test-bed.ts';
import { createRoutingMemory } from '../packages/core/src/routing/routing-memory.ts';
import { route } from '../packages/core/src/stages/route.ts';

const ROUNDS = 2000;
const WARM = 300;
const TEXT =
  'Our service leaks connections under load since the last release. Here is the pool, find the cause and explain how you would prove it:\n```ts\nfor (const job of jobs) { const c = await pool.take(); void run(job, c); }\n```';

function measure(name: string, providers: number, listed: number, text = TEXT): void {
  const models = Array.from({ length: 500 }, (_, i) => ({
    provider: `p${i % providers}`,
    model: `m${i}`,
    output_price: 1e8 + i * 5e7,
    quality: 0.5 + (i % 43) / 100,
  }));
  const connections = Array.from({ length: 50 }, (_, i) => testConnection(`p${i % providers}`, i));
  const targets = Object.fromEntries(
    Array.from({ length: listed }, (_, i) => [
      `conn_p${i % providers}_${i % 50}\nm${i}`,
      {
        breaker: 'closed' as const,
        retry_at_ms: null,
        cooled_until_ms: null,
        ttft_ms_p50: 300 + i,
        latency_ms_p50: 2000 + i,
        tokens_per_second: 50 + (i % 100),
        error_ratio: 0.01,
      },
    ]),
  );
  const ports = { ...createTestPorts(models, { targets }).ports, memory: createRoutingMemory() };
  const settings = testSettings(connections);
  const policy = testPolicy();
  const request = testRequest(text);
  const first = process.cpuUsage();
  route(request, policy, settings, ports);
  const cold = process.cpuUsage(first);
  for (let i = 0; i < WARM; i++) route(request, policy, settings, ports);
  const before = process.cpuUsage();
  for (let i = 0; i < ROUNDS; i++) route(request, policy, settings, ports);
  const used = process.cpuUsage(before);
  const each_us = (used.user + used.system) / ROUNDS;
  console.log(`| ${name} | ${each_us.toFixed(0)} | ${((cold.user + cold.system) / 1000).toFixed(1)} |`);
}

console.log('| 500 models, 50 connections | us of CPU, each | ms, the first |\n|---|---:|---:|');
measure('10 providers, no traffic yet', 10, 0);
measure('10 providers, 500 targets with health', 10, 500);
measure('1 provider whose models all connections serve (25,000 targets)', 1, 500);
measure('10 providers, a prompt of 200 kB', 10, 500, `${TEXT}\n${'more words '.repeat(18_000)}`);
