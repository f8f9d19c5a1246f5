import { reset } from 'cloudflare:test';
import { createAnomalyStore } from '@sluice/cloudflare/d1/anomalies';
import { storeTraces } from '@sluice/cloudflare/d1/store-traces';
import { traceFixture } from '@sluice/cloudflare/queue/trace-fixture';
import { parseTraceRow } from '@sluice/cloudflare/queue/trace-message';
import type { GatewayEvent, TraceRecord } from '@sluice/contract';
import { closeLastMonth } from '@sluice/http/admin/close-last-month';
import { beforeEach, describe, expect, test } from 'vitest';
import { findAnomalies } from '../../src/find-anomalies.ts';
import { createAdminFixture } from './admin-fixture.ts';

let admin: Awaited<ReturnType<typeof createAdminFixture>>;
let made = 0;

beforeEach(async () => {
  await reset();
  admin = await createAdminFixture();
  await admin.call('GET', '/organization');
});

const store = (changes: Partial<TraceRecord>[]) =>
  storeTraces(
    admin.DB,
    changes
      .map((change) => parseTraceRow(traceFixture({ request_id: `req_${made++}`, ...change })))
      .filter((row) => row !== null),
  );

const HOUR_MS = 3_600_000;
const october = (day: number, hour = 12): number => Date.UTC(2026, 9, day, hour);

describe('usage', () => {
  test('that must be told from traces is refused where they are too many or gone, and says what to narrow', async () => {
    const old = await admin.call('GET', '/usage?group_by=session&from=2026-09-01&to=2026-09-30');
    expect(old.status).toBe(400);
    expect(old.body.error.message).toContain('kept 30 days');
    const many = await createAdminFixture({
      usage: { ...admin.ports.usage, countTraces: async (_org, _from, _until, limit) => limit },
    });
    const refused = await many.call('GET', '/usage?group_by=status');
    expect(refused.status).toBe(400);
    expect(refused.body.error).toMatchObject({ param: 'from' });
    const span = await admin.call('GET', '/usage?group_by=hour&from=2025-01-01&to=2026-01-01');
    expect(span.body.error.message).toContain('at most 95 days');
  });

  test('pages follow each other under one cursor, and the totals stand beside each', async () => {
    await store(
      Array.from({ length: 7 }, (_, at) => ({ user_id: `user ${at} é`, at_ms: october(at + 25, at) })),
    );
    const users: string[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const { body } = await admin.call('GET', `/spend?group_by=user&limit=3${next}`);
      expect(body.totals).toMatchObject({ requests: 7, cost_usd_nanos: 7_000, total_usd: 0.00000707 });
      users.push(...body.data.map((row: { user: string }) => row.user));
      cursor = body.next_cursor;
    } while (cursor !== null);
    expect(users.sort()).toEqual(Array.from({ length: 7 }, (_, at) => `user ${at} é`));
    expect((await admin.call('GET', '/spend?cursor=bm9uZQ==')).status).toBe(400);
  });

  test('an export runs nothing in a spreadsheet', async () => {
    await store([{ user_id: '=HYPERLINK("http://evil")', at_ms: october(30) }]);
    const response = await admin.raw('/usage?group_by=user&from=2026-10-01', {
      headers: { accept: 'text/csv' },
    });
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename="usage-2026-10-01-2026-11-21\.csv"$/,
    );
    expect(await response.text()).toContain('"\'=HYPERLINK(""http://evil"")",1,');
  });
});

