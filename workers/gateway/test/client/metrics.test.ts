import parsePrometheus from 'parse-prometheus-text-format';
import { expect, it } from 'vitest';
import { readExposition } from '../../../../packages/core/src/telemetry/exposition-fixture.ts';
import { admin, base_url, createVirtualKey, eventually, hello, post } from './harness.ts';
import { METRICS_TOKEN } from './metrics-token.ts';

const scrape = (token: string | null, accept = 'text/plain'): Promise<Response> =>
  fetch(`${base_url}/metrics`, {
    headers: { accept, ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
  });

/** Of one metric, what its samples with these labels add up to. */
async function count(token: string, family: string, labels: Record<string, string>): Promise<number> {
  const samples = readExposition(await (await scrape(token)).text()).get(family) ?? [];
  return samples
    .filter((sample) => Object.entries(labels).every(([name, value]) => sample.labels[name] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

it('a scraper with the token sees what requests came to, as Prometheus reads it', async () => {
  const key = await createVirtualKey({ budgets: [{ window: 'total', limit_usd: 1 }] });
  const ok = { organization: 'org_default', model: 'gpt-4o-mini', status: '200' };
  const refused = await post(key.secret, hello('no-such-model'));
  const { error } = (await refused.json()) as { error: { code: string } };
  const bad = { organization: 'org_default', code: error.code };
  const before = await count(METRICS_TOKEN, 'sluice_requests_total', ok);
  const errors = await count(METRICS_TOKEN, 'sluice_errors_total', bad);
  expect((await post(key.secret, hello('gpt-4o-mini'))).status).toBe(200);
  await (await post(key.secret, hello('no-such-model'))).text();
  await eventually(
    () => count(METRICS_TOKEN, 'sluice_errors_total', bad),
    // The one before may not have been counted when it was first looked at.
    (now) => now >= errors + 1,
    800,
  );
  await eventually(
    () => count(METRICS_TOKEN, 'sluice_requests_total', ok),
    (now) => now === before + 1,
    800,
  );
  const response = await scrape(METRICS_TOKEN);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const text = await response.text();
  const names = parsePrometheus(text).map(({ name }) => name);
  expect([...readExposition(text).keys()].sort()).toEqual(names.sort());
  for (const name of ['sluice_tokens_total', 'sluice_cost_usd_total', 'sluice_request_duration_seconds'])
    expect(names).toContain(name);
  expect(names).not.toContain('sluice_scrape_missing');
  expect(text).not.toContain(key.id);
});

it('a scraper gets OpenMetrics where it asks for it', async () => {
  const response = await scrape(METRICS_TOKEN, 'application/openmetrics-text;version=1.0.0');
  expect(response.headers.get('content-type')).toContain('application/openmetrics-text');
  expect((await response.text()).endsWith('# EOF\n')).toBe(true);
});

it('an admin key sees its own organization alone, and only where its role may', async () => {
  const tenant = await admin<{ id: string; admin_key: { secret: string } }>('POST', 'organizations', {
    name: 'metrics',
  });
  const { id, admin_key } = tenant.body;
  const theirs = readExposition(await (await scrape(admin_key.secret)).text());
  const organizations = [...theirs.values()].flat().map(({ labels }) => labels['organization']);
  expect(organizations.filter((name) => name !== undefined && name !== id)).toEqual([]);

  const made = await fetch(`${base_url}/admin/v1/admin-keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin_key.secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'pays', role: 'billing' }),
  });
  const { secret } = (await made.json()) as { secret: string };
  expect((await scrape(secret)).status).toBe(403);
  await admin('POST', `organizations/${id}/close`);
  expect((await scrape(admin_key.secret)).status).toBe(401);
});

it('nobody else sees anything', async () => {
  const key = await createVirtualKey();
  for (const shown of [null, `${METRICS_TOKEN}x`, METRICS_TOKEN.slice(0, -1), key.secret])
    expect([shown === key.secret, (await scrape(shown)).status]).toEqual([shown === key.secret, 401]);
  const as_admin = await fetch(`${base_url}/admin/v1/keys`, {
    headers: { authorization: `Bearer ${METRICS_TOKEN}` },
  });
  expect(as_admin.status).toBe(401);
});
