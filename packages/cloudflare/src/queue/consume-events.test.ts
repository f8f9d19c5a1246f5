import { createExecutionContext, createMessageBatch, getQueueResult, reset } from 'cloudflare:test';
import type { GatewayEvent } from '@sluice/contract';
import { beforeEach, expect, test } from 'vitest';
import { migrate } from '../d1/migrate.ts';
import { createWebhookBed, env, eventOf, ORGANIZATION } from '../objects/webhook-bed-fixture.ts';
import { keepDeadEvents } from './consume-events.ts';
import { tellExpiringKeys, wakeOverdue } from './webhook-jobs.ts';

let bed: ReturnType<typeof createWebhookBed>;
beforeEach(async () => {
  await reset();
  await migrate(env.DB);
  bed = createWebhookBed();
});

test('the same event, told three times and in two batches, is one delivery and one call', async () => {
  await bed.addWebhook();
  const message = bed.messageOf(eventOf('a'));
  await bed.deliver([message, message]);
  await bed.turn();
  await bed.deliver([message]);
  await bed.turnToNext();
  expect(bed.received).toHaveLength(1);
  expect(await bed.deliveries()).toMatchObject([{ state: 'delivered', attempts: 1 }]);
});

test('an endpoint gets what it asked for, of its own organization, while it is enabled', async () => {
  await bed.addWebhook({ id: 'hook_all' });
  await bed.addWebhook({ id: 'hook_keys', events: ['key.revoked'] });
  await bed.addWebhook({ id: 'hook_off', enabled: false });
  await bed.addWebhook({ id: 'hook_other', organization_id: 'org_b' });
  await bed.deliver([bed.messageOf(eventOf('a')), bed.messageOf(eventOf('b', { type: 'key.revoked' }))]);
  const { results } = await env.DB.prepare(
    'SELECT organization_id, webhook_id, event_type FROM webhook_deliveries ORDER BY 2, 3',
  ).all();
  expect(results).toEqual([
    { organization_id: ORGANIZATION, webhook_id: 'hook_all', event_type: 'key.created' },
    { organization_id: ORGANIZATION, webhook_id: 'hook_all', event_type: 'key.revoked' },
    { organization_id: ORGANIZATION, webhook_id: 'hook_keys', event_type: 'key.revoked' },
  ]);
});

test('poison goes to the dead queue and spoils nothing beside it', async () => {
  await bed.addWebhook();
  const poison = [
    '{',
    'null',
    '{"version":2}',
    bed.messageOf({ ...eventOf('x'), type: 'nonsense' as never }),
  ];
  const result = await bed.deliver([...poison, bed.messageOf(eventOf('a'))]);
  expect(result.explicitAcks).toHaveLength(5);
  expect(bed.dead).toEqual(poison);
  expect(await bed.deliveries()).toHaveLength(1);
});

