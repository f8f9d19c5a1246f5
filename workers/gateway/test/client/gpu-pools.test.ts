import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, describe, expect, inject, it, vi } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import {
  admin,
  attemptsOn,
  base_url,
  createVirtualKey,
  hello,
  post,
  receiptOf,
  simulator_url,
} from './harness.ts';

const GPU = path.resolve(import.meta.dirname, '../../../../examples/gpu');
const read = (file: string): string => readFileSync(path.join(GPU, file), 'utf8');
const RUN = Date.now().toString(36);
const USD_PER_HOUR = 3.6;
/** At a tenth of a cent a second. */
const ANSWER_MS = 200;

/** A vLLM server that holds its answers until it is told to give them. */
async function startEndpoint(): Promise<{
  url: string;
  asked: () => number;
  setWaiting: (count: number) => void;
  setHold: (hold: boolean) => void;
  close: () => void;
}> {
  const held: ServerResponse[] = [];
  let hold = false;
  let asked = 0;
  let waiting = 0;
  const answer = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1,
        model: 'gpu',
        choices: [
          { index: 0, message: { role: 'assistant', content: 'From the house.' }, finish_reason: 'stop' },
        ],
        usage: { prompt_tokens: 1_000, completion_tokens: 500, total_tokens: 1_500 },
      }),
    );
  };
  const server = createServer((request, response) => {
    if (request.url === '/health') response.writeHead(200).end();
    else if (request.url === '/metrics')
      response.writeHead(200).end(`vllm:num_requests_waiting{engine="0",model_name="gpu"} ${waiting}\n`);
    else {
      asked++;
      request.resume().on('end', () => {
        if (hold) held.push(response);
        else setTimeout(() => answer(response), ANSWER_MS);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    setWaiting: (count) => {
      waiting = count;
    },
    setHold: (value) => {
      hold = value;
      if (!hold) for (const response of held.splice(0)) answer(response);
    },
    close: () => server.close().closeAllConnections(),
  };
}

const endpoints: Awaited<ReturnType<typeof startEndpoint>>[] = [];
async function openEndpoint() {
  const endpoint = await startEndpoint();
  endpoints.push(endpoint);
  return endpoint;
}
/** The organization is everybody's: `auto` of other tests must not find endpoints that are gone. */
afterAll(async () => {
  const pools = await admin<{ data: { name: string }[] }>('GET', 'pools');
  for (const { name } of pools.body.data) if (name.includes(RUN)) await admin('DELETE', `pools/${name}`);
  const stored = await admin<{ data: { id: string; models: string[] | null }[] }>(
    'GET',
    'connections?limit=100',
  );
  for (const { id, models } of stored.body.data)
    if (models?.some((model) => model.includes(RUN))) await admin('DELETE', `connections/${id}`);
  for (const endpoint of endpoints) endpoint.close();
});

interface Registered {
  pool: string;
  model: string;
  overflow: string;
}

/** Runs the script as the compose file and the job do. */
function register(url: string, { pool, model, overflow }: Registered, endpoint: string): Promise<string> {
  const child = spawn('sh', [path.join(GPU, 'register.sh')], {
    env: {
      PATH: process.env['PATH'],
      SLUICE_BASE_URL: base_url,
      SLUICE_ADMIN_KEY: inject('admin_key'),
      VLLM_URL: url,
      VLLM_API_KEY: 'secret-of-the-endpoint',
      MODEL: model,
      POOL: pool,
      ENDPOINT: endpoint,
      USD_PER_HOUR: `${USD_PER_HOUR}`,
      IN_FLIGHT_MAX: '2',
      OVERFLOW: `"${overflow}"`,
      PRIVATE: 'true',
      WAIT_SECONDS: '0',
    },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(output))));
  });
}

