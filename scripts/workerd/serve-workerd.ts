import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createKey as formatKey } from '../../packages/core/src/key-format.ts';
import { buildWorker } from '../build-worker.mjs';
import { freeLoopbackPort, waitForHttp } from './loopback.ts';
import { readWorkerSettings, renderWorkerdConfig } from './workerd-config.ts';

export const ROOT = path.resolve(import.meta.dirname, '../..');

/** A member of `SLUICE_UPSTREAMS`: see `docs/guides` and `packages/cloudflare/src/connections.ts`. */
export interface Upstream {
  provider: string;
  base_url: string;
  credential?: string;
  id?: string;
  models?: string[] | null;
}

export interface WorkerdOptions {
  /** 0 or absent = a free one. */
  port?: number;
  upstreams: Upstream[];
  admin_key: string;
  /** Holds the config, the bundle and all storage; absent = a new one under `.sluice`, removed by `stop`. */
  state_dir?: string;
  /** More variables and secrets. */
  vars?: Record<string, string>;
  /** False: traces are sent to a queue that forgets them, so `/admin/v1/traces` stays empty. Default: true. */
  queues?: boolean;
}

export interface ServedGateway {
  base_url: string;
  /** Of workerd itself: one process, no wrapper. */
  pid: number;
  /** What it printed so far, standard error included; the last 200 kB. */
  log(): string;
  /** From the start of the process to the first answer of `/healthz`. */
  started_ms: number;
  /** Resolves when the process is gone. */
  stop(): Promise<void>;
  /** As `stop`, but without giving the process a chance to end in order. */
  kill(): Promise<void>;
}

export interface PreparedGateway {
  base_url: string;
  port: number;
  /** Starts exactly this gateway; its working folder does not matter. */
  command: [string, ...string[]];
  state_dir: string;
}

export const newAdminKey = (): string =>
  formatKey('admin', (length) => new Uint8Array(randomBytes(length))).text;

/** Bundles the gateway and writes what `workerd serve` needs. */
export async function prepareWorkerd(
  options: WorkerdOptions & { state_dir: string },
): Promise<PreparedGateway> {
  const state_dir = path.resolve(options.state_dir);
  const storage_dir = path.join(state_dir, 'storage');
  mkdirSync(storage_dir, { recursive: true });
  const port = options.port || (await freeLoopbackPort());
  const settings = await readWorkerSettings(path.join(ROOT, 'wrangler.toml'));
  const modules = await buildWorker(path.join(state_dir, 'worker'));
  const vars = {
    SLUICE_ENVIRONMENT: 'local',
    SLUICE_ADMIN_KEY_HASH: createHash('sha256').update(options.admin_key).digest('hex'),
    SLUICE_UPSTREAMS: JSON.stringify(options.upstreams),
    ...options.vars,
  };
  const config_file = path.join(state_dir, 'gw.capnp');
  writeFileSync(
    config_file,
    renderWorkerdConfig({ settings, modules, port, storage_dir, vars, queues: options.queues ?? true }),
    {
      mode: 0o600,
    },
  );
  return {
    base_url: `http://127.0.0.1:${port}`,
    port,
    command: [WORKERD, 'serve', '--experimental', config_file],
    state_dir,
  };
}

/** The program itself: `.bin/workerd` is a script of Node's that stays around as a second process. */
const WORKERD = path.join(ROOT, 'node_modules/workerd/bin/workerd');

/** Runs the gateway on plain workerd. The caller stops it; should the caller die first, its end takes it along. */
export async function serveWorkerd(options: WorkerdOptions): Promise<ServedGateway> {
  const owned = options.state_dir === undefined;
  const state_dir = options.state_dir ?? newStateDir();
  const prepared = await prepareWorkerd({ ...options, state_dir });
  const served = await startWorkerd(prepared);
  if (!owned) return served;
  const removing = async (end: () => Promise<void>) => {
    await end();
    rmSync(state_dir, { recursive: true, force: true });
  };
  return { ...served, stop: () => removing(served.stop), kill: () => removing(served.kill) };
}

function newStateDir(): string {
  mkdirSync(path.join(ROOT, '.sluice'), { recursive: true });
  return mkdtempSync(path.join(ROOT, '.sluice/workerd-'));
}

const LOG_CHARS_MAX = 200_000;
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts what `prepareWorkerd` wrote, as often as wanted, on the same storage. */
export async function startWorkerd(
  { base_url, command }: { base_url: string; command: readonly string[] },
  ready_path = '/healthz',
): Promise<ServedGateway> {
  const [program, ...args] = command;
  if (program === undefined) throw new Error('an empty command');
  const started = process.hrtime.bigint();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-LOG_CHARS_MAX);
    });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  }).then(() => void running.delete(child));
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
    await ended;
    clearTimeout(timer);
  };
  try {
    await waitForHttp(base_url + ready_path, () => child.exitCode !== null || child.pid === undefined);
  } catch (error) {
    await end('SIGKILL');
    throw new Error(`workerd did not serve: ${error instanceof Error ? error.message : error}\n${log}`);
  }
  return {
    base_url,
    pid: child.pid ?? 0,
    log: () => log,
    started_ms: Number(process.hrtime.bigint() - started) / 1e6,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

/** Makes a virtual key through the administration. @returns its secret. */
export async function createKey(
  base_url: string,
  admin_key: string,
  key: Record<string, unknown>,
): Promise<string> {
  return String((await postAdmin(base_url, admin_key, '/keys', key)).secret);
}

/** @param route below `/admin/v1`. @throws Error with the answer, unless it is a success. */
export async function postAdmin(
  base_url: string,
  admin_key: string,
  route: string,
  body: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${base_url}/admin/v1${route}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin_key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST /admin/v1${route} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
