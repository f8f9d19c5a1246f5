import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleWorker } from '../scripts/workerd/bundle-worker.ts';
import { freeLoopbackPort } from '../scripts/workerd/loopback.ts';
import {
  createKey,
  newAdminKey,
  postAdmin,
  prepareWorkerd,
  ROOT,
  type ServedGateway,
  startWorkerd,
} from '../scripts/workerd/serve-workerd.ts';
import { writeBodies } from './scenarios.ts';

export const SUBJECT_NAMES = [
  'direct',
  'bare',
  'bare+object',
  'sluice',
  'sluice-lease',
  'sluice-translated',
  'sluice-stored',
  'sluice-keys',
  'sluice-shared',
  'bare-answer',
  'bare-answer+object',
  'sluice-cached',
  'sluice-cached-lease',
] as const;
export type SubjectName = (typeof SUBJECT_NAMES)[number];

/** Served by one process. */
const ONE_KEY = [
  'sluice',
  'sluice-lease',
  'sluice-translated',
  'sluice-cached',
  'sluice-cached-lease',
] as const;

export const NOTES: Record<SubjectName, string> = {
  direct: 'no gateway',
  bare: 'a Worker that only passes on: the limit of the runtime',
  'bare+object': 'the same with one object call that touches memory only',
  sluice: 'strict key: each request is admitted by its ledger object',
  'sluice-lease': 'hot key: requests are admitted from a lease',
  'sluice-translated': 'strict key, OpenAI door, Anthropic upstream: translated both ways',
  'sluice-stored':
    'as sluice, with queue, consumer and database in the same process: the price of storing traces',
  'sluice-keys': 'as sluice, with 200 strict keys that take turns',
  'sluice-shared': 'as sluice-keys, under three shared budgets: organization, project and model',
  'bare-answer': 'a Worker that reads the request and answers out of its memory',
  'bare-answer+object': 'the same with the answer in an object',
  'sluice-cached': 'strict key, every request a hit of the exact cache',
  'sluice-cached-lease': 'hot key, every request a hit of the exact cache',
};

export interface Subject {
  name: SubjectName;
  url: string;
  headers: Record<string, string>;
  authorizations: string[];
  bodies: ReturnType<typeof writeBodies>;
  server: Server | null;
}

/** One workerd process; several subjects may be served by it. */
export interface Server {
  start: () => Promise<ServedGateway>;
  served: ServedGateway;
  idle_mb: number;
  loaded_mb: number;
  /** Of each start that was timed. */
  started_ms: number[];
}

const CHAT_PATH = '/v1/chat/completions';
const TEAM_KEYS = 200;

async function serve(start: () => Promise<ServedGateway>): Promise<Server> {
  const served = await start();
  return { start, served, idle_mb: 0, loaded_mb: 0, started_ms: [served.started_ms] };
}

const OBJECTS: Record<string, string> = { 'bare-object.ts': 'Counter', 'bare-answer-object.ts': 'Shelf' };

/** The very answer that the cache has, too. */
async function canned(upstream_url: string): Promise<string> {
  const response = await fetch(upstream_url + CHAT_PATH, { method: 'POST', body: '{}' });
  return await response.text();
}

async function serveBare(dir: string, file: string, upstream_url: string): Promise<Server> {
  const own = path.join(dir, path.basename(file, '.ts'));
  mkdirSync(path.join(own, 'storage'), { recursive: true });
  await bundleWorker(path.join(ROOT, 'bench/workers', file), path.join(own, 'worker.js'));
  const port = await freeLoopbackPort();
  const object = OBJECTS[file];
  const answer = file.startsWith('bare-answer') ? await canned(upstream_url) : '';
  writeFileSync(
    path.join(own, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-10-15",
      bindings = [(name = "UPSTREAM", text = "${upstream_url}"), (name = "ANSWER", text = ${JSON.stringify(answer)})${object === undefined ? '' : `, (name = "${object.toUpperCase()}", durableObjectNamespace = "${object}")`}],
      globalOutbound = "network"${
        object !== undefined
          ? `,
      durableObjectNamespaces = [(className = "${object}", uniqueKey = "${object}", enableSql = true)],
      durableObjectStorage = (localDisk = "disk")`
          : ''
      })),
    (name = "network", network = (allow = ["public", "private"])),
    (name = "disk", disk = (path = ${JSON.stringify(path.join(own, 'storage'))}, writable = true))
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`,
  );
  const command = [
    path.join(ROOT, 'node_modules/workerd/bin/workerd'),
    'serve',
    path.join(own, 'config.capnp'),
  ];
  const base_url = `http://127.0.0.1:${port}`;
  return serve(() => startWorkerd({ base_url, command }));
}