/** A pool of one endpoint, ready to be asked. */
async function createPool(name: string) {
  const endpoint = await openEndpoint();
  const names = {
    pool: `${name}-${RUN}`,
    model: `gpu-${name}-${RUN}`,
    overflow: `gpt-4o-mini-${name}-${RUN}`,
  };
  await admin('POST', 'connections', {
    provider: 'openai',
    credential: 'simulator',
    base_url: `${simulator_url}/v1`,
    private_allowed: true,
    models: [names.overflow],
  });
  await register(endpoint.url, names, `${names.pool}-1`);
  const { secret } = await createVirtualKey();
  const ask = async (model = names.model) => {
    const response = await post(secret, hello(model));
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    await response.text();
    return response.headers.get('x-request-id') ?? '';
  };
  const askAndRead = async (model?: string) => await receiptOf(secret, await ask(model));
  await vi.waitFor(async () => expect((await askAndRead()).execution.provider).toBe('vllm'), {
    timeout: 15_000,
    interval: 200,
  });
  return { endpoint, names, ask, askAndRead, secret };
}

interface PoolView {
  connection_ids: string[];
  usd_per_hour: number;
  overflow: string[];
  health_path: string;
}

describe('a GPU pool', () => {
  it('is registered by the script once, however often it runs, and grows by a second endpoint', async () => {
    const { endpoint, names } = await createPool('script');
    await register(endpoint.url, names, `${names.pool}-1`);
    const once = await admin<PoolView>('GET', `pools/${names.pool}`);
    expect(once.body).toMatchObject({
      model: names.model,
      usd_per_hour: USD_PER_HOUR,
      in_flight_max: 2,
      overflow: [names.overflow],
      health_path: '/metrics',
    });
    expect(once.body.connection_ids).toHaveLength(1);
    await register((await openEndpoint()).url, names, `${names.pool}-2`);
    const twice = await admin<PoolView>('GET', `pools/${names.pool}`);
    expect(twice.body.connection_ids).toHaveLength(2);
    expect(twice.body.connection_ids).toContain(once.body.connection_ids[0]);
  });

  it('serves until its endpoint is full, then overflows to the API, and comes back', async () => {
    const { endpoint, names, ask, askAndRead } = await createPool('overflow');
    endpoint.setHold(true);
    const before = endpoint.asked();
    const first = [ask(), ask()];
    await vi.waitFor(() => expect(endpoint.asked()).toBe(before + 2), { timeout: 5_000 });
    const third = await askAndRead();
    expect(third.execution).toMatchObject({ provider: 'openai', model: names.overflow });
    expect(await attemptsOn(names.overflow)).not.toEqual([]);
    expect(endpoint.asked()).toBe(before + 2);
    endpoint.setHold(false);
    await Promise.all(first);
    expect((await askAndRead(`pool/${names.pool}`)).execution.provider).toBe('vllm');
  });

  it('costs its share of the hour, holds the whole deadline, and reports what it saved', async () => {
    const { names, askAndRead } = await createPool('money');
    const receipt = await askAndRead();
    expect(receipt.cost.price_source).toBe('pool');
    const cost = receipt.cost.provider_cost_usd ?? -1;
    expect(cost).toBeGreaterThan(((ANSWER_MS - 20) / 1_000) * 0.001);
    expect(cost).toBeLessThan(0.002);
    // Ten minutes of the hour.
    expect(receipt.limits.held_usd).toBeCloseTo(USD_PER_HOUR / 6, 9);
    expect(receipt.limits.settled_usd).toBe(cost);
    await vi.waitFor(
      async () => {
        const { body } = await admin('GET', `pools/${names.pool}/report?model=openai/gpt-4o-mini`);
        expect(body).toMatchObject({ endpoints: 1, compared_with: 'openai/gpt-4o-mini' });
        expect(body['requests']).toBeGreaterThanOrEqual(1);
        expect(body['output_tokens']).toBe(500 * Number(body['requests']));
        expect(body['gpu_cost_usd']).toBeCloseTo(USD_PER_HOUR * 24 * 7, 6);
        // $0.15 and $0.60 per million tokens: $0.00045 for 1000 and 500.
        expect(body['break_even_requests_per_day']).toBe(192_000);
      },
      { timeout: 10_000, interval: 200 },
    );
  });

  it('overflows while the endpoint itself says that requests wait', async () => {
    const { endpoint, askAndRead } = await createPool('queue');
    endpoint.setWaiting(3);
    await vi.waitFor(async () => expect((await askAndRead()).execution.provider).toBe('openai'), {
      timeout: 20_000,
      interval: 500,
    });
    endpoint.setWaiting(0);
    await vi.waitFor(async () => expect((await askAndRead()).execution.provider).toBe('vllm'), {
      timeout: 20_000,
      interval: 500,
    });
  }, 60_000);

  it('is refused when another pool has its model, and a change over an old etag is a conflict', async () => {
    const pool = { connection_ids: ['conn_x'], usd_per_hour: 1 };
    const model = `gpu-twice-${RUN}`;
    expect((await admin('POST', 'pools', { ...pool, name: `one-${RUN}`, model })).status).toBe(201);
    expect((await admin('POST', 'pools', { ...pool, name: `two-${RUN}`, model })).status).toBe(400);
    const stale = await admin('PATCH', `pools/one-${RUN}`, { usd_per_hour: 2, etag: '"1"' });
    expect(stale.status).toBe(409);
    expect((await admin('PATCH', `pools/one-${RUN}`, { usd_per_hour: 2 })).body).toMatchObject({
      usd_per_hour: 2,
    });
    expect((await admin('DELETE', `pools/one-${RUN}`)).status).toBe(200);
    expect((await admin('GET', `pools/one-${RUN}/report`)).status).toBe(404);
    const audit = await admin<{ data: { action: string; target_id: string }[] }>('GET', 'audit?limit=20');
    const entries = audit.body.data.filter(({ target_id }) => target_id === `one-${RUN}`);
    expect(entries.map(({ action }) => action)).toEqual(['pool.delete', 'pool.update', 'pool.create']);
  });
});

