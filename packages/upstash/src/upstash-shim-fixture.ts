import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { Redis } from 'ioredis';

/** A real Redis behind HTTP as Upstash speaks it; for tests only. */
export interface UpstashShim {
  url: string;
  token: string;
  /** To look at what is there. */
  redis: Redis;
  /** HTTP requests so far. */
  requests: () => number;
  stop: () => Promise<void>;
}

export const hasRedis = (): boolean => spawnSync('redis-server', ['--version']).status === 0;

type Command = (string | number)[];

/** Only Upstash knows this flag; Redis refuses scripts that begin with it. */
const FLAGS = /^#!lua[^\n]*\n/;
const TOKEN = 'shim';

/** @throws Error when no `redis-server` is installed. */
export async function startUpstashShim(): Promise<UpstashShim> {
  const port = await freePort();
  const server = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    {
      stdio: 'ignore',
    },
  );
  const redis = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 20, maxRetriesPerRequest: 200 });
  redis.on('error', () => undefined);
  await redis.ping();
  let requests = 0;
  const scripts = new Map<string, string>();

  async function run([name = '', ...args]: Command): Promise<unknown> {
    const command = String(name).toLowerCase();
    if (command !== 'eval' && command !== 'evalsha') return await redis.call(command, args);
    const [script = '', ...rest] = args;
    const sha = command === 'eval' ? createHash('sha1').update(String(script)).digest('hex') : String(script);
    if (command === 'eval') scripts.set(sha, String(script).replace(FLAGS, ''));
    const known = scripts.get(sha);
    if (known === undefined) throw new Error('NOSCRIPT No matching script. Please use EVAL.');
    return await redis.call('eval', [known, ...rest]);
  }

  const answer = async (command: Command, encoded: boolean): Promise<object> => {
    try {
      const result = await run(command);
      return { result: encoded ? encode(result) : result };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  };

  const http: Server = createServer(async (request, response) => {
    requests++;
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return send(401, { error: 'Unauthorized' });
    const encoded = request.headers['upstash-encoding'] === 'base64';
    const body = JSON.parse(text) as Command | Command[];
    if (request.url === '/pipeline' || request.url === '/multi-exec')
      return send(200, await Promise.all((body as Command[]).map((one) => answer(one, encoded))));
    const one = await answer(body as Command, encoded);
    return send('error' in one ? 400 : 200, one);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    token: TOKEN,
    redis,
    requests: () => requests,
    stop: async () => {
      redis.disconnect();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await ended(server);
    },
  };
}

function encode(result: unknown): unknown {
  if (typeof result === 'string') return result === 'OK' ? result : Buffer.from(result).toString('base64');
  return Array.isArray(result) ? result.map(encode) : result;
}

function ended(process: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    process.once('exit', () => resolve());
    process.kill('SIGKILL');
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createNetServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
