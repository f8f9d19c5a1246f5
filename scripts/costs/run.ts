// npm run costs: counts operations per request in workerd, and writes docs/costs.md.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type MeasuredKind, renderCosts } from './render-costs.ts';

const TEST = 'workers/gateway/test/workerd/operations.test.ts';
const ROOT = path.resolve(import.meta.dirname, '../..');

const { stdout, stderr, status } = spawnSync(
  path.join(ROOT, 'node_modules/.bin/vitest'),
  ['run', '--project', 'workerd', TEST],
  { cwd: ROOT, encoding: 'utf8' },
);
const kinds = [...stdout.matchAll(/SLUICE_OPERATIONS (\{.*\})/g)].map(
  ([, json = '']) => JSON.parse(json) as MeasuredKind,
);
if (status !== 0 || kinds.length === 0) {
  console.error(`${stdout}\n${stderr}\nNothing was written: the operations could not be counted.`);
  process.exit(1);
}
const measured_on = new Date().toISOString().slice(0, 10);
writeFileSync(
  path.join(import.meta.dirname, 'measured.json'),
  `${JSON.stringify({ measured_on, kinds }, null, 2)}\n`,
);
writeFileSync(path.join(ROOT, 'docs/costs.md'), renderCosts(kinds, measured_on));
console.log('Wrote docs/costs.md.');
