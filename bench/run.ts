// The gateway beside a bare pass-through Worker and the provider directly, interleaved in one run on plain workerd.
//   npm run bench -- [--quick] [--rounds N] [--only a,b] [--scenarios c1,c64,…] [--starts N] [--json FILE] [--state DIR]
// --state says where objects keep their disk, such as a folder in memory: hundreds of objects in one process share one
// disk here, which they do not at Cloudflare.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../scripts/workerd/serve-workerd.ts';
import { readWorkerdVersion } from '../scripts/workerd/workerd-config.ts';
import { CORES, readMemoryMb } from './machine.ts';
import { median, renderReport, renderTable, type Samples } from './report.ts';
import { takeSample } from './sample.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import {
  NOTES,
  type Server,
  SUBJECT_NAMES,
  type Subject,
  type SubjectName,
  startSubjects,
} from './subjects.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    scenarios: { type: 'string' },
    starts: { type: 'string' },
    json: { type: 'string' },
    state: { type: 'string' },
  },
});

function pick<T extends string>(all: readonly T[], text: string | undefined, quick: readonly T[]): T[] {
  if (text === undefined) return [...(values.quick ? quick : all)];
  const names = text.split(',');
  const unknown = names.filter((name) => !all.some((one) => one === name));
  if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}; there are ${all.join(', ')}`);
  return all.filter((one) => names.includes(one));
}

const names = pick<SubjectName>(SUBJECT_NAMES, values.only, SUBJECT_NAMES.slice(0, 6));
const ids = pick(
  SCENARIOS.map(({ id }) => id),
  // A long one, for when it is asked for.
  values.scenarios ??
    (values.quick
      ? undefined
      : SCENARIOS.map(({ id }) => id)
          .filter((id) => id !== 'steady')
          .join()),
  ['c1', 'c64', 's20'],
);
const scenarios = SCENARIOS.filter(({ id }) => ids.includes(id));
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
const starts = Number(values.starts ?? (values.quick ? 1 : 3));
const scale = values.quick ? 0.6 : 1;
/** Time for batches of the run before to be settled, so that nobody pays for another's. */
const SETTLE_MS = 150;

const started = performance.now();
mkdirSync(path.join(ROOT, '.sluice'), { recursive: true });
const dir = mkdtempSync(path.join(values.state ?? path.join(ROOT, '.sluice'), 'bench-'));
const upstream = spawn(process.execPath, [path.join(import.meta.dirname, 'upstream.ts')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const servers = new Set<Server>();

async function cleanUp(): Promise<void> {
  for (const server of servers) await server.served.stop();
  upstream.kill();
  rmSync(dir, { recursive: true, force: true });
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanUp().then(() => process.exit(130)));

try {
  const upstream_url = await new Promise<string>((resolve, reject) => {
    upstream.once('exit', () => reject(new Error('the upstream stopped')));
    upstream.stdout.once('data', (text) => resolve(`http://127.0.0.1:${String(text).trim().split(' ')[1]}`));
  });
  const subjects = await startSubjects(names, dir, upstream_url);
  for (const { server } of subjects) if (server !== null) servers.add(server);
  for (const server of servers) server.idle_mb = readMemoryMb(server.served.pid);
  const samples = await measure(subjects);
  for (const server of servers) server.loaded_mb = readMemoryMb(server.served.pid);
  await timeStarts();
  report(subjects, samples);
} finally {
  await cleanUp();
}

async function measure(subjects: Subject[]): Promise<Samples> {
  const samples: Samples = new Map(subjects.map(({ name }) => [name, new Map()]));
  const sample = async (subject: Subject, scenario: Scenario, round: number) => {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return takeSample(subject, scenario, round, scale, upstream.pid ?? 0);
  };
  const warm = scenarios.filter(({ id }) => id === 'c8' || id === 'c64' || id.startsWith('s')).slice(-2);
  for (const subject of subjects)
    for (const scenario of warm) await sample(subject, { ...scenario, seconds: 0.8 }, -1);
  for (let round = 0; round < rounds; round++)
    for (const scenario of scenarios) {
      const first = round % subjects.length;
      for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
        const taken = await sample(subject, scenario, round);
        if (taken.first_wrong !== null)
          console.error(
            `! ${subject.name} ${scenario.id}: ${taken.wrong} wrong, first: ${taken.first_wrong}`,
          );
        const own = samples.get(subject.name);
        own?.set(scenario.id, [...(own.get(scenario.id) ?? []), taken]);
      }
    }
  return samples;
}

async function timeStarts(): Promise<void> {
  for (let n = 0; n < starts; n++)
    for (const server of servers) {
      await server.served.stop();
      server.served = await server.start();
      server.started_ms.push(server.served.started_ms);
    }
}

function report(subjects: Subject[], samples: Samples): void {
  const shares = [...samples.values()].flatMap((own) =>
    [...own.values()].flat().map((one) => one.others_share),
  );
  const seen = new Set<Server>();
  const processes = subjects.flatMap(({ name, server }) => {
    if (server === null || seen.has(server)) return [];
    seen.add(server);
    const { idle_mb, loaded_mb, started_ms } = server;
    return [{ name, idle_mb, loaded_mb, started_ms }];
  });
  const machine = `${CORES} cores (${cpus()[0]?.model ?? 'unknown'}), workerd ${readWorkerdVersion(ROOT)}, Node ${process.version}`;
  console.log(
    `\n${machine}\n${rounds} rounds, medians [min..max] of same-round ratios; others used ${percent(median(shares))} of the machine (at most ${percent(Math.max(...shares))})\n`,
  );
  console.log(renderReport(samples, scenarios));
  console.log("\n### Memory and start (to the first answer, with the gateway's own bundle)");
  console.log(
    renderTable(
      ['process', 'idle MB', 'loaded MB', 'start ms', 'min', 'max'],
      processes.map((one) => [
        one.name,
        ...[
          one.idle_mb,
          one.loaded_mb,
          median(one.started_ms),
          Math.min(...one.started_ms),
          Math.max(...one.started_ms),
        ].map((value) => value.toFixed(0)),
      ]),
    ),
  );
  console.log(`\n${names.map((name) => `${name}: ${NOTES[name]}`).join('\n')}`);
  const date = new Date().toISOString();
  const results = {
    date,
    machine,
    rounds,
    scale,
    others_share: { median: median(shares), max: Math.max(...shares) },
    scenarios,
    processes,
    samples: Object.fromEntries([...samples].map(([name, own]) => [name, Object.fromEntries(own)])),
  };
  const own_file = path.join(ROOT, 'bench/results', `${date.replaceAll(':', '-').slice(0, 19)}.json`);
  mkdirSync(path.dirname(own_file), { recursive: true });
  for (const file of [own_file, ...(values.json === undefined ? [] : [values.json])])
    writeFileSync(file, JSON.stringify(results, null, 1));
  console.log(
    `\n${Math.round((performance.now() - started) / 1000)} s; written to ${path.relative(ROOT, own_file)}`,
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
