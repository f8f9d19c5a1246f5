import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, expect, it } from 'vitest';
import { admin, base_url, createVirtualKey, eventually, hello, post, receiptOf } from './harness.ts';

/** All tests share one organization: what is made here is named by this run, and taken away again. */
const run = Date.now().toString(36);
const made: string[] = [];
const servers: Server[] = [];

afterEach(async () => {
  for (const route of made.splice(0)) await admin('DELETE', route);
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  at_ms: number;
  status: number;
}

/** A receiver of the test's own on loopback, and a webhook that leads to it. */
async function createReceiver(statusOf: (attempt: number) => number) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = statusOf(received.length + 1);
      const body = Buffer.concat(chunks).toString('utf8');
      received.push({ headers: request.headers, body, at_ms: performance.now(), status });
      response.writeHead(status).end();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const created = await admin<{ id: string; secret: string }>('POST', 'webhooks', {
    url: `http://127.0.0.1:${port}/in`,
    events: ['budget.threshold', 'budget.exceeded'],
    private_allowed: true,
  });
  if (created.status !== 201) throw new Error(`webhooks answered ${JSON.stringify(created.body)}`);
  made.push(`webhooks/${created.body.id}`);
  return { received, ...created.body };
}

const namesOf = ({ headers }: Received): Record<string, string> =>
  Object.fromEntries(
    ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, String(headers[name])]),
  );

interface Told {
  type: string;
  data: { scope: string; subject: string | null; percent: number; limit_usd: number; spent_usd: number };
}

const USER = `alerted-${run}`;
const LIMIT_USD = 0.0002;

/** Spends until `share` of the limit is spent. @returns what was, and when the last answer ended. */
async function spendTo(
  secret: string,
  share: number,
  spent_usd: number,
): Promise<{ spent_usd: number; at_ms: number }> {
  let spent = spent_usd;
  let at_ms = 0;
  for (let one = 0; one < 100 && spent < share * LIMIT_USD; one++) {
    const body = { ...hello('gpt-4o-mini', 'A few words'), max_tokens: 20 };
    const response = await post(secret, body, { 'x-user-id': USER });
    expect(response.status).toBe(200);
    await response.text();
    at_ms = performance.now();
    const receipt = await receiptOf(secret, response.headers.get('x-request-id') ?? '');
    spent += receipt.cost.provider_cost_usd ?? Number.NaN;
  }
  expect(spent).toBeGreaterThanOrEqual(share * LIMIT_USD);
  return { spent_usd: spent, at_ms };
}

it.each(['key', 'project', 'user'])(
  'a budget of a %s that crosses 80 % is told of once, signed so that the official library believes it',
  async (scope) => {
    const project = `alerts-${scope}-${run}`;
    const alert_percents = [80, 88];
    const budget = { window: 'total', limit_usd: LIMIT_USD, alert_percents };
    const { received, secret: hook_secret, id } = await createReceiver(() => 204);
    const key = await createVirtualKey({ project, ...(scope === 'key' ? { budgets: [budget] } : {}) });
    made.push(`keys/${key.id}`);
    if (scope !== 'key') {
      const subject = scope === 'project' ? { project } : { user: USER };
      const shared = await admin<{ id: string }>('POST', 'budgets', { scope, ...subject, ...budget });
      expect(shared.status).toBe(201);
      made.push(`budgets/${shared.body.id}`);
      // Isolates learn of a change within about a second.
      await eventually(
        async () => {
          const response = await post(key.secret, hello('gpt-4o-mini'), { 'x-user-id': USER });
          await response.text();
          const receipt = await receiptOf(key.secret, response.headers.get('x-request-id') ?? '');
          return (receipt.limits as unknown as { budgets?: unknown[] }).budgets ?? [];
        },
        (budgets) => budgets.length > 0,
      );
    }
    const told = (percent: number): Received[] =>
      received.filter(({ body }) => (JSON.parse(body) as Told).data.percent === percent);
    const until = (percent: number): Promise<Received[]> =>
      eventually(
        async () => told(percent),
        (found) => found.length > 0,
        200,
      );
    const before = await spentOf(key.secret, scope);
    expect(before).toBeLessThan(0.8 * LIMIT_USD);
    const crossed = await spendTo(key.secret, 0.8, before);
    const [first] = await until(80);
    if (first === undefined) throw new Error('no event came');
    console.log(`${scope}: told ${Math.round(first.at_ms - crossed.at_ms)} ms after the answer that crossed`);
    const event = new Webhook(hook_secret).verify(first.body, namesOf(first)) as Told;
    expect(event).toMatchObject({
      type: 'budget.threshold',
      data: { scope, percent: 80, window: 'total', limit_usd: LIMIT_USD, currency: 'usd' },
    });
    expect(event.data.spent_usd).toBeGreaterThanOrEqual(0.8 * LIMIT_USD);
    const changed = { ...namesOf(first) };
    expect(() => new Webhook(hook_secret).verify(`${first.body} `, changed)).toThrow();

    await spendTo(key.secret, 0.88, crossed.spent_usd);
    await until(88);
    expect(told(80)).toHaveLength(1);
    expect(told(88)).toHaveLength(1);
    const listed = await admin<{ data: { id: string }[] }>('GET', `webhooks/${id}/deliveries`);
    expect(listed.body.data.map((one) => one.id).sort()).toEqual(
      received.map(({ headers }) => headers['webhook-id']).sort(),
    );
  },
);

async function spentOf(secret: string, scope: string): Promise<number> {
  const look = async () => {
    const response = await fetch(`${base_url}/v1/key`, {
      headers: { authorization: `Bearer ${secret}`, 'x-user-id': USER },
    });
    const { budgets } = (await response.json()) as {
      budgets: { scope: string; spent_usd: number; held_usd: number }[];
    };
    return budgets.find((one) => one.scope === scope);
  };
  const budget = await eventually(look, (one) => one?.held_usd === 0);
  return budget?.spent_usd ?? Number.NaN;
}

it('a receiver that fails gets the same message again, by the schedule and under the same id', async () => {
  const { received, secret: hook_secret } = await createReceiver((attempt) => (attempt === 1 ? 500 : 204));
  const budget = { window: 'total', limit_usd: LIMIT_USD, alert_percents: [50] };
  const key = await createVirtualKey({ budgets: [budget] });
  made.push(`keys/${key.id}`);
  await spendTo(key.secret, 0.5, 0);
  const [first, second] = await eventually(
    async () => received,
    (all) => all.length > 1,
    400,
  );
  if (first === undefined || second === undefined) throw new Error('it was not tried again');
  expect([first.status, second.status]).toEqual([500, 204]);
  const waited_ms = Math.round(second.at_ms - first.at_ms);
  console.log(`tried again after ${waited_ms} ms`);
  expect(waited_ms).toBeGreaterThan(4_500);
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
  expect(second.body).toBe(first.body);
  for (const one of [first, second]) new Webhook(hook_secret).verify(one.body, namesOf(one));
});
