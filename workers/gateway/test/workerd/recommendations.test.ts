import { reset } from 'cloudflare:test';
import { storeTraces } from '@sluice/cloudflare/d1/store-traces';
import { traceFixture } from '@sluice/cloudflare/queue/trace-fixture';
import { parseTraceRow } from '@sluice/cloudflare/queue/trace-message';
import { type AttemptRecord, noUsage, type Recommendation } from '@sluice/contract';
import { measureEffects, runAdvice, runAdviceJobs } from '@sluice/http/admin/run-advice';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';

const DAY_MS = 86_400_000;
const PER_DAY = 60;

let admin: Awaited<ReturnType<typeof createAdminFixture>>;
let key_id: string;

const attempt = (error: AttemptRecord['error']): AttemptRecord => ({
  connection_id: 'conn_openai',
  provider: 'openai',
  model: 'gpt-4o',
  status: error === null ? 200 : 503,
  error,
  message: null,
  role: 'first',
  latency_ms: 800,
});

/** Days of traffic for gpt-4o; one request in `failing` fails at the one provider that is asked. */
async function seed(name: string, from_ms: number, days: number, failing: number): Promise<void> {
  for (let day = 0; day < days; day++) {
    const rows = Array.from({ length: PER_DAY }, (_, at) => {
      const is_failed = at % failing === 0;
      return traceFixture({
        request_id: `req_${name}_${day}_${at}`,
        key_id,
        at_ms: from_ms + day * DAY_MS + at * 60_000,
        model_requested: 'gpt-4o',
        provider: is_failed ? null : 'openai',
        connection_id: is_failed ? null : 'conn_openai',
        model: is_failed ? null : 'gpt-4o',
        status: is_failed ? 502 : 200,
        error_code: is_failed ? 'provider_error' : null,
        ending: is_failed ? 'failed' : 'complete',
        attempts: [attempt(is_failed ? 'overloaded' : null)],
        usage: is_failed ? null : { ...noUsage(), input_tokens: 1_000, output_tokens: 500 },
        cost_usd_nanos: is_failed ? null : 30_000_000,
        latency_ms: 800,
      });
    });
    await storeTraces(
      admin.DB,
      rows.map((row) => parseTraceRow(row)).filter((row) => row !== null),
    );
  }
}

beforeAll(async () => {
  await reset();
  admin = await createAdminFixture();
  key_id = (await admin.call('POST', '/keys', { name: 'shop' })).body.id;
  await seed('before', admin.state.now_ms - 14 * DAY_MS, 14, 15);
});
afterAll(reset);

const list = async (query = '') => (await admin.call('GET', `/recommendations${query}`)).body;
const findKind = async (kind: string): Promise<Recommendation> =>
  (await list()).data.find((one: Recommendation) => one.kind === kind);
const post = (path: string, body: unknown = {}, key?: string) =>
  admin.call('POST', `/recommendations${path}`, body, key === undefined ? {} : { key });

