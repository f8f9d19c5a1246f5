// npm start: from a fresh clone to an answering gateway, with no account, no provider key and no question asked.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildConsole } from './build-console.mjs';
import {
  admin,
  freePort,
  PINNED_NODE,
  ROOT,
  readDevVars,
  startGateway,
  startSimulator,
  stopAll,
} from './dev-server.mjs';
import { keepLocalKey } from './encryption-key.mjs';
import { install } from './install.mjs';

process.chdir(ROOT);
const FILE = path.join(ROOT, '.sluice', 'dev.json');
const PROVIDER_KEYS = ['OPENAI', 'ANTHROPIC', 'GEMINI', 'MISTRAL', 'COHERE', 'GROQ', 'TOGETHER'].map(
  (n) => `${n}_API_KEY`,
);

/** What wrangler says at every start and nobody here needs. */
const OF_NO_USE = /Scheduled Workers|manually trigger|cdn-cgi\/local\/scheduled|cron-triggers/;

let stopping = false;
async function stop(code) {
  if (stopping) return;
  stopping = true;
  console.log('\nStopping …');
  await stopAll();
  process.exit(code);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0));

const readState = () => (existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {});

/** The key of the last run if the gateway still knows it, else a new one. */
async function requireKey(base_url, admin_key, known) {
  if (typeof known === 'string') {
    const seen = await fetch(`${base_url}/v1/key`, { headers: { authorization: `Bearer ${known}` } });
    if (seen.ok) return known;
  }
  const key = await admin(base_url, admin_key, 'POST', 'keys', { name: 'First key', environment: 'dev' });
  return key.secret;
}

async function createAdminKey() {
  const { createKey } = await import('../packages/core/src/key-format.ts');
  return createKey('admin', (length) => new Uint8Array(randomBytes(length))).text;
}

async function main() {
  await install();
  // The packages are TypeScript that only the pinned Node runs by itself.
  if (process.versions.node.split('.')[0] < '24' && process.env.SLUICE_RESPAWNED === undefined)
    return respawn();

  buildConsole();
  const keyless = keepLocalKey(ROOT);
  if (keyless !== null) console.log(keyless);
  const state = readState();
  const vars = { ...readDevVars(), ...process.env };
  const upstreams = process.env.SLUICE_UPSTREAMS ? readFileSync(process.env.SLUICE_UPSTREAMS, 'utf8') : null;
  const real = PROVIDER_KEYS.filter((name) => vars[name]);
  const admin_key = state.admin_key ?? (await createAdminKey());
  const port = process.env.PORT ? Number(process.env.PORT) : await freePort(8787);

  console.log('Starting the provider simulator …');
  const simulator_url = await startSimulator({
    port: process.env.SIMULATOR_PORT ? Number(process.env.SIMULATOR_PORT) : 0,
  });
  console.log('Starting the gateway in workerd …');
  const gateway = await startGateway({
    port,
    admin_key,
    upstreams,
    simulator_url: real.length > 0 ? null : simulator_url,
    on_line: (line) => {
      if (!stopping && line.trim() !== '' && !OF_NO_USE.test(line)) console.log(line);
    },
  });
  const { base_url } = gateway;
  const virtual_key = await requireKey(base_url, admin_key, state.virtual_key);
  mkdirSync(path.dirname(FILE), { recursive: true });
  // Signs in once, within a day.
  const { url: console_url } = await admin(base_url, admin_key, 'POST', 'session/links', {
    ttl_seconds: 86_400,
  });
  const dev = { base_url, virtual_key, admin_key, console_url, simulator_url };
  writeFileSync(FILE, `${JSON.stringify(dev, null, 2)}\n`, { mode: 0o600 });

  const behind =
    upstreams !== null
      ? 'the connections of your SLUICE_UPSTREAMS file'
      : real.length > 0
        ? `real providers (${real.join(', ')})`
        : 'the provider simulator; put OPENAI_API_KEY=… into .dev.vars for real models';
  console.log(`
Sluice is running. Behind it: ${behind}.

  Base URL     ${base_url}/v1
  Virtual key  ${virtual_key}
  Admin key    ${admin_key}
  Console      ${dev.console_url}
  Simulator    ${simulator_url}

Try it:

  curl ${base_url}/v1/chat/completions -H "Authorization: Bearer ${virtual_key}" -H "Content-Type: application/json" -d '{"model": "auto", "messages": [{"role": "user", "content": "Say hello to Sluice"}]}'

The same values are in .sluice/dev.json. Ctrl-C stops everything; npm run reset forgets all local data.`);
  const code = await gateway.ended;
  if (!stopping) {
    console.error(`The gateway stopped by itself (${code}).`);
    await stop(1);
  }
}

async function respawn() {
  const { spawn } = await import('node:child_process');
  const child = spawn(PINNED_NODE, [path.join(ROOT, 'scripts', 'start.mjs')], {
    stdio: 'inherit',
    env: { ...process.env, SLUICE_RESPAWNED: '1' },
  });
  process.removeAllListeners('SIGINT');
  process.removeAllListeners('SIGTERM');
  // A terminal's Ctrl-C reaches the child by itself; a kill of this process must be handed on.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 0 : 1)));
}

main().catch(async (error) => {
  console.error(`\n${error.message}`);
  await stop(1);
});