describe('a statement', () => {
  test('of a closed month stays, and what comes late is told beside it', async () => {
    const key = await admin.call('POST', '/keys', {
      name: '<script>alert(1)</script>',
      environment: 'dev',
      project: 'shop',
      budgets: [{ window: 'monthly', limit_usd: 0.0000015, hard: true }],
    });
    const key_id: string = key.body.id;
    await store([
      { key_id, at_ms: october(1, 0), cost_usd_nanos: 1_000, platform_fee_usd_nanos: 50 },
      { key_id, at_ms: october(31, 23), cost_usd_nanos: 2_000, platform_fee_usd_nanos: 100 },
      { key_id, at_ms: Date.UTC(2026, 8, 30, 23), cost_usd_nanos: 9 },
      { key_id, at_ms: Date.UTC(2026, 10, 1), cost_usd_nanos: 9 },
    ]);
    const now_ms = admin.state.now_ms;
    admin.state.now_ms = Date.UTC(2026, 10, 2);
    const open = (await admin.call('GET', '/statements/2026-10')).body;
    expect(open).toMatchObject({
      state: 'preliminary',
      totals: { requests: 2, cost_usd_nanos: 3_000, platform_fee_usd_nanos: 150, total_usd: 0.00000315 },
      lines: [{ key_id, key: '<script>alert(1)</script>', model: 'gpt-4o-mini', cost_usd_nanos: 3_000 }],
      budgets: [{ key_id, spent_usd: 0.000003, remaining_usd: 0, exceeded: true }],
    });
    admin.state.now_ms = now_ms;
    await closeLastMonth(admin.ports, ['org_default']);
    // The default organization began today, by its row; a month before that is closed when it is read.
    await admin.call('GET', '/statements/2026-10');
    await store([{ key_id, at_ms: october(15), cost_usd_nanos: 500 }]);
    await admin.call('PATCH', '/organization', { platform_fee_percent: 7.5, name: 'Renamed' });
    const closed = (await admin.call('GET', '/statements/2026-10')).body;
    expect(closed).toMatchObject({
      state: 'closed',
      totals: open.totals,
      platform_fee_percent: 0,
      late: { requests: 1, cost_usd_nanos: 500 },
    });
    expect((await admin.call('GET', '/statements')).body.data).toMatchObject([
      { month: '2026-10', requests: 2 },
    ]);
    const page = await admin.raw('/statements/2026-10?format=html');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;');
    expect(html).toContain('Came in after');
    const csv = await (await admin.raw('/statements/2026-10?format=csv')).text();
    expect(csv.split('\r\n')[1]).toContain(`2026-10,,,${key_id},`);
  });

  test('the hourly run closes the month before, once its time has come', async () => {
    await admin.DB.prepare('UPDATE organizations SET created_at_ms = 0').run();
    await store([{ at_ms: october(3) }]);
    admin.state.now_ms = Date.UTC(2026, 10, 2, 23);
    await closeLastMonth(admin.ports, ['org_default']);
    expect(
      (await admin.call('GET', '/statements')).body.data.map(({ month }: { month: string }) => month),
    ).toEqual(['2026-09']);
    admin.state.now_ms = Date.UTC(2026, 10, 3, 1);
    await closeLastMonth(admin.ports, ['org_default']);
    expect((await admin.call('GET', '/statements')).body.data).toMatchObject([
      { month: '2026-10', requests: 1 },
      { month: '2026-09', requests: 0 },
    ]);
  });

  test('of a month that is none, or has not begun, is refused', async () => {
    for (const month of ['2026-12', '2026-13', 'x'])
      expect((await admin.call('GET', `/statements/${month}`)).status).toBe(400);
  });
});

