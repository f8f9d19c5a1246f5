// npm run deploy: creates what is missing in your Cloudflare account, deploys, prints the URL and, once, the admin key.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { missingSecrets } from './deploy-secrets.mjs';
import { createEncryptionKey } from './encryption-key.mjs';
import { install } from './install.mjs';

process.chdir(path.resolve(import.meta.dirname, '..'));
await install();
const BIN = path.resolve('node_modules/.bin');
const env = { ...process.env, PATH: `${BIN}:${process.env.PATH}`, WRANGLER_SEND_METRICS: 'false' };
const dry = process.argv.includes('--dry-run');

function wrangler(args, { quiet = false } = {}) {
  const result = spawnSync(path.join(BIN, 'wrangler'), args, {
    env,
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'pipe'],
  });
  const text = `${result.stdout}${result.stderr}`;
  if (!quiet || result.status !== 0) process.stdout.write(text);
  return { ok: result.status === 0, text };
}

/** Runs on any Node: the key format is TypeScript, which the pinned Node reads. */
function createAdminKey() {
  const script = `import('./packages/core/src/key-format.ts').then(({ createKey }) => console.log(createKey('admin', (n) => new Uint8Array(Buffer.from('${randomBytes(512).toString('hex')}', 'hex').subarray(0, n))).text))`;
  const result = spawnSync(path.join(BIN, 'node'), ['-e', script], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`no admin key could be made:\n${result.stderr}`);
  return result.stdout.trim();
}

if (dry) {
  const { ok } = wrangler(['deploy', '--dry-run', '--outdir', '.wrangler/dry-run']);
  process.exit(ok ? 0 : 1);
}

// What an account has stays as it is.
const missing = missingSecrets(wrangler(['secret', 'list', '--format', 'json'], { quiet: true }));
if (missing === null) {
  console.error(
    '\nNot deployed: the secrets of the Worker could not be listed. Sign in with "npx wrangler login", or set CLOUDFLARE_API_TOKEN, then run it again.',
  );
  process.exit(1);
}
const args = ['deploy', '--keep-vars'];
const made = {};
const admin_key = missing.admin_key ? createAdminKey() : null;
if (admin_key !== null) made.SLUICE_ADMIN_KEY_HASH = createHash('sha256').update(admin_key).digest('hex');
if (missing.encryption_key) made.SLUICE_ENCRYPTION_KEYS = createEncryptionKey();
let folder = null;
if (Object.keys(made).length > 0) {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-deploy-'));
  const file = path.join(folder, 'secrets.json');
  writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
  args.push('--secrets-file', file);
}
const deployed = wrangler(args);
if (folder !== null) rmSync(folder, { recursive: true, force: true });
if (!deployed.ok) {
  console.error(
    '\nNot deployed. Sign in with "npx wrangler login", or set CLOUDFLARE_API_TOKEN, then run it again.',
  );
  process.exit(1);
}
const url = /https:\/\/\S+\.workers\.dev/.exec(deployed.text)?.[0];
console.log(`\nDeployed${url ? ` to ${url}` : ''}. The database migrates itself on the first request.`);
if (admin_key !== null)
  console.log(
    `Admin key, shown once: ${admin_key}\nProvider keys: npx wrangler secret put OPENAI_API_KEY (and the like).`,
  );
if (missing.encryption_key)
  console.log(
    'An encryption key for stored credentials was made; it is a secret of the Worker and is shown nowhere.',
  );
