// Builds the console and lays it beside what the Worker serves. Quiet and instant when nothing changed since.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');
const FROM = path.join(ROOT, 'workers', 'console');
const TO = path.join(ROOT, 'workers', 'gateway', 'assets');
const STAMP = path.join(ROOT, 'node_modules', '.sluice-console');
const SOURCES = ['workers/console', 'workers/console/src', 'workers/console/public', 'packages/client/src'];

/** Of files only; a Node of 20 has no globs. */
function filesOf(folder) {
  const deep = folder !== 'workers/console';
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true, recursive: deep })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));
}

function fingerprint() {
  const hash = createHash('sha256');
  const files = SOURCES.filter((folder) => existsSync(path.join(ROOT, folder))).flatMap(filesOf);
  for (const file of [...files, 'pnpm-lock.yaml'].sort())
    hash.update(file).update(readFileSync(path.join(ROOT, file)));
  return hash.digest('hex');
}

/** Does nothing where vite is not installed, which leaves a gateway without pages. @throws Error when it does not build. */
export function buildConsole() {
  const vite = path.join(FROM, 'node_modules', 'vite', 'bin', 'vite.js');
  if (!existsSync(vite)) return;
  const wanted = fingerprint();
  const has_pages = existsSync(path.join(TO, 'index.html'));
  if (has_pages && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  console.log('Building the console …');
  const built = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: FROM,
    encoding: 'utf8',
    // A test runner says `test`, with which React’s checks of development would be in what is served.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (built.status !== 0) throw new Error(`the console does not build:\n${built.stdout}${built.stderr}`);
  rmSync(path.join(TO, 'console'), { recursive: true, force: true });
  cpSync(path.join(FROM, 'dist'), TO, { recursive: true });
  writeFileSync(STAMP, wanted);
}

if (process.argv[1]?.endsWith('build-console.mjs')) buildConsole();
