import { reset } from 'cloudflare:test';
import { storeTraces } from '@sluice/cloudflare/d1/store-traces';
import { traceFixture } from '@sluice/cloudflare/queue/trace-fixture';
import { parseTraceRow } from '@sluice/cloudflare/queue/trace-message';
import { ROUTE_TABLE } from '@sluice/http/admin/route-table';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';
import { checkAnswer, compared } from './check-answer.ts';

let admin: Awaited<ReturnType<typeof createAdminFixture>>;
const made: Record<string, string> = {};

beforeAll(async () => {
  await reset();
  admin = await createAdminFixture({
    health: async () => ({ targets: {}, config_version: 1, read_at_ms: 1 }),
    healthHistory: async () => [
      { at_ms: 1, connection_id: 'conn_a', model: 'm', breaker: 'open', retry_at_ms: 2 },
    ],
    inspect: async () => ({
      version: '1.2.3',
      environment: 'local',
      bindings: {},
      secrets: {},
      migrations_missing: [],
      receipts_can_sign: true,
      metrics_on: false,
      queues: {},
    }),
  });
  const make = async (resource: string, body: unknown, id = 'id') => {
    const answer = await admin.call('POST', `/${resource}`, body);
    expect([resource, answer.status, answer.status === 201 ? '' : answer.text]).toEqual([resource, 201, '']);
    made[resource] = String(answer.body[id]);
  };
  await make('keys', { name: 'one', project: 'shop', budgets: [{ window: 'daily', limit_usd: 5 }] });
  await make('invitations', { email: 'one@example.com', role: 'viewer' });
  const invited = await admin.call('POST', '/invitations', { email: 'two@example.com', role: 'viewer' });
  const member = await admin.call('POST', '/invitations/accept', { token: invited.body.token });
  made['members'] = member.body.member.id;
  await make('admin-keys', { name: 'two', role: 'viewer' });
  await make('organizations', { name: 'Second' });
  await make('budgets', { scope: 'organization', window: 'monthly', limit_usd: 5 });
  await make('connections', {
    provider: 'openai',
    name: 'ours',
    credential: 'sk-nobody',
    models: ['gpt-4o'],
  });
  await make('webhooks', { url: 'https://hooks.example/one' });
  await make('telemetry', { endpoint: 'https://otel.example' });
  await make('chains', { name: 'chain', links: [{ model: 'gpt-4o-mini' }] }, 'name');
  const arms = [{ id: 'a', model: 'gpt-4o', percent: 100 }];
  await make('splits', { name: 'split', arms }, 'name');
  await make('assistants', { name: 'helper', model: 'gpt-4o' }, 'name');
  const pool = { name: 'pool', model: 'llama', connection_ids: [made['connections']], usd_per_hour: 2 };
  await make('pools', pool, 'name');
  await make(
    'guards',
    { name: 'hook', rule: { kind: 'webhook', url: 'https://guard.example/s3cret' } },
    'name',
  );
  await make('saved-filters', { name: 'mine', query: { status: '429' } });
  await admin.call('PUT', '/models/openai/gpt-4o', { quality: 0.5, prices: { input_usd_per_mtok: 1 } });
  const row = parseTraceRow(traceFixture({ request_id: 'req_one', at_ms: Date.now() }));
  if (row !== null) await storeTraces(admin.DB, [row]);
  made['traces'] = 'req_one';
  const billed = await admin.raw('/reconciliations', {
    method: 'POST',
    body: JSON.stringify({
      object: 'page',
      data: [
        {
          object: 'bucket',
          start_time: 1_793_491_200,
          end_time: 1_793_577_600,
          results: [
            {
              object: 'organization.costs.result',
              amount: { value: 1.5, currency: 'usd' },
              line_item: 'gpt-4o, input',
            },
          ],
        },
      ],
    }),
  });
  const text = await billed.text();
  expect([billed.status, billed.status === 201 ? '' : text]).toEqual([201, '']);
  checkAnswer('POST', '/reconciliations', billed, text);
  made['reconciliations'] = JSON.parse(text).id;
  made['statements'] = '2026-11';
});

afterAll(reset);

const reads = ROUTE_TABLE.filter(
  ({ method, credential, no_json }) => method === 'GET' && credential === 'admin' && no_json !== true,
);

it.each(reads.map((entry) => [entry.path, entry] as const))(
  'answers exactly what is described: GET %s',
  async (path, { id }) => {
    const resource = path.split('/')[3] ?? '';
    const asked = path.replace('/admin/v1', '').replace(/:\w+/, made[resource] ?? 'nobody');
    const answer = await admin.call('GET', asked);
    expect([asked, answer.status, answer.status === 200 ? '' : answer.text]).toEqual([asked, 200, '']);
    expect(compared).toContain(id);
  },
);

it('sees a member that nobody described, one that is missing, and one of another type', async () => {
  const { text } = await admin.call('GET', `/projects`);
  const answered = JSON.parse(text);
  const check = (change: Record<string, unknown>) => () =>
    checkAnswer(
      'GET',
      '/projects',
      Response.json({}),
      JSON.stringify({ ...answered, data: [{ ...answered.data[0], ...change }] }),
    );
  expect(check({})).not.toThrow();
  expect(check({ surprise: 1 })).toThrow(/surprise/);
  expect(check({ name: undefined })).toThrow(/name/);
  expect(check({ created_at: 5 })).toThrow(/created_at/);
});

it('shows no path of a guard’s webhook, neither with the guard nor with the organization', async () => {
  for (const path of ['/guards', '/guards/hook', '/organization', '/audit?limit=100']) {
    const { text } = await admin.call('GET', path);
    expect([path, text.includes('guard.example')]).toEqual([path, true]);
    expect([path, text.includes('s3cret')]).toEqual([path, false]);
  }
});

it('tells in the audit log that the cache was cleared', async () => {
  expect((await admin.call('DELETE', '/cache')).status).toBe(200);
  const { body } = await admin.call('GET', '/audit?action=cache.clear');
  expect(body.data).toMatchObject([{ action: 'cache.clear', target_type: 'organization' }]);
});
