import { reset } from 'cloudflare:test';
import { storeTraces } from '@sluice/cloudflare/d1/store-traces';
import { traceFixture } from '@sluice/cloudflare/queue/trace-fixture';
import { parseTraceRow } from '@sluice/cloudflare/queue/trace-message';
import { noUsage } from '@sluice/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';

let fixture: Awaited<ReturnType<typeof createAdminFixture>>;
let key_id: string;

beforeAll(async () => {
  await reset();
  fixture = await createAdminFixture();
  key_id = (await fixture.call('POST', '/keys', { name: 'k' })).body.id;
  const narrow = (await fixture.call('POST', '/keys', { name: 'n', model_allowlist: ['gpt-4o'] })).body.id;
  const rows = Array.from({ length: 130 }, (_, at) =>
    traceFixture({
      request_id: `req_${String(at).padStart(3, '0')}`,
      key_id: at < 10 ? narrow : key_id,
      at_ms: fixture.state.now_ms - 1000 * at,
      provider: 'openai',
      model: 'gpt-4o',
      model_requested: 'gpt-4o',
      usage: at === 129 ? null : { ...noUsage(), input_tokens: 1000, output_tokens: 500 },
      cost_usd_nanos: 7_500_000,
      latency_ms: 800,
    }),
  );
  await storeTraces(
    fixture.DB,
    rows.map((row) => parseTraceRow(row)).filter((row) => row !== null),
  );
});

const simulate = (body: unknown) => fixture.call('POST', '/routing/simulate', body);

describe('what if', () => {
  it('the saved policy changes nothing', async () => {
    const { status, body } = await simulate({});
    expect(status).toBe(200);
    expect(body).toMatchObject({ sampled: 130, skipped: 1, requests: 129, changed: 0, refused: 0 });
    expect(body.examples).toEqual([]);
    expect(body.next_cursor).toBeNull();
  });

  it('a cheaper model shows what it would have cost, and whom a key forbids it to', async () => {
    const { body } = await simulate({ routing: { aliases: { 'gpt-4o': 'gpt-4o-mini' } } });
    expect(body).toMatchObject({ requests: 129, changed: 129, refused: 10 });
    expect(body.difference.cost_usd).toBeLessThan(0);
    const mini = body.models.find((one: { model: string }) => one.model === 'openai/gpt-4o-mini');
    expect(mini.after.requests).toBe(119);
    // 1,000 tokens in and 500 out at 0.15 and 0.60 dollars a million.
    expect(mini.after.cost_usd).toBeCloseTo(119 * 0.00045, 9);
    expect(body.examples.length).toBe(20);
    expect(body.examples[0].before).toMatchObject({ model: 'openai/gpt-4o', cost_usd: 0.0075 });
  });

  it('a changed price list is charged to the same models', async () => {
    const prices = { 'openai/gpt-4o': { input_usd_per_mtok: 1, output_usd_per_mtok: 2 } };
    const { body } = await simulate({ prices });
    expect(body.changed).toBe(0);
    expect(body.after.cost_usd).toBeCloseTo(129 * 0.002, 9);
    expect(body.difference.cost_percent).toBeLessThan(-70);
  });

  it('a split, a chain and auto are replayed as requests take them', async () => {
    const { body } = await simulate({
      routing: {
        aliases: { 'gpt-4o': 'split/half' },
        splits: [
          {
            name: 'half',
            sticky_by: 'request',
            arms: [
              { id: 'a', model: 'openai/gpt-4o', percent: 50 },
              { id: 'b', model: 'auto', percent: 50 },
            ],
          },
        ],
      },
    });
    expect(body.changed).toBeGreaterThan(30);
    expect(body.changed).toBeLessThan(100);
  });

  it('blocking what was used refuses, or moves to the fallback chain', async () => {
    const routing = { blocked_models: ['gpt-4o'] };
    expect((await simulate({ routing })).body).toMatchObject({ refused: 129 });
    const moved = await simulate({ routing: { ...routing, fallback_chain: ['gpt-4o-mini'] } });
    expect(moved.body).toMatchObject({ refused: 10, changed: 129 });
  });

  it('the same question has the same answer, page by page', async () => {
    const first = await simulate({ sample: 100 });
    expect(first.body.sampled).toBe(100);
    const again = await simulate({ sample: 100 });
    expect(again.text).toBe(first.text);
    const rest = await simulate({ sample: 100, cursor: first.body.next_cursor });
    expect(rest.body).toMatchObject({ sampled: 30, next_cursor: null });
  });

  it('saves nothing, and refuses what could not be saved', async () => {
    const before = await fixture.call('GET', '/organization');
    const audit = await fixture.call('GET', '/audit');
    await simulate({
      routing: { chains: [{ name: 'x', links: [{ model: 'gpt-4o' }] }], default_priority: 'cost' },
    });
    expect((await fixture.call('GET', '/organization')).text).toBe(before.text);
    expect((await fixture.call('GET', '/audit')).text).toBe(audit.text);
    expect((await fixture.call('GET', '/chains')).body.data).toEqual([]);
    expect((await simulate({ routing: { aliases: { a: 'chain/none' } } })).status).toBe(400);
    expect((await simulate({ sample: 2001 })).status).toBe(400);
    expect((await simulate({ from: '2026-11-21T12:00:00Z', to: '2026-11-21T11:00:00Z' })).status).toBe(400);
  });
});