describe('the ready-made files', () => {
  it('the compose file starts vLLM with a GPU and registers it with all that the script needs', () => {
    const { services } = parse(read('compose.yaml'));
    expect(services.vllm.image).toMatch(/^vllm\/vllm-openai:v/);
    expect(services.vllm.deploy.resources.reservations.devices[0].capabilities).toEqual(['gpu']);
    expect(services.register.volumes).toEqual(['./register.sh:/register.sh:ro']);
    expect(services.register.entrypoint).toEqual(['sh', '/register.sh']);
    for (const name of neededVariables()) expect(services.register.environment).toHaveProperty(name);
  });

  it('the Kubernetes file does the same, with the same script', () => {
    const documents = parseAllDocuments(read('kubernetes.yaml')).map((one) => one.toJS());
    const find = (kind: string, name: string) =>
      documents.find((one) => one.kind === kind && one.metadata.name === name);
    expect(find('ConfigMap', 'gpu-pool-register').data['register.sh']).toBe(read('register.sh'));
    const [container] = find('Deployment', 'vllm').spec.template.spec.containers;
    expect(container.resources.limits['nvidia.com/gpu']).toBe(1);
    expect(find('Service', 'inference').spec.ports[0].port).toBe(8000);
    const [job] = find('Job', 'gpu-pool-register').spec.template.spec.containers;
    expect(job.command).toEqual(['sh', '/scripts/register.sh']);
    const given = [...Object.keys(find('ConfigMap', 'gpu-pool').data), 'SLUICE_ADMIN_KEY', 'VLLM_API_KEY'];
    expect(given).toEqual(expect.arrayContaining(neededVariables()));
  });
});

const neededVariables = (): string[] =>
  [...read('register.sh').matchAll(/^: "\$\{([A-Z_]+):\?/gm)].map((match) => match[1] ?? '');
