// npm run traces:bench [-- --rows 20000] [-- --check]: how long searches and reports take over millions of traces.
// Without --check the table goes into docs/traces.md; with it, a statement that scans a table makes it fail.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { TraceFilter } from '../../packages/contract/src/trace-store.ts';
import type { UsageGroup } from '../../packages/contract/src/usage.ts';
import { createLocalD1, type Ran } from './local-d1.ts';
import { migrateAll, seedTraces, UNTIL_MS, YEAR_MS } from './seed.ts';

// Migrations are text to the Worker's bundler.
registerHooks({
  load: (url, context, next) =>
    url.endsWith('.sql')
      ? { format: 'module', source: 'export default ""', shortCircuit: true }
      : next(url, context),
});
const { createTraceStore } = await import('../../packages/cloudflare/src/d1/traces.ts');
const { createUsageStore } = await import('../../packages/cloudflare/src/d1/usage.ts');

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '2000000' }, check: { type: 'boolean', default: false } },
});
const count = Number(values.rows);
const PAGE_ROWS = 51;
const TIMES = 7;
const DAY_MS = 86_400_000;

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-traces-'));
const file = path.join(folder, 'd1.sqlite');
try {
  const { db, sqlite, ran } = createLocalD1(file);
  migrateAll(sqlite);
  const begun_ms = performance.now();
  seedTraces(sqlite, count);
  const seed_seconds = Math.round((performance.now() - begun_ms) / 1_000);
  const traces = createTraceStore(db);
  const usage = createUsageStore(db);
  const list =
    (filter: TraceFilter, days_back = 0) =>
    () =>
      traces.list(
        'org_default',
        filter,
        PAGE_ROWS,
        days_back === 0 ? null : { at_ms: UNTIL_MS - days_back * DAY_MS, id: 'req_gone' },
      );
  const report =
    (groups: UsageGroup[], days: number, filter = {}) =>
    () =>
      usage.page(
        'org_default',
        { groups, from_ms: UNTIL_MS - days * DAY_MS, until_ms: UNTIL_MS, time_zone: 'Europe/Berlin', filter },
        1_000,
        null,
      );
  const year_ms = UNTIL_MS - YEAR_MS;
  const CASES: [name: string, run: () => Promise<unknown>][] = [
    ['newest page', list({})],
    ['page eleven months deep, by cursor', list({}, 335)],
    ['one key of 200', list({ key_id: 'key000000042' })],
    ['one key, eleven months deep', list({ key_id: 'key000000042' }, 335)],
    ['one user of 2,000', list({ user_id: 'user-77' })],
    ['one session', list({ session_id: 's-77' })],
    ['model and status 5xx', list({ model: 'gpt-4o', status: 5 })],
    [
      'key, model, status and a day',
      list({
        key_id: 'key000000042',
        model: 'gpt-4o',
        status: 2,
        since_ms: year_ms,
        until_ms: year_ms + DAY_MS,
      }),
    ],
    ['slower than 20 s', list({ latency_ms_min: 20_000 })],
    ['dearer than $0.50', list({ cost_usd_nanos_min: 500_000_000 })],
    ['metadata team and env', list({ metadata: { team: 'team-3', env: 'live' } })],
    ['a value that nobody has', list({ user_id: 'nobody', model: 'gpt-4o' })],
    ['two frequent words', list({ text: 'refund invoice' })],
    ['a rare word', list({ text: '42'.padStart(20, '0') })],
    ['a word by its beginning', list({ text: 'needle77*' })],
    [
      'words, key and month',
      list({ text: 'refund', key_id: 'key000000042', since_ms: UNTIL_MS - 30 * DAY_MS }),
    ],
    ['score at most 0.1', list({ score_milli_max: 100 })],
    ['one trace by its id', () => traces.find('org_default', `req_${'42'.padStart(20, '0')}`)],
    ['usage by day, a year', report(['day'], 365)],
    ['usage by day and model, a year', report(['day', 'model'], 365)],
    ['usage by month and key, a year', report(['month', 'key'], 365)],
    ['usage of one key by day, a year', report(['day'], 365, { key: 'key000000042' })],
    ['usage by hour, 31 days', report(['hour'], 31)],
    ['usage by session, a day (from traces)', report(['session'], 1)],
  ];
  const rows = [];
  const scans: string[] = [];
  for (const [name, run] of CASES) {
    const times: number[] = [];
    ran.length = 0;
    let found: unknown;
    for (let time = 0; time < TIMES; time++) {
      const from = ran.length;
      found = await run();
      times.push(ran.slice(from).reduce((sum, { ms }) => sum + ms, 0));
    }
    scans.push(...ran.flatMap((one) => scansOf(one).map((plan) => `${name}: ${plan}`)));
    const sorted = times.toSorted((a, b) => a - b);
    rows.push(`| ${name} | ${sizeOf(found)} | ${shown(sorted[TIMES >> 1])} | ${shown(sorted.at(-1))} |`);
  }
  const gigabytes = (statSync(file).size / 1e9).toFixed(2);
  const table = [
    '| what is asked | rows | median, ms | slowest of 7, ms |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
  console.log(`${count} traces, ${gigabytes} GB, seeded in ${seed_seconds} s\n\n${table}`);
  for (const scan of scans) console.error(`scans: ${scan}`);
  if (scans.length > 0) process.exitCode = 1;
  if (!values.check) {
    const page = path.resolve(import.meta.dirname, '../../docs/traces.md');
    const text = readFileSync(page, 'utf8');
    const day = new Date().toISOString().slice(0, 10);
    const head =
      `Measured ${day} by \`npm run traces:bench\`: ${count.toLocaleString('en')} traces of one year in ${gigabytes} GB, of one organization,` +
      `\nin SQLite ${sqlite.prepare('SELECT sqlite_version() AS v').get()?.['v']} on ${availableParallelism()} cores, by the SQL that the gateway ` +
      'runs. D1 adds its network, and has its own machines.\nPages are of 50.';
    writeFileSync(
      page,
      text.replace(/(<!-- bench -->\n)[\s\S]*(<!-- \/bench -->)/, `$1\n${head}\n\n${table}\n\n$2`),
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Steps that read a stored table or its index from end to end. What grows with traces may not be read so. */
function scansOf({ plan }: Ran): string[] {
  return plan.filter(
    (step) =>
      step.startsWith('SCAN ') &&
      // Rows of a bound value, a trace's own metadata, and a MATCH.
      !/^SCAN ((s|m|json_each) |w VIRTUAL TABLE INDEX \d+:.*M)|CONSTANT ROW/.test(step),
  );
}

function sizeOf(found: unknown): number {
  if (Array.isArray(found)) return Math.min(found.length, PAGE_ROWS - 1);
  if (typeof found === 'object' && found !== null && 'rows' in found && Array.isArray(found.rows))
    return found.rows.length;
  return found === null ? 0 : 1;
}

function shown(ms = Number.NaN): string {
  return ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}