describe('recommendations', () => {
  it('are none before a run, and then what the traces tell, with evidence and saving', async () => {
    expect(await list()).toEqual({ data: [], computed_at: null, next_cursor: null });
    expect((await post('/run')).body).toMatchObject({ found: 4 });
    const { data, computed_at } = await list('?state=open');
    expect(computed_at).toBe(new Date(admin.state.now_ms).toISOString());
    expect(data.map(({ kind }: Recommendation) => kind).sort()).toEqual([
      'key_without_budget',
      'missing_fallback',
      // Both of the catalogue's models of this name end within 90 days of the fixture's clock.
      'model_retiring',
      'model_retiring',
    ]);
    const fallback = await findKind('missing_fallback');
    expect(fallback).toMatchObject({ area: 'reliability', subject: 'gpt-4o', state: 'open', effect: null });
    expect(fallback.evidence).toMatchObject({ failed: 56, days: 14, samples: 14 * PER_DAY });
    // 4 a day are 120 a month, of which the other model is expected to answer 97 %.
    expect(fallback.saving).toMatchObject({ unit: 'requests_per_month', expected: 116 });
    const budget = await findKind('key_without_budget');
    expect(budget.evidence['spent_per_month_usd']).toBeCloseTo(56 * 30 * 0.03, 6);
  });

  it('of one organization are nobody else’s', async () => {
    const theirs = admin.theirs.text;
    const { id } = await findKind('missing_fallback');
    expect((await admin.call('GET', '/recommendations', undefined, { key: theirs })).body.data).toEqual([]);
    expect((await post(`/${id}/apply`, {}, theirs)).status).toBe(404);
    expect((await post(`/${id}/dismiss`, {}, theirs)).status).toBe(404);
    expect((await post(`/${id}/undo`, {}, theirs)).status).toBe(404);
  });

  it('are not applied for a role that may not make the change by hand', async () => {
    const { body } = await admin.call('POST', '/admin-keys', { name: 'dev', role: 'developer' });
    const { id } = await findKind('missing_fallback');
    expect((await post(`/${id}/apply`, {}, body.secret)).status).toBe(403);
    expect((await admin.call('GET', '/organization')).body.default_fallback_chain).toEqual([]);
    expect((await findKind('missing_fallback')).state).toBe('open');
  });

  it('are refused when what they would change was changed meanwhile', async () => {
    const { id } = await findKind('missing_fallback');
    await admin.call('PATCH', '/organization', { default_fallback_chain: ['mistral-large-latest'] });
    const { status, body } = await post(`/${id}/apply`);
    expect(status).toBe(409);
    expect(body.error.message).toContain('default_fallback_chain was changed');
    expect((await admin.call('GET', '/organization')).body.default_fallback_chain).toEqual([
      'mistral-large-latest',
    ]);
    await admin.call('PATCH', '/organization', { default_fallback_chain: [] });
  });

  it('are applied as the change that they show, once, and both are in the audit log', async () => {
    const { id, change } = await findKind('missing_fallback');
    const { status, body } = await post(`/${id}/apply`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, state: 'applied', applied_by: expect.stringMatching(/^admin:/) });
    const organization = (await admin.call('GET', '/organization')).body;
    expect(change?.patch).toEqual({
      fallback_enabled: true,
      default_fallback_chain: organization.default_fallback_chain,
    });
    expect(organization.default_fallback_chain).toHaveLength(1);
    const { data } = (await admin.call('GET', '/audit')).body;
    const of = (action: string) => data.filter((one: { action: string }) => one.action === action);
    expect(of('recommendation.apply')).toMatchObject([
      { target_id: id, after: { state: 'applied', change: { patch: change?.patch } } },
    ]);
    // One by hand, one back, and this one.
    expect(of('organization.update')).toHaveLength(3);
    expect((await post(`/${id}/apply`)).status).toBe(409);
  });

  it('that were applied are taken back by the change back, unless somebody changed it since', async () => {
    const { id } = await findKind('missing_fallback');
    const chain = (await admin.call('GET', '/organization')).body.default_fallback_chain;
    await admin.call('PATCH', '/organization', { default_fallback_chain: ['mistral-large-latest'] });
    const refused = await post(`/${id}/undo`);
    expect(refused.status).toBe(409);
    expect(refused.body.error.message).toContain('default_fallback_chain was changed since this was applied');
    await admin.call('PATCH', '/organization', { default_fallback_chain: chain });

    expect((await post(`/${id}/undo`)).body).toMatchObject({ id, state: 'open', applied_at: null });
    expect((await admin.call('GET', '/organization')).body.default_fallback_chain).toEqual([]);
    expect((await post(`/${id}/undo`)).status).toBe(409);
    const { data } = (await admin.call('GET', '/audit')).body;
    expect(data.find(({ action }: { action: string }) => action === 'recommendation.undo')).toMatchObject({
      target_id: id,
      before: { state: 'applied' },
      after: { state: 'open' },
    });
    expect((await post(`/${id}/apply`)).status).toBe(200);
  });

  it('that are dismissed stay dismissed, and snoozed ones come back', async () => {
    const { id } = await findKind('key_without_budget');
    expect((await post(`/${id}/dismiss`, { snooze_days: 3 })).body).toMatchObject({ state: 'snoozed' });
    await post('/run');
    expect((await findKind('key_without_budget')).state).toBe('snoozed');
    admin.state.now_ms += 3 * DAY_MS;
    await post('/run');
    expect((await findKind('key_without_budget')).state).toBe('open');
    expect((await post(`/${id}/dismiss`)).body).toMatchObject({ state: 'dismissed', snoozed_until: null });
    await post('/run');
    expect((await findKind('key_without_budget')).state).toBe('dismissed');
    expect((await post(`/${id}/undo`)).body).toMatchObject({ state: 'open' });
    expect((await post(`/${id}/dismiss`)).status).toBe(200);
  });

  it('tell 14 days later what the change came to, by the nightly job', async () => {
    const applied_at_ms = admin.state.now_ms - 3 * DAY_MS;
    await seed('after', applied_at_ms, 14, 100);
    expect(await measureEffects('org_default', admin.ports)).toBe(0);
    admin.state.now_ms = applied_at_ms + 14 * DAY_MS;
    await runAdviceJobs(
      {
        ...admin.ports,
        recommendations: { ...admin.ports.recommendations, lastRun: async () => admin.state.now_ms },
      },
      ['org_default'],
    );
    const { effect } = await findKind('missing_fallback');
    expect(effect).toMatchObject({ metric: 'failed_share', unit: 'share', verdict: 'better' });
    expect(effect?.before?.value).toBeCloseTo(4 / PER_DAY, 6);
    expect(effect?.after?.value).toBeCloseTo(1 / PER_DAY, 6);
  });

  it('that a run does not find any more are gone', async () => {
    const store = admin.ports.recommendations;
    await runAdvice('org_default', admin.ports);
    const [one] = await store.list('org_default');
    if (one === undefined) throw new Error('There is none.');
    await store.putRun('org_default', [{ ...one, id: 'rec_1', kind: 'retry_storm' }], admin.state.now_ms + 1);
    await store.putRun('org_default', [], admin.state.now_ms + 2);
    expect((await store.find('org_default', 'rec_1'))?.state).toBe('gone');
    await store.putRun('org_default', [{ ...one, id: 'rec_1', kind: 'retry_storm' }], admin.state.now_ms + 3);
    expect((await store.find('org_default', 'rec_1'))?.state).toBe('open');
  });
});
