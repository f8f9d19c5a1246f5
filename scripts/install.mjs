// Installs the workspace once per lockfile, with progress, on a machine that has only Node and npm.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { copyAssets } from './copy-assets.mjs';

const PNPM = 'pnpm@12.21.0';
const STAMP = 'node_modules/.sluice-installed';

const fingerprint = () => createHash('sha256').update(readFileSync('pnpm-lock.yaml')).digest('hex');

/** Resolves when node_modules fits the lockfile. Quiet and instant when it already does. */
export async function install() {
  if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== fingerprint()) await installPackages();
  copyAssets();
}

async function installPackages() {
  console.log('Installing packages (about 20 seconds the first time) …');
  const started = Date.now();
  await new Promise((resolve, reject) => {
    const child = spawn('npx', ['-y', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only'], {
      env: { ...process.env, CI: '1', npm_config_loglevel: 'error', npm_config_update_notifier: 'false' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let tail = '';
    const progress = setInterval(() => {
      console.log(`  … ${Math.round((Date.now() - started) / 1000)} s`);
    }, 5000);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        tail = (tail + chunk).slice(-8000);
      });
    child.on('error', reject);
    child.on('exit', (code) => {
      clearInterval(progress);
      if (code === 0) resolve(undefined);
      else reject(new Error(`installing packages failed (exit ${code}); the last lines were:\n${tail}`));
    });
  });
  writeFileSync(STAMP, fingerprint());
  console.log(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

if (process.argv[1]?.endsWith('install.mjs')) await install();