describe('a reconciliation', () => {
  const csv = (output_tokens: number) =>
    'usage_date_utc,model_version,usage_input_tokens_no_cache,usage_output_tokens\n' +
    `2026-10-31,claude-sonnet-4-5-20250929,20,${output_tokens}\n`;
  const post = (body: string) => admin.raw('/reconciliations', { method: 'POST', body });

  test('of equal books is clean, finds a planted difference, and is kept', async () => {
    await store(
      [october(31, 0), october(31, 23)].map((at_ms) => ({
        at_ms,
        provider: 'anthropic',
        model: 'claude-sonnet-4-5',
      })),
    );
    // Another day in the organization's zone, the same day at the vendor.
    await admin.call('PATCH', '/organization', { time_zone: 'Asia/Tokyo' });
    const clean = await post(csv(10));
    expect(clean.status).toBe(201);
    expect(await clean.json()).toMatchObject({ provider: 'anthropic', flagged_rows: 0, time_zone: 'UTC' });
    const planted = (await (await post(csv(11))).json()) as { id: string };
    expect(planted).toMatchObject({
      flagged_rows: 1,
      rows: [{ day: '2026-10-31', flags: ['tokens_differ'], difference: { tokens: { output_tokens: 1 } } }],
    });
    expect((await admin.call('GET', '/reconciliations')).body.data.length).toBe(2);
    expect((await admin.call('GET', `/reconciliations/${planted.id}`)).body).toEqual(planted);
    await admin.addOther();
    const as = { key: admin.theirs.text };
    expect((await admin.call('GET', `/reconciliations/${planted.id}`, undefined, as)).status).toBe(404);
    expect((await admin.call('GET', '/reconciliations', undefined, as)).body.data).toEqual([]);
    expect((await admin.call('GET', '/audit')).text).toContain('reconciliation.create');
  });

  test('of what cannot be read stores nothing, and names the line', async () => {
    const answer = await post(csv(10).replace(',20,', ',twenty,'));
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('Line 2, usage_input_tokens_no_cache');
    expect((await post('x'.repeat(10_000_001))).status).toBe(413);
    expect((await admin.call('GET', '/reconciliations')).body.data).toEqual([]);
  });
});

describe('an anomaly', () => {
  test('is told once for its key and hour, however often the job runs, and only to its organization', async () => {
    await admin.addOther();
    const this_hour_ms = admin.state.now_ms - (admin.state.now_ms % HOUR_MS);
    const hours = (count: number, change: (back: number) => Partial<TraceRecord>) =>
      store(Array.from({ length: count }, (_, at) => change(at + 1)));
    await hours(500, (back) => ({
      key_id: 'keyLoud',
      at_ms: this_hour_ms - back * HOUR_MS,
      cost_usd_nanos: back === 1 ? 90e9 : 5e9 + (back % 7) * 1e8,
    }));
    await hours(500, (back) => ({
      key_id: 'keyCalm',
      organization_id: 'org_other',
      at_ms: this_hour_ms - back * HOUR_MS,
      cost_usd_nanos: 5e9,
    }));
    const events: GatewayEvent[] = [];
    let is_away = true;
    const ports = {
      store: createAnomalyStore(admin.DB),
      newId: () => `anom_${made++}`,
      events: {
        emit: async (told: GatewayEvent[]) => {
          if (is_away) throw new Error('away');
          events.push(...told);
        },
      },
    };
    await expect(findAnomalies(ports, admin.state.now_ms)).rejects.toThrow('away');
    expect((await admin.call('GET', '/anomalies')).body.data).toEqual([]);
    is_away = false;
    expect(await findAnomalies(ports, admin.state.now_ms)).toBe(1);
    expect(await findAnomalies(ports, admin.state.now_ms + HOUR_MS)).toBe(0);
    expect(events).toMatchObject([
      {
        type: 'spend.anomaly',
        organization_id: 'org_default',
        occurred_at_ms: this_hour_ms - HOUR_MS,
        data: { scope: 'key', scope_id: 'keyLoud', spent_usd: 90 },
      },
    ]);
    const { body } = await admin.call('GET', '/anomalies?key=keyLoud');
    expect(body.data).toMatchObject([{ scope_id: 'keyLoud', spent_usd: 90, basis: 'same_hour_of_week' }]);
    expect((await admin.call('GET', '/anomalies?project=p')).body.data).toEqual([]);
    expect((await admin.call('GET', '/anomalies', undefined, { key: admin.theirs.text })).body.data).toEqual(
      [],
    );
  });
});
