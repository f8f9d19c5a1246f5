import { reset } from 'cloudflare:test';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';

let admin: Awaited<ReturnType<typeof createAdminFixture>>;
beforeEach(async () => {
  await reset();
  admin = await createAdminFixture();
  await admin.call('GET', '/organization');
}, 60_000);
afterAll(reset);

const stay = (residency: string | null) => admin.call('PATCH', '/organization', { residency });
const guard = (region?: string | null) => ({
  name: 'asked',
  rule: { kind: 'webhook', url: 'https://guard.example/check', ...(region === undefined ? {} : { region }) },
});

const RECEIVERS = [
  ['webhooks', (region: string | null) => ({ url: 'https://receiver.example/in', region }), 'region'],
  ['telemetry', (region: string | null) => ({ endpoint: 'https://otel.example/otlp', region }), 'region'],
  ['guards', guard, 'rule.region'],
] as const;

test.each(RECEIVERS)('/%s: one that is not inside is refused when it is saved', async (list, body, param) => {
  await stay('eu');
  for (const region of [null, 'us'])
    expect(await admin.call('POST', `/${list}`, body(region))).toMatchObject({
      status: 403,
      body: { error: { code: 'region_not_allowed', param } },
    });
  expect((await admin.call('GET', `/${list}`)).body.data).toEqual([]);
  const made = await admin.call('POST', `/${list}`, body('eu'));
  expect(made.status).toBe(201);
  expect(made.body.region ?? made.body.rule.region).toBe('eu');
});

test.each(RECEIVERS)(
  '/%s: one of before the rule can be turned off, but not be saved on',
  async (list, body) => {
    const made = await admin.call('POST', `/${list}`, body(null));
    expect(made.status).toBe(201);
    await stay('eu');
    const path = `/${list}/${made.body.id ?? made.body.name}`;
    expect((await admin.call('PATCH', path, { enabled: true })).status).toBe(403);
    expect((await admin.call('PATCH', path, { enabled: false })).status).toBe(200);
    expect((await admin.call('PATCH', path, { enabled: true })).status).toBe(403);
  },
);

test('a test of a webhook sends nothing out of the place where the organization must stay', async () => {
  let calls = 0;
  admin.calls.fetch = async () => {
    calls++;
    return new Response(null, { status: 204 });
  };
  const { id } = (await admin.call('POST', '/webhooks', { url: 'https://receiver.example/in' })).body;
  const exporter = (await admin.call('POST', '/telemetry', { endpoint: 'https://otel.example/otlp' })).body;
  await stay('eu');
  const { body } = await admin.call('POST', `/webhooks/${id}/test`, {});
  expect(body).toMatchObject({ ok: false, error: expect.stringContaining('it must be in "eu"') });
  expect((await admin.call('POST', `/telemetry/${exporter.id}/test`, {})).status).toBe(403);
  expect(calls).toBe(0);
});
