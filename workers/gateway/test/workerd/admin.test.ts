import { reset } from 'cloudflare:test';
import { loadPolicy } from '@sluice/cloudflare/d1/keys';
import { migrate } from '@sluice/cloudflare/d1/migrate';
import { MIGRATIONS } from '@sluice/cloudflare/d1/migrations';
import { storeTraces } from '@sluice/cloudflare/d1/store-traces';
import { traceFixture } from '@sluice/cloudflare/queue/trace-fixture';
import { parseTraceRow } from '@sluice/cloudflare/queue/trace-message';
import { createKey, hashKey, parseKey } from '@sluice/core/key-format';
import { beforeEach, expect, test } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';

let admin: Awaited<ReturnType<typeof createAdminFixture>>;

beforeEach(async () => {
  await reset();
  admin = await createAdminFixture();
});

const CONTRACT_KEY = {
  name: 'Production backend',
  project: 'shop',
  environment: 'live',
  plan: 'pro',
  rate_limit: 120,
  tokens_per_minute: 200000,
  requests_per_day: 10000,
  concurrency: 20,
  routing_strategy: 'balanced',
  model_allowlist: ['gpt-4o', 'anthropic/*'],
  provider_allowlist: [],
  ip_allowlist: ['203.0.113.0/24'],
  origins: ['https://shop.example'],
  expires_at: null,
  budgets: [{ window: 'monthly', limit_usd: 250, hard: true, alert_percents: [80, 90, 100] }],
  budget_monthly_eur: 250,
  budget_alert_pct: 80,
  per_request_limit_usd: 0.5,
  cache: { enabled: true, similarity_threshold: 0.95, ttl_seconds: 3600 },
  metadata: { team: 'checkout' },
};

test('an empty database is migrated by the first request, and wrangler would agree', async () => {
  const { status } = await admin.call('GET', '/keys');
  expect(status).toBe(200);
  const { results } = await admin.DB.prepare('SELECT name FROM d1_migrations').all();
  expect(results).toEqual(MIGRATIONS.map(({ name }) => ({ name })));
  await Promise.all([migrate(admin.DB), migrate(admin.DB)]);
});

test('a key as the contract shows it is made, and its policy is what was asked for', async () => {
  const created = await admin.call('POST', '/keys', CONTRACT_KEY);
  expect(created.status).toBe(201);
  expect(parseKey(created.body.secret)).toEqual({ kind: 'live', key_id: created.body.id });
  const policy = await loadPolicy(admin, created.body.id);
  expect(policy).toMatchObject({
    organization_id: 'org_default',
    version: 1,
    state: 'active',
    secrets: [{ hash: await hashKey(created.body.secret), expires_at_ms: null }],
    limits: { requests_per_minute: 120, tokens_per_minute: 200000, requests_per_day: 10000, concurrency: 20 },
    per_request_limit_usd_nanos: 500_000_000,
    model_allowlist: ['gpt-4o', 'anthropic/*'],
    budgets: [
      { id: 'monthly', limit_usd_nanos: 250e9, alert_percents: [80, 90, 100], hard: true },
      {
        id: 'monthly_eur',
        currency: 'eur',
        limit_amount: 250,
        limit_usd_nanos: 287.5e9,
        alert_percents: [80],
      },
    ],
  });
  const read = await admin.call('GET', `/keys/${created.body.id}`);
  expect(read.body).toMatchObject({ project: 'shop', rate_limit: 120, plan: 'pro', etag: '"1"' });
  expect(read.body.secret).toBeUndefined();
});

