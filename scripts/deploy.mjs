// npm run deploy: creates what is missing in your Cloudflare account, deploys, prints the URL and, once, the admin key.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
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

// An account that has the secret has been deployed to: its admin key stays as it is.
const secrets = wrangler(['secret', 'list', '--format', 'json'], { quiet: true });
const is_first = !secrets.ok || !secrets.text.includes('SLUICE_ADMIN_KEY_HASH');
const args = ['deploy', '--keep-vars'];
let admin_key = null;
let folder = null;
if (is_first) {
  admin_key = createAdminKey();
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-deploy-'));
  const file = path.join(folder, 'secrets.json');
  const hash = createHash('sha256').update(admin_key).digest('hex');
  writeFileSync(file, JSON.stringify({ SLUICE_ADMIN_KEY_HASH: hash }), { mode: 0o600 });
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
