// npm test: format, lint, types, then every test project; one line of counts at the end.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildConsole } from './build-console.mjs';
import { install } from './install.mjs';

process.chdir(path.resolve(import.meta.dirname, '..'));
await install();
buildConsole();
const BIN = path.resolve('node_modules/.bin');
const env = {
  ...process.env,
  PATH: `${BIN}:${process.env.PATH}`,
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
};
const count = { passed: 0, failed: 0, skipped: 0 };
const started = Date.now();

function step(name, command, args) {
  console.log(`\n== ${name}`);
  const result = spawnSync(path.join(BIN, command), args, { stdio: ['ignore', 'inherit', 'inherit'], env });
  count[result.status === 0 ? 'passed' : 'failed'] += 1;
  return result.status === 0;
}

/** Runs a project's tests. Those that run beside another's show their output when they are through. */
async function project(name, { beside = false } = {}) {
  const file = path.resolve('.sluice', `test-${name}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  rmSync(file, { force: true });
  if (!beside) console.log(`\n== ${name} tests`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const child = spawn(path.join(BIN, 'vitest'), ['run', '--project', name, ...reporters], {
    stdio: ['ignore', beside ? 'pipe' : 'inherit', beside ? 'pipe' : 'inherit'],
    env,
  });
  const said = [];
  child.stdout?.on('data', (data) => said.push(data));
  child.stderr?.on('data', (data) => said.push(data));
  const status = await new Promise((resolve) => child.on('close', resolve));
  return () => {
    if (beside) process.stdout.write(`\n== ${name} tests\n${Buffer.concat(said)}`);
    if (!existsSync(file)) {
      count.failed += 1;
      return;
    }
    const report = JSON.parse(readFileSync(file, 'utf8'));
    count.passed += report.numPassedTests;
    count.failed += report.numFailedTests;
    count.skipped += report.numPendingTests + report.numTodoTests;
    // A file that broke before its first test, or an error outside of any test.
    if (status !== 0 && report.numFailedTests === 0) count.failed += 1;
  };
}

if (!existsSync('../shared/fixtures/open'))
  console.log('Skipped: all tests on recorded provider exchanges, for ../shared/fixtures/open is not there.');
const only = process.argv.slice(2);
const wants = (name) => only.length === 0 || only.includes(name);
if (wants('lint')) step('format and lint', 'biome', ['ci', '.']);
if (wants('types')) {
  step('types', 'tsc', ['-p', 'tsconfig.json']);
  step('types of the console', 'tsc', ['-p', 'workers/console']);
}
for (const name of ['unit', 'workerd']) if (wants(name)) (await project(name))();
// Both wait for the clock more than for the processor, and have nothing of each other's.
const pair = ['client', 'proofs'].filter(wants);
const shows = await Promise.all(pair.map((name, at) => project(name, { beside: at > 0 })));
for (const show of shows) show();
if (wants('browser')) (await project('browser'))();
if (wants('deploy')) step('deploy (dry run): size and start-up', 'node', ['scripts/deploy.mjs', '--dry-run']);

console.log(`\n${Math.round((Date.now() - started) / 1000)} s`);
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed === 0 && count.passed > 0 ? 0 : 1);