test('short forms make hard budgets, and null takes one away again', async () => {
  const { body } = await admin.call('POST', '/keys', {
    name: 'short',
    limits: { daily_usd: 1, weekly_usd: 5, per_request_usd: 0.01 },
    alerts: { threshold_percent: 70, webhook_url: 'https://hooks.example/T0/secret' },
  });
  expect(body.budgets).toMatchObject([
    { id: 'daily', window: 'daily', limit_usd: 1, hard: true, alert_percents: [70] },
    { id: 'weekly', window: 'weekly', limit_usd: 5, hard: true, alert_percents: [70] },
  ]);
  expect(body.per_request_limit_usd).toBe(0.01);
  const patched = await admin.call('PATCH', `/keys/${body.id}`, {
    limits: { daily_usd: null, weekly_usd: 9 },
  });
  expect(patched.body.budgets).toMatchObject([{ id: 'weekly', limit_usd: 9, alert_percents: [70] }]);
});

test('a change is stored, audited and pushed; the same request again only pushes', async () => {
  const { body } = await admin.call('POST', '/keys', { name: 'one' });
  const first = await admin.call('PATCH', `/keys/${body.id}`, { rate_limit: 5 });
  expect(first.body).toMatchObject({ rate_limit: 5, name: 'one', etag: '"2"' });
  const second = await admin.call('PATCH', `/keys/${body.id}`, { rate_limit: 5 });
  expect(second.body.etag).toBe('"2"');
  expect(admin.pushed).toEqual([body.id, body.id]);
  const audit = await admin.call('GET', '/audit');
  expect(audit.body.data.map((entry: { action: string }) => entry.action).sort()).toEqual([
    'key.create',
    'key.update',
  ]);
});

test('a change whose ledger is away answers 503, says that it is saved, and succeeds when sent again', async () => {
  const { body } = await admin.call('POST', '/keys', { name: 'one' });
  admin.state.is_ledger_away = true;
  const failed = await admin.call('POST', `/keys/${body.id}/revoke`);
  expect(failed.status).toBe(503);
  expect(failed.body.error).toMatchObject({ code: 'limits_unavailable' });
  expect(failed.body.error.message).toContain('saved, but not yet in force');
  expect(await loadPolicy(admin, body.id)).toMatchObject({ state: 'revoked' });
  admin.state.is_ledger_away = false;
  expect((await admin.call('POST', `/keys/${body.id}/revoke`)).status).toBe(200);
  expect(admin.pushed).toEqual([body.id]);
});

