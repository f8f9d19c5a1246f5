// npm run deploy: creates what is missing in your Cloudflare account, migrates, deploys, prints the URL and, once, the
// admin key. npm run deploy -- --dry-run needs no account and no network: it builds, and measures size and start-up.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makeAdminKey } from './admin-key.mjs';
import { buildConsole } from './build-console.mjs';
import { checkBundle } from './deploy-checks.mjs';
import { DeployError, deploy } from './deploy-steps.mjs';
import { createEncryptionKey, createReceiptKey } from './encryption-key.mjs';
import { install } from './install.mjs';

const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } });

process.chdir(path.resolve(import.meta.dirname, '..'));
await install();
buildConsole();
const BIN = path.resolve('node_modules/.bin');
const env = { ...process.env, PATH: `${BIN}:${process.env.PATH}`, WRANGLER_SEND_METRICS: 'false' };

/** Answers nothing that wrangler asks: in a script nobody is there to. Signing in comes before, by `wrangler login`. */
function run(args) {
  const result = spawnSync(path.join(BIN, 'wrangler'), args, {
    env: { ...env, CI: '1' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { ok: result.status === 0, text: `${result.stdout}${result.stderr}` };
}

/** Secrets are never arguments, which other users of the machine could read. */
function wrangler(args, { secrets } = {}) {
  if (secrets === undefined) return run(args);
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-deploy-'));
  try {
    const file = path.join(folder, 'secrets.json');
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
    return run([...args, '--secrets-file', file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const print = (line) => console.log(line);
if (values['dry-run']) process.exit(checkBundle({ wrangler: run, print }) ? 0 : 1);

try {
  const { url, admin_key } = deploy({
    wrangler,
    toml: readFileSync('wrangler.toml', 'utf8'),
    print,
    makeAdminKey,
    makeEncryptionKey: createEncryptionKey,
    makeReceiptKey: createReceiptKey,
  });
  print(`
Next:
  npx wrangler secret put OPENAI_API_KEY     or another provider's key (docs/guides/providers.md)
  SLUICE_ADMIN_KEY=${admin_key ?? 'slu_admin_…'} npm run doctor -- --url ${url ?? 'https://…'}`);
} catch (error) {
  if (!(error instanceof DeployError)) throw error;
  console.error(`\n${error.message}`);
  process.exit(1);
}
