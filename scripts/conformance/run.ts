/** npm run conformance -- --corpus DIR [--json [FILE]] [--filter TEXT] [--splits N] [--cuts N] [--write-docs] */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { stopAll } from '../dev-server.mjs';
import { chatDoor } from './chat-door.ts';
import { type Exceptions, runConformance } from './conformance.ts';
import { messagesDoor } from './messages-door.ts';
import { renderDocs, renderFailures, renderLater, renderTable, summarize } from './report.ts';
import { responsesDoor } from './responses-door.ts';

const DOORS = [chatDoor, messagesDoor, responsesDoor];
const ROOT = path.resolve(import.meta.dirname, '../..');

const argv = process.argv.slice(2);
const json_at = argv.indexOf('--json');
const json_file = json_at < 0 || argv[json_at + 1]?.startsWith('--') ? undefined : argv[json_at + 1];
if (json_at >= 0) argv.splice(json_at, json_file === undefined ? 1 : 2);
const { values } = parseArgs({
  args: argv,
  options: {
    corpus: { type: 'string' },
    door: { type: 'string', default: 'all' },
    filter: { type: 'string' },
    splits: { type: 'string', default: '3' },
    cuts: { type: 'string', default: '3' },
    concurrency: { type: 'string', default: '8' },
    'write-docs': { type: 'boolean', default: false },
  },
});
const doors = DOORS.filter((one) => values.door === 'all' || one.id === values.door);
const further = values.door === 'all' || values.door === 'further';
if (values.corpus === undefined || (doors.length === 0 && !further)) {
  console.error(
    `usage: npm run conformance -- --corpus DIR [--json [FILE]] [--door all|${DOORS.map((one) => one.id).join('|')}|further]` +
      ' [--filter TEXT] [--splits N] [--cuts N] [--concurrency N] [--write-docs]',
  );
  process.exit(2);
}
// With --json alone, standard output is the JSON and nothing else.
const say = json_at >= 0 && json_file === undefined ? console.error : console.log;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stopAll().then(() => process.exit(130)));

const exceptions = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'exceptions.json'), 'utf8'),
) as Exceptions;
const splits = Number(values.splits);
const cuts = Number(values.cuts);
let shown = 0;
process.on('uncaughtException', (error) => {
  console.error(error.message);
  process.exit(1);
});
const report = await runConformance({
  corpus: path.resolve(values.corpus),
  doors,
  further,
  splits,
  cuts,
  filter: values.filter ?? null,
  concurrency: Number(values.concurrency),
  exceptions,
  on_progress(door, done, total, failed) {
    if (done < shown) shown = 0;
    if (done < total && done - shown < 50) return;
    shown = done;
    process.stderr.write(`${door}: ${done}/${total} deliveries, ${failed} differences\n`);
  },
});
const summary = summarize(report);
if (summary.failed.length > 0) say(`\n${renderFailures(summary.failed)}`);
say(`\n${renderTable(report)}`);
if (Object.keys(report.later).length > 0) say(`\nnot in this step: ${renderLater(report.later)}`);
for (const id of report.stale) say(`the exception of ${id} is not needed any more`);
if (json_at >= 0) {
  const text = `${JSON.stringify(summary, null, 2)}\n`;
  if (json_file === undefined) process.stdout.write(text);
  else writeFileSync(json_file, text);
}
if (values['write-docs']) {
  const command = `npm run conformance -- --corpus ${path.relative(ROOT, path.resolve(values.corpus))}`;
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(
    path.join(ROOT, 'docs/conformance.md'),
    renderDocs(report, exceptions, { command, date, splits, cuts }),
  );
}
process.exitCode = summary.failed.length > 0 ? 1 : 0;
