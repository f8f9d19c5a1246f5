import { execFile } from 'node:child_process';
import path from 'node:path';
import type { LoadAsk, LoadResult } from './load.ts';
import { CORES, readBusySeconds, readCpuSeconds } from './machine.ts';
import type { Scenario } from './scenarios.ts';
import type { Subject } from './subjects.ts';

export interface Sample extends LoadResult {
  round: number;
  /** CPU of the subject's process over all answers; NaN where there is no process. */
  cpu_us_per_request: number;
  cpu_us_per_chunk: number;
  /** Share of the machine that neither the subject nor the bench used. */
  others_share: number;
}

/** One run of load on one subject, with what it cost. */
export async function takeSample(
  subject: Subject,
  scenario: Scenario,
  round: number,
  scale: number,
  upstream_pid: number,
): Promise<Sample> {
  const ask: LoadAsk = {
    url: subject.url,
    headers: subject.headers,
    authorizations: subject.authorizations,
    body_file: subject.bodies[scenario.body],
    connections: scenario.connections,
    seconds: scenario.seconds * (scenario.fixed ? 1 : scale),
    warm_seconds: scenario.warm_seconds,
    rate: scenario.rate,
    chunks: scenario.chunks,
  };
  const pid = subject.server?.served.pid ?? null;
  const before = { at: performance.now(), cpu: readCpuSeconds(pid), busy: readBusySeconds() };
  const ends_before = readCpuSeconds(upstream_pid) + process.cpuUsage().user / 1e6;
  const result = await load(ask);
  const seconds = (performance.now() - before.at) / 1000;
  const cpu = readCpuSeconds(pid) - before.cpu;
  const ends =
    readCpuSeconds(upstream_pid) + process.cpuUsage().user / 1e6 - ends_before + result.cpu_seconds;
  const others = readBusySeconds() - before.busy - cpu - ends;
  return {
    ...result,
    round,
    cpu_us_per_request: pid === null ? Number.NaN : (cpu / Math.max(1, result.answers)) * 1e6,
    cpu_us_per_chunk: pid === null ? Number.NaN : (cpu / Math.max(1, result.chunks)) * 1e6,
    others_share: Math.max(0, others / (seconds * CORES)),
  };
}

function load(ask: LoadAsk): Promise<LoadResult> {
  const file = path.join(import.meta.dirname, 'load.ts');
  const timeout = (ask.seconds + ask.warm_seconds) * 1000 + 15_000;
  return new Promise((resolve, reject) =>
    execFile(process.execPath, [file, JSON.stringify(ask)], { timeout }, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`the load generator failed: ${error.message}\n${stderr}`));
      else resolve(JSON.parse(stdout));
    }),
  );
}