async function serveSluice(
  dir: string,
  upstream_url: string,
  name: 'sluice' | 'sluice-stored' | 'sluice-keys' | 'sluice-shared',
): Promise<{
  server: Server;
  key: (strict: boolean, more?: Record<string, unknown>) => Promise<string>;
  post: Post;
}> {
  const admin_key = newAdminKey();
  const prepared = await prepareWorkerd({
    state_dir: path.join(dir, name),
    admin_key,
    queues: name === 'sluice-stored',
    upstreams: [
      { provider: 'openai', base_url: `${upstream_url}/v1`, credential: 'none' },
      { provider: 'anthropic', base_url: upstream_url, credential: 'none' },
    ],
  });
  const server = await serve(() => startWorkerd(prepared));
  // Limits of all kinds, so wide that none is met: all eight stages have their work to do.
  const key = (strict: boolean, more: Record<string, unknown> = {}): Promise<string> =>
    createKey(prepared.base_url, admin_key, {
      name: strict ? 'strict' : 'leased',
      strict,
      rate_limit: 900_000_000,
      tokens_per_minute: 900_000_000,
      budgets: [{ window: 'monthly', limit_usd: 1_000_000 }],
      ...(name === 'sluice-shared' ? { project: 'team' } : {}),
      ...more,
    });
  const post: Post = (route, body) => postAdmin(prepared.base_url, admin_key, route, body);
  return { server, key, post };
}

type Post = (route: string, body: Record<string, unknown>) => Promise<Record<string, unknown>>;

/** Two hundred keys; none of the budgets is ever met. */
async function serveTeam(
  dir: string,
  upstream_url: string,
  name: 'sluice-keys' | 'sluice-shared',
): Promise<{ server: Server; keys: string[] }> {
  const { server, key, post } = await serveSluice(dir, upstream_url, name);
  if (name === 'sluice-shared') {
    const { id } = await post('/projects', { name: 'team' });
    const scopes = [
      { scope: 'organization' },
      { scope: 'project', subject: id },
      { scope: 'model', subject: 'gpt-4o-mini' },
    ];
    for (const scope of scopes) await post('/budgets', { ...scope, window: 'monthly', limit_usd: 1_000_000 });
  }
  const keys: string[] = [];
  while (keys.length < TEAM_KEYS) keys.push(await key(true));
  return { server, keys };
}

/** Starts what the wanted subjects need, all in their own processes. `stop` each server at the end. */
export async function startSubjects(
  wanted: readonly SubjectName[],
  dir: string,
  upstream_url: string,
): Promise<Subject[]> {
  const openai = writeBodies(dir, 'gpt-4o-mini');
  const subjects: Subject[] = [];
  const add = (
    name: SubjectName,
    server: Server | null,
    keys: string | string[] = 'sk-none',
    bodies = openai,
  ): void => {
    subjects.push({
      name,
      url: (server?.served.base_url ?? upstream_url) + CHAT_PATH,
      headers: {},
      authorizations: [keys].flat().map((key) => `Bearer ${key}`),
      bodies,
      server,
    });
  };
  if (wanted.includes('direct')) add('direct', null);
  if (wanted.includes('bare')) add('bare', await serveBare(dir, 'bare.ts', upstream_url));
  if (wanted.includes('bare+object'))
    add('bare+object', await serveBare(dir, 'bare-object.ts', upstream_url));
  if (wanted.includes('bare-answer'))
    add('bare-answer', await serveBare(dir, 'bare-answer.ts', upstream_url));
  if (wanted.includes('bare-answer+object'))
    add('bare-answer+object', await serveBare(dir, 'bare-answer-object.ts', upstream_url));
  if (ONE_KEY.some((name) => wanted.includes(name))) {
    const { server, key } = await serveSluice(dir, upstream_url, 'sluice');
    const strict = await key(true);
    if (wanted.includes('sluice')) add('sluice', server, strict);
    if (wanted.includes('sluice-lease')) add('sluice-lease', server, await key(false));
    if (wanted.includes('sluice-translated'))
      add('sluice-translated', server, strict, writeBodies(dir, 'anthropic/claude-3-5-haiku-20241022'));
    const cached = { cache: { enabled: true } };
    if (wanted.includes('sluice-cached')) add('sluice-cached', server, await key(true, cached));
    if (wanted.includes('sluice-cached-lease')) add('sluice-cached-lease', server, await key(false, cached));
  }
  if (wanted.includes('sluice-stored')) {
    const { server, key } = await serveSluice(dir, upstream_url, 'sluice-stored');
    add('sluice-stored', server, await key(true));
  }
  for (const name of ['sluice-keys', 'sluice-shared'] as const) {
    if (!wanted.includes(name)) continue;
    const { server, keys } = await serveTeam(dir, upstream_url, name);
    add(name, server, keys);
  }
  return subjects;
}
