// Runs the gateway (workerd, through wrangler dev) and the provider simulator on loopback, and stops both for good.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { copyAssets } from './copy-assets.mjs';

export const ROOT = path.resolve(import.meta.dirname, '..');
const BIN = path.join(ROOT, 'node_modules', '.bin');
export const PINNED_NODE = path.join(BIN, 'node');

const QUIET = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  DO_NOT_TRACK: '1',
  NO_COLOR: '1',
  CI: '1',
};

const isFree = (port) =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

/** The first free port from `first` on. */
export async function freePort(first) {
  for (let port = first; port < first + 200; port++) if (await isFree(port)) return port;
  throw new Error(`no free port from ${first} to ${first + 199}`);
}

export const sha256 = (text) => createHash('sha256').update(text).digest('hex');

const children = new Set();

function run(name, command, args, { env = {}, on_line = () => {} } = {}) {
  // A group of its own, so that stopping reaches workerd, wrangler's grandchild, too.
  const child = spawn(command, args, {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...QUIET, ...env, PATH: `${BIN}:${process.env.PATH}` },
  });
  children.add(child);
  const log = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        log.push(line);
        if (log.length > 400) log.shift();
        on_line(line);
      }
    });
  }
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(error));
    child.on('exit', (code) => {
      children.delete(child);
      resolve(code);
    });
  });
  return { name, child, log, ended };
}

/** Ends everything that was started here; resolves when no process is left. */
export async function stopAll() {
  const running = [...children];
  const signal = (child, name) => {
    try {
      process.kill(-child.pid, name);
    } catch {
      // Already gone.
    }
  };
  for (const child of running) signal(child, 'SIGTERM');
  const gone = Promise.all(
    running.map((c) => (c.exitCode === null ? new Promise((r) => c.once('exit', r)) : null)),
  );
  await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 3000))]);
  for (const child of running) signal(child, 'SIGKILL');
}
// The last net: whatever ends this process takes its children along.
process.on('exit', () => {
  for (const child of children)
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Already gone.
    }
});

/** @returns {Promise<string>} the simulator's URL */
export async function startSimulator({ port = 0, args = [], on_line } = {}) {
  const main = path.join(ROOT, 'packages/simulator/src/main.ts');
  return new Promise((resolve, reject) => {
    const sim = run('simulator', PINNED_NODE, [main, '--port', String(port), ...args], {
      on_line: (line) => {
        on_line?.(line);
        const url = /simulator listening on (\S+)/.exec(line)?.[1];
        if (url !== undefined) resolve(url);
      },
    });
    sim.ended.then((code) =>
      reject(new Error(`the simulator stopped (${code}):\n${sim.log.slice(-20).join('\n')}`)),
    );
  });
}

/**
 * Starts the gateway and resolves when it answers.
 * @param {{port: number, admin_key: string, simulator_url?: string|null, upstreams?: string|null, persist_to?: string,
 *   vars?: Record<string, string>, on_line?: (line: string) => void, wait_ms?: number}} options
 */
export async function startGateway({
  port,
  admin_key,
  simulator_url,
  upstreams,
  persist_to,
  vars = {},
  on_line,
  wait_ms = 60_000,
}) {
  const all = {
    SLUICE_ENVIRONMENT: 'local',
    // Only the hash goes on the command line, where other users of the machine could read it.
    SLUICE_ADMIN_KEY_HASH: sha256(admin_key),
    ...(simulator_url ? { SLUICE_SIMULATOR_URL: simulator_url } : {}),
    ...(upstreams ? { SLUICE_UPSTREAMS: upstreams } : {}),
    ...vars,
  };
  copyAssets();
  const args = ['dev', '--local', '--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'];
  args.push('--show-interactive-dev-session=false', '--log-level', 'warn', '-c', 'wrangler.toml');
  if (persist_to !== undefined) args.push('--persist-to', persist_to);
  for (const [name, value] of Object.entries(all)) args.push('--var', `${name}:${value}`);
  const gateway = run('gateway', path.join(BIN, 'wrangler'), args, { on_line });
  const base_url = `http://127.0.0.1:${port}`;
  let dead = null;
  gateway.ended.then((code) => {
    dead = code;
  });
  for (let waited_ms = 0; waited_ms < wait_ms; waited_ms += 100) {
    if (dead !== null)
      throw new Error(
        `the gateway stopped (${dead}) before it answered:\n${gateway.log.slice(-30).join('\n')}`,
      );
    const ok = await fetch(`${base_url}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return { base_url, ended: gateway.ended, log: gateway.log, pid: gateway.child.pid };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(
    `the gateway did not answer within ${wait_ms / 1000} s:\n${gateway.log.slice(-30).join('\n')}`,
  );
}

/** `NAME=value` lines of `.dev.vars`, as wrangler reads them. */
export function readDevVars() {
  const file = path.join(ROOT, '.dev.vars');
  if (!existsSync(file)) return {};
  const entries = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => /^\s*([A-Z0-9_]+)\s*=\s*(.*?)\s*$/.exec(line))
    .filter((match) => match !== null)
    .map((match) => [match[1], match[2].replace(/^(['"])(.*)\1$/, '$2')]);
  return Object.fromEntries(entries);
}

/** One call of the administration; throws with its message when it refuses. */
export async function admin(base_url, admin_key, method, route, body) {
  const response = await fetch(`${base_url}/admin/v1/${route}`, {
    method,
    headers: { authorization: `Bearer ${admin_key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} /admin/v1/${route} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