test('while D1 is away messages come again, later and later, and nothing is lost of a thousand', async () => {
  await bed.addWebhook();
  const messages = Array.from({ length: 1_000 }, (_, at) => bed.messageOf(eventOf(`${at}`)));
  let calls = 0;
  const DB = new Proxy(env.DB, {
    get(target, name) {
      if (name === 'prepare' && calls++ % 3 === 0) throw new Error('D1 is away');
      const found: unknown = Reflect.get(target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
  let waiting = messages;
  let rounds = 0;
  while (waiting.length > 0 && rounds++ < 50) {
    const again: string[] = [];
    for (let at = 0; at < waiting.length; at += 100) {
      const part = waiting.slice(at, at + 100);
      const result = await bed.deliver(part, bed.ports({ DB, wake: async () => undefined }), 1);
      for (const { msgId } of result.retryMessages) again.push(part[Number(msgId.slice(1))] ?? '');
    }
    waiting = again;
  }
  expect(rounds).toBeGreaterThan(1);
  const row = await env.DB.prepare('SELECT count(*) AS rows FROM webhook_deliveries').first<{
    rows: number;
  }>();
  expect(row?.rows).toBe(1_000);
});

test('what exhausted its tries is kept where administrators see it', async () => {
  const event = bed.messageOf(eventOf('a'));
  const batch = createMessageBatch(
    'sluice-events-dlq',
    [event, '{'].map((body, at) => ({ id: `dead${at}`, timestamp: new Date(0), attempts: 1, body })),
  );
  for (let i = 0; i < 2; i++) await keepDeadEvents(batch, { DB: env.DB, now_ms: () => bed.state.now_ms });
  expect((await getQueueResult(batch, createExecutionContext())).explicitAcks).toEqual(['dead0', 'dead1']);
  expect(await bed.store.deadEvents(ORGANIZATION, 10, null)).toEqual([
    { id: 'dead0', event_type: 'key.created', body: event, at_ms: bed.state.now_ms },
  ]);
  const { results } = await env.DB.prepare("SELECT id FROM dead_events WHERE organization_id = ''").all();
  expect(results).toEqual([{ id: 'dead1' }]);
});

test('one endpoint that takes nothing holds up none of fifty others', async () => {
  const healthy = Array.from({ length: 50 }, (_, at) => `hook_${at}`);
  for (const id of [...healthy, 'hook_dead']) await bed.addWebhook({ id });
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  bed.answerWith(async ({ url }) => {
    if (!url.endsWith('hook_dead')) return new Response(null, { status: 200 });
    await gate;
    return new Response(null, { status: 500 });
  });
  const EVENTS = 40;
  await bed.deliver(Array.from({ length: EVENTS }, (_, at) => bed.messageOf(eventOf(`${at}`))));
  const dead_turn = bed.turn('hook_dead');
  for (const id of healthy) while ((await bed.turnToNext(id)) !== null);
  const taken = bed.received.filter(({ url }) => !url.endsWith('hook_dead'));
  expect(taken).toHaveLength(50 * EVENTS);
  expect(new Set(taken.map(({ id }) => id)).size).toBe(50 * EVENTS);
  // The dead one is still at its first few.
  expect(bed.received.length - taken.length).toBeLessThanOrEqual(8);
  release();
  await dead_turn;
}, 120_000);

test('the job wakes each overdue endpoint once', async () => {
  await bed.addWebhook();
  await bed.deliver(
    ['a', 'b'].map((once) => bed.messageOf(eventOf(once))),
    bed.ports({ wake: async () => undefined }),
  );
  const woken: unknown[] = [];
  const wake = async (endpoint: unknown) => void woken.push(endpoint);
  expect(await wakeOverdue(env.DB, wake, bed.state.now_ms)).toBe(0);
  expect(await wakeOverdue(env.DB, wake, bed.state.now_ms + 61_000)).toBe(1);
  expect(woken).toEqual([{ organization_id: ORGANIZATION, webhook_id: 'hook_a' }]);
});

test('a key that expires is told of a week and a day before, each once, and a revoked one is not', async () => {
  const expires_at_ms = bed.state.now_ms + 10 * 86_400_000;
  for (const [id, state] of [
    ['key_a', 'active'],
    ['key_b', 'revoked'],
  ])
    await env.DB.prepare(
      'INSERT INTO keys (key_id, organization_id, name, environment, secret_hash, state, expires_at_ms, settings, ' +
        "version, created_at_ms, updated_at_ms) VALUES (?1, 'org_a', 'app', 'live', 'h', ?2, ?3, '{}', 1, 0, 0)",
    )
      .bind(id, state, expires_at_ms)
      .run();
  const told: GatewayEvent[] = [];
  const events = { emit: async (some: GatewayEvent[]) => void told.push(...some) };
  for (let hour = 0; hour < 24 * 11; hour++)
    await tellExpiringKeys(env.DB, events, bed.state.now_ms + hour * 3_600_000);
  expect(new Set(told.map(({ once }) => once))).toEqual(
    new Set([`expiring/key_a/${expires_at_ms}/7d`, `expiring/key_a/${expires_at_ms}/1d`]),
  );
  const first = (name: string) => told.find(({ data }) => data.notice === name)?.occurred_at_ms ?? 0;
  expect(expires_at_ms - first('7d')).toBe(7 * 86_400_000);
  expect(expires_at_ms - first('1d')).toBe(86_400_000);
  expect(told.length).toBeLessThanOrEqual(12);
});