test('two who change the same key from the same reading: one wins, the other is told', async () => {
  const { body } = await admin.call('POST', '/keys', { name: 'one' });
  const headers = { 'if-match': body.etag };
  const answers = await Promise.all([
    admin.call('PATCH', `/keys/${body.id}`, { name: 'two' }, { headers }),
    admin.call('PATCH', `/keys/${body.id}`, { name: 'three' }, { headers }),
  ]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
  const audit = await admin.call('GET', '/audit');
  expect(audit.body.data.filter((entry: { action: string }) => entry.action === 'key.update')).toHaveLength(
    1,
  );
  expect((await admin.call('PATCH', `/keys/${body.id}`, { name: 'four', etag: '"1"' })).status).toBe(409);
});

test('a rotation shows the new secret once and lets the old one live exactly as long as asked', async () => {
  const { body } = await admin.call('POST', '/keys', { name: 'one' });
  const rotated = await admin.call('POST', `/keys/${body.id}/rotate`, { overlap_seconds: 3600 });
  expect(rotated.body.id).toBe(body.id);
  expect(rotated.body.secret).not.toBe(body.secret);
  expect(rotated.body.in_force).toBe(true);
  expect((await loadPolicy(admin, body.id))?.secrets).toEqual([
    { hash: await hashKey(rotated.body.secret), expires_at_ms: null },
    { hash: await hashKey(body.secret), expires_at_ms: admin.state.now_ms + 3_600_000 },
  ]);
});

test('two rotations in the same millisecond both count: the secret shown last is the one stored', async () => {
  const { body } = await admin.call('POST', '/keys', { name: 'one' });
  await admin.call('POST', `/keys/${body.id}/rotate`, { overlap_seconds: 0 });
  const last = await admin.call('POST', `/keys/${body.id}/rotate`, { overlap_seconds: 0 });
  expect((await loadPolicy(admin, body.id))?.secrets[0]?.hash).toBe(await hashKey(last.body.secret));
});

test('a rotation whose ledger is away still shows the secret, and says that it is not in force', async () => {
  const { body } = await admin.call('POST', '/keys', { name: 'one' });
  admin.state.is_ledger_away = true;
  const rotated = await admin.call('POST', `/keys/${body.id}/rotate`, {});
  expect(rotated).toMatchObject({ status: 200, body: { in_force: false } });
  admin.state.is_ledger_away = false;
  expect((await admin.call('PATCH', `/keys/${body.id}`, {})).status).toBe(200);
  expect(admin.pushed).toEqual([body.id]);
});

test('a revoked key stays revoked; a disabled one comes back', async () => {
  const { body } = await admin.call('POST', '/keys', { name: 'one' });
  expect((await admin.call('POST', `/keys/${body.id}/disable`)).body.state).toBe('disabled');
  expect((await admin.call('POST', `/keys/${body.id}/enable`)).body.state).toBe('active');
  expect((await admin.call('POST', `/keys/${body.id}/revoke`)).body.state).toBe('revoked');
  for (const [verb, path, change] of [
    ['POST', '/enable', {}],
    ['POST', '/rotate', {}],
    ['PATCH', '', { name: 'x' }],
  ] as const) {
    expect((await admin.call(verb, `/keys/${body.id}${path}`, change)).status).toBe(409);
  }
});

test('a list pages through every key once, newest first', async () => {
  for (let made = 0; made < 5; made++) {
    admin.state.now_ms += 1 - (made % 2);
    await admin.call('POST', '/keys', { name: `key ${made}` });
  }
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = await admin.call('GET', `/keys?limit=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...page.body.data.map((key: { id: string }) => key.id));
    cursor = page.body.next_cursor;
  }
  expect(new Set(seen).size).toBe(5);
  expect(seen).toHaveLength(5);
  expect((await admin.call('GET', '/keys?cursor=%27%20OR%201')).status).toBe(400);
});

test('nobody can set what the administration decides: unknown and foreign fields are refused by name', async () => {
  const { body } = await admin.call('POST', '/keys', { name: 'one' });
  const before = await loadPolicy(admin, body.id);
  for (const field of [
    'organization_id',
    'key_id',
    'id',
    'state',
    'version',
    'secret_hash',
    'spent_usd',
    'role',
    '__proto__',
  ]) {
    const patch = JSON.parse(`{"${field}": "x"}`);
    const refused = await admin.call('PATCH', `/keys/${body.id}`, patch);
    expect([field, refused.status, refused.body.error.param]).toEqual([field, 400, field]);
    expect((await admin.call('POST', '/keys', { name: 'x', ...patch, [field]: 'x' })).status).toBe(400);
  }
  const nested = await admin.call('PATCH', `/keys/${body.id}`, { limits: { hourly_usd: 1 } });
  expect(nested.body.error).toMatchObject({ code: 'invalid_request', param: 'limits.hourly_usd' });
  expect(await loadPolicy(admin, body.id)).toEqual(before);
});

test('values that cannot work are refused with the field that holds them', async () => {
  const cases: [string, Record<string, unknown>][] = [
    ['rate_limit', { rate_limit: -1 }],
    ['rate_limit', { rate_limit: 1.5 }],
    ['per_request_limit_usd', { per_request_limit_usd: -0.1 }],
    ['per_request_limit_usd', { per_request_limit_usd: 1e12 }],
    ['ip_allowlist.0', { ip_allowlist: ['10.0.0.0/33'] }],
    ['origins.0', { origins: ['https://shop.example/path'] }],
    ['expires_at', { expires_at: 'tomorrow' }],
    ['budgets.0.limit_usd', { budgets: [{ window: 'daily' }] }],
    ['budgets', { budgets: [{ window: 'daily', limit_usd: 1 }], limits: { daily_usd: 2 } }],
    ['metadata', { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, 'v'])) }],
  ];
  for (const [param, change] of cases) {
    const { status, body } = await admin.call('POST', '/keys', { name: 'x', ...change });
    expect([status, body.error.param]).toEqual([400, param]);
  }
});

test('every refused sign-in looks the same, on every route and on none', async () => {
  const live = createKey('live', (length) => crypto.getRandomValues(new Uint8Array(length))).text;
  const unknown = createKey('admin', (length) => crypto.getRandomValues(new Uint8Array(length))).text;
  const answers = new Set<string>();
  for (const key of [
    null,
    '',
    'garbage',
    live,
    unknown,
    `${admin.ours.text}x`,
    admin.ours.text.slice(0, -1),
  ]) {
    for (const [method, path] of [
      ['GET', '/keys'],
      ['POST', '/keys'],
      ['GET', '/nothing'],
      ['PATCH', '/organization'],
    ] as const) {
      const { status, body } = await admin.call(method, path, method === 'GET' ? undefined : {}, { key });
      answers.add(JSON.stringify({ status, ...body.error, request_id: typeof body.error.request_id }));
    }
  }
  expect([...answers]).toHaveLength(1);
  expect([...answers][0]).toContain('401');
  expect([...answers][0]).toContain('invalid_api_key');
});

test('another organization sees none of ours and changes none of it', async () => {
  await admin.call('GET', '/keys');
  await admin.addOther();
  const key = await admin.call('POST', '/keys', { name: 'MARKER key', project: 'MARKER project' });
  await admin.call('PUT', '/models/openai/MARKER-model', { prices: { input_usd_per_mtok: 1 } });
  const row = parseTraceRow(traceFixture({ request_id: 'req_MARKER', user_id: 'MARKER' }));
  await storeTraces(admin.DB, row === null ? [] : [row]);
  const as = { key: admin.theirs.text };
  const id = key.body.id;
  for (const [method, path, body] of [
    ['GET', `/keys/${id}`],
    ['PATCH', `/keys/${id}`, { name: 'stolen', project: 'made' }],
    ['POST', `/keys/${id}/rotate`, {}],
    ['POST', `/keys/${id}/revoke`, {}],
    ['POST', `/keys/${id}/disable`, {}],
    ['POST', `/keys/${id}/enable`, {}],
    ['GET', '/traces/req_MARKER'],
  ] as const) {
    const answer = await admin.call(method, path, body, as);
    expect([path, answer.status]).toEqual([path, 404]);
    expect(answer.text).not.toContain('MARKER');
  }
  for (const path of [
    '/keys',
    '/projects',
    '/models',
    '/traces',
    '/traces?q=MARKER',
    `/traces?key=${id}`,
    '/traces?user=MARKER',
    '/usage?group_by=key,user,model',
    '/audit',
    '/organization',
  ]) {
    const answer = await admin.call('GET', path, undefined, as);
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain('MARKER');
    expect(answer.text).not.toContain(id);
  }
  expect((await admin.call('GET', `/keys/${id}`)).body).toMatchObject({
    name: 'MARKER key',
    state: 'active',
    etag: '"1"',
  });
});

test('a dump of the database holds no secret', async () => {
  const created = await admin.call('POST', '/keys', {
    name: 'one',
    alerts: { webhook_url: 'https://h.example/HOOKSECRET' },
  });
  const rotated = await admin.call('POST', `/keys/${created.body.id}/rotate`, {});
  await admin.call('PATCH', `/keys/${created.body.id}`, { name: 'two' });
  const { results: tables } = await admin.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'",
  ).all<{ name: string }>();
  let dump = '';
  const { env } = await import('cloudflare:workers');
  const { DB } = env as unknown as { DB: D1Database };
  for (const { name } of tables)
    dump += JSON.stringify((await DB.prepare(`SELECT * FROM "${name}"`).all()).results);
  for (const key of [created.body.secret, rotated.body.secret, admin.ours.text]) {
    expect(dump).not.toContain(key.slice(-49, -6));
    expect(dump).not.toContain(key.slice(-20));
  }
  expect(dump).toContain(created.body.id);
  const audit = await admin.call('GET', '/audit');
  expect(audit.text).not.toContain('HOOKSECRET');
  // The log's own hashes are there to be seen.
  for (const answer of [audit, await admin.call('GET', '/keys')])
    expect(answer.text.replaceAll(/"(previous_)?hash":"[0-9a-f]*"/g, '')).not.toMatch(/[0-9a-f]{64}/);
});

test('text that looks like SQL or markup is stored and shown as text, and never an error', async () => {
  const nasty = `'; DROP TABLE keys; -- <script>alert(1)</script> "$.x' OR '1'='1`;
  const { body } = await admin.call('POST', '/keys', {
    name: nasty,
    project: nasty,
    metadata: { [nasty.slice(0, 60)]: nasty },
  });
  expect(body).toMatchObject({ name: nasty, project: nasty });
  const encoded = encodeURIComponent(nasty);
  for (const path of ['key', 'project', 'user', 'session', 'provider', 'model', 'q']) {
    expect((await admin.call('GET', `/traces?${path}=${encoded}`)).status).toBe(200);
  }
  for (const path of [`/keys/${encoded}`, `/traces/${encoded}`])
    expect((await admin.call('GET', path)).status).toBe(404);
  for (const path of [`/usage?group_by=${encoded}`, `/keys?limit=${encoded}`, `/traces?sort=${encoded}`]) {
    expect((await admin.call('GET', path)).status).toBe(400);
  }
  expect((await admin.call('GET', '/keys')).body.data).toHaveLength(1);
});

test('an organization changes its settings, isolates are told, and its keys follow its clock and rate', async () => {
  const key = await admin.call('POST', '/keys', { name: 'euro', budget_monthly_eur: 100 });
  const before = await admin.call('GET', '/organization');
  const changed = await admin.call('PATCH', '/organization', {
    time_zone: 'Europe/Berlin',
    usd_per_eur: 1.2,
    retain_content: true,
    timeouts: { idle_ms: 5000 },
    aliases: { fast: 'gpt-4o-mini' },
  });
  expect(changed.body).toMatchObject({
    usd_per_eur: 1.2,
    timeouts: { first_byte_ms: 30_000, idle_ms: 5000 },
  });
  expect(admin.versions).toEqual([['org_default', 2]]);
  expect(admin.pushed).toEqual([key.body.id]);
  expect(await loadPolicy(admin, key.body.id)).toMatchObject({
    time_zone: 'Europe/Berlin',
    budgets: [{ limit_usd_nanos: 120e9 }],
  });
  const stale = await admin.call(
    'PATCH',
    '/organization',
    { name: 'x' },
    { headers: { 'if-match': before.body.etag } },
  );
  expect(stale.status).toBe(409);
  expect((await admin.call('PATCH', '/organization', { time_zone: 'Mars/Olympus' })).body.error.param).toBe(
    'time_zone',
  );
  expect((await admin.call('PATCH', '/organization', { id: 'org_other' })).body.error.param).toBe('id');
});

test('prices of one model are set in dollars, kept in nano-dollars, and unknown stays unknown', async () => {
  const path = '/models/fireworks/accounts/fireworks/models/llama-4';
  const body = {
    prices: {
      input_usd_per_mtok: 0.15,
      output_usd_per_mtok: 0.6,
      tiers: [{ from_input_tokens: 200000, prices: { input_usd_per_mtok: 0.3 } }],
    },
  };
  expect((await admin.call('PUT', path, body)).body.prices).toMatchObject({
    input_usd_per_mtok: 0.15,
    cache_read_usd_per_mtok: null,
  });
  expect(await admin.ports.organizations.models('org_default')).toMatchObject([
    {
      provider: 'fireworks',
      model: 'accounts/fireworks/models/llama-4',
      prices: {
        input: 150_000_000,
        cache_read: null,
        output: 600_000_000,
        tiers: [{ from_input_tokens: 200000, prices: { input: 300_000_000, output: null } }],
      },
    },
  ]);
  expect((await admin.call('GET', '/models')).body.data).toHaveLength(1);
  expect((await admin.call('PUT', path, { prices: null })).status).toBe(200);
  expect((await admin.call('GET', '/models')).body.data).toEqual([]);
  expect(admin.versions).toEqual([
    ['org_default', 2],
    ['org_default', 3],
  ]);
});

test('traces are found by each filter, and usage adds up to them by each group', async () => {
  await admin.call('GET', '/organization');
  const rows = Array.from({ length: 6 }, (_, at) =>
    parseTraceRow(
      traceFixture({
        request_id: `req_${at}`,
        at_ms: admin.state.now_ms - at * 60_000,
        status: at === 0 ? 429 : 200,
        model: at % 2 ? 'm1' : 'm2',
        user_id: at < 2 ? 'ann' : null,
        session_id: at === 3 ? 's' : null,
        cost_usd_nanos: at * 1_000_000,
      }),
    ),
  ).filter((row) => row !== null);
  await storeTraces(admin.DB, rows);
  const ids = async (query: string) =>
    (await admin.call('GET', `/traces?${query}`)).body.data.map(
      (trace: { request_id: string }) => trace.request_id,
    );
  expect(await ids('')).toEqual(['req_0', 'req_1', 'req_2', 'req_3', 'req_4', 'req_5']);
  expect(await ids('status=4xx')).toEqual(['req_0']);
  expect(await ids('status=200&model=m1&user=ann')).toEqual(['req_1']);
  expect(await ids('session=s')).toEqual(['req_3']);
  expect(await ids('min_cost_usd=0.004')).toEqual(['req_4', 'req_5']);
  expect(await ids('q=REQ_2')).toEqual(['req_2']);
  expect(await ids(`since=${new Date(admin.state.now_ms - 60_000).toISOString()}`)).toEqual([
    'req_0',
    'req_1',
  ]);
  expect((await admin.call('GET', '/traces/req_5')).body).toMatchObject({ cost_usd: 0.005, model: 'm1' });
  const by_model = await admin.call('GET', '/usage?group_by=model');
  expect(by_model.body.data).toMatchObject([
    { model: 'm1', requests: 3, errors: 0, cost_usd: 0.009 },
    { model: 'm2', requests: 3, errors: 1, cost_usd: 0.006 },
  ]);
  for (const group of [
    'key',
    'project',
    'user',
    'provider',
    'day',
    'hour',
    'status_class',
    '',
    'day,model',
  ]) {
    const { data } = (await admin.call('GET', `/usage?group_by=${group}`)).body;
    expect(data.reduce((sum: number, row: { requests: number }) => sum + row.requests, 0)).toBe(6);
  }
});

test('a project is renamed for its keys, too; not to the name of another, and not by another organization', async () => {
  const key = await admin.call('POST', '/keys', { name: 'one', project: 'before' });
  await admin.call('POST', '/projects', { name: 'taken' });
  const path = `/projects/${key.body.project_id}`;
  const taken = await admin.call('PATCH', path, { name: 'taken' });
  expect([taken.status, taken.body.error.param]).toEqual([409, 'name']);
  await admin.addOther();
  expect((await admin.call('PATCH', path, { name: 'stolen' }, { key: admin.theirs.text })).status).toBe(404);
  const renamed = await admin.call('PATCH', path, { name: 'after', limits: { requests_per_day: 5 } });
  expect(renamed.body).toMatchObject({ name: 'after', limits: { requests_per_day: 5 } });
  expect((await admin.call('GET', `/keys/${key.body.id}`)).body.project).toBe('after');
  const { body } = await admin.call('GET', '/audit?action=project.rename');
  expect(body.data.map((entry: { after: unknown }) => entry.after)).toEqual([{ name: 'after' }]);
});
