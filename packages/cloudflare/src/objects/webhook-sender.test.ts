import { reset } from 'cloudflare:test';
import { DELIVERY_WAITS_MS } from '@sluice/core/webhooks/delivery-schedule';
import { beforeEach, describe, expect, test } from 'vitest';
import { listOverdue } from '../d1/due-deliveries.ts';
import { migrate } from '../d1/migrate.ts';
import { createWebhookBed, env, eventOf, ORGANIZATION } from './webhook-bed-fixture.ts';

let bed: ReturnType<typeof createWebhookBed>;
beforeEach(async () => {
  await reset();
  await migrate(env.DB);
  bed = createWebhookBed();
});

const tell = (once = 'a') => bed.deliver([bed.messageOf(eventOf(once))]);

test('an event arrives with its body, once', async () => {
  await bed.addWebhook();
  await tell();
  await bed.turn();
  expect(bed.received).toHaveLength(1);
  expect(JSON.parse(bed.received[0]?.body ?? '')).toEqual({
    type: 'key.created',
    timestamp: '2026-11-21T12:00:00.000Z',
    organization_id: ORGANIZATION,
    data: { key_id: 'keyAAAAAAAAA', name: 'a key' },
  });
  expect(await bed.deliveries()).toMatchObject([{ state: 'delivered', attempts: 1, last_status: 204 }]);
  expect(await bed.turnToNext()).toBeNull();
});

test('ten attempts at the published offsets, with the same id and a fresh timestamp, and then it is dead', async () => {
  await bed.addWebhook();
  bed.answerWith(() => new Response('no', { status: 500 }));
  await tell();
  while ((await bed.turnToNext()) !== null) expect(bed.received.length).toBeLessThan(20);
  expect(bed.received).toHaveLength(10);
  expect(new Set(bed.received.map(({ id }) => id)).size).toBe(1);
  expect(bed.received[0]?.id).toMatch(/^msg_[0-9a-f]{32}$/);
  bed.received.forEach((one, at) => {
    expect(one.timestamp).toBe(Math.floor(one.at_ms / 1000));
    if (at === 0) return;
    const waited_ms = one.at_ms - (bed.received[at - 1]?.at_ms ?? 0);
    const published_ms = DELIVERY_WAITS_MS[at] ?? 0;
    expect(waited_ms).toBeGreaterThanOrEqual(published_ms);
    expect(waited_ms).toBeLessThanOrEqual(published_ms * 1.1);
  });
  expect(await bed.deliveries()).toMatchObject([
    { state: 'dead', attempts: 10, next_at_ms: null, last_status: 500, last_error: 'It answered 500: no' },
  ]);
});

test('a receiver that fails twice gets the event by the schedule, under the same id', async () => {
  await bed.addWebhook();
  bed.answerWith((_, attempt) => new Response(null, { status: attempt < 3 ? 503 : 200 }));
  await tell();
  while ((await bed.turnToNext()) !== null);
  expect(new Set(bed.received.map(({ id }) => id)).size).toBe(1);
  expect(bed.received).toHaveLength(3);
  expect(await bed.deliveries()).toMatchObject([{ state: 'delivered', attempts: 3 }]);
});

test('a replay sends it anew with the same id and a fresh timestamp, and has its whole schedule again', async () => {
  await bed.addWebhook();
  bed.answerWith(() => new Response(null, { status: 500 }));
  await tell();
  while ((await bed.turnToNext()) !== null);
  const [delivery] = await bed.deliveries();
  bed.state.now_ms += 3_600_000;
  bed.answerWith(() => new Response(null, { status: 200 }));
  const audit = {
    id: 'evt_replay',
    at_ms: bed.state.now_ms,
    actor: 'test',
    action: 'webhook.replay',
    target_type: 'webhook' as const,
    target_id: 'hook_a',
    before: null,
    after: null,
  };
  const replayed = await bed.store.replay(
    ORGANIZATION,
    'hook_a',
    delivery?.id ?? '',
    bed.state.now_ms,
    audit,
  );
  expect(replayed).toMatchObject({ state: 'pending', attempts: 0 });
  await bed.ports().wake({ organization_id: ORGANIZATION, webhook_id: 'hook_a' });
  await bed.turn();
  expect(bed.received).toHaveLength(11);
  expect(bed.received[10]?.id).toBe(bed.received[0]?.id);
  expect(bed.received[10]?.timestamp).toBeGreaterThan(bed.received[9]?.timestamp ?? 0);
  expect(await bed.deliveries()).toMatchObject([{ state: 'delivered', attempts: 1 }]);
});

test('what a receiver asks for in Retry-After is waited for, at most a day', async () => {
  await bed.addWebhook();
  bed.answerWith(() => new Response(null, { status: 429, headers: { 'retry-after': '600' } }));
  await tell();
  await bed.turn();
  expect((await bed.deliveries())[0]?.next_at_ms).toBe(bed.state.now_ms + 600_000);
  bed.answerWith(() => new Response(null, { status: 429, headers: { 'retry-after': '99999999' } }));
  await bed.turnToNext();
  expect((await bed.deliveries())[0]?.next_at_ms).toBe(bed.state.now_ms + 86_400_000);
});

test('410 disables the endpoint, with an audit entry, and what waits for it stays', async () => {
  await bed.addWebhook();
  bed.answerWith(() => new Response(null, { status: 410 }));
  await tell('a');
  await bed.turn();
  expect(await bed.store.find(ORGANIZATION, 'hook_a')).toMatchObject({
    enabled: false,
    disabled_reason: 'Its receiver answered 410 Gone.',
    version: 2,
  });
  const audit = await env.DB.prepare(
    "SELECT actor, target_id FROM audit WHERE action = 'webhook.disable'",
  ).all();
  expect(audit.results).toEqual([{ actor: 'system', target_id: 'hook_a' }]);
  expect(await bed.turnToNext()).toBeNull();
  await tell('b');
  expect(await bed.deliveries()).toHaveLength(1);
  expect(bed.received).toHaveLength(1);
});

test('a name that leads inside by now is not called, and by its own address nobody else is', async () => {
  await bed.addWebhook();
  bed.resolved.addresses = ['93.184.216.34', '10.0.0.7'];
  await tell();
  await bed.turn();
  expect(bed.received).toEqual([]);
  expect(await bed.deliveries()).toMatchObject([
    {
      state: 'failed',
      last_error: 'Its address may not be called: its host name leads into a private network.',
    },
  ]);
});

describe('whoever dies in between', () => {
  test('a consumer that planned and did not wake is made up for by the message that comes again', async () => {
    await bed.addWebhook();
    const message = bed.messageOf(eventOf('a'));
    const asleep = bed.ports({
      wake: async () => {
        throw new Error('the object is away');
      },
    });
    const first = await bed.deliver([message], asleep);
    expect(first.retryMessages).toHaveLength(1);
    expect(await bed.deliveries()).toHaveLength(1);
    const second = await bed.deliver([message]);
    expect(second.explicitAcks).toEqual(['m0']);
    await bed.turn();
    expect(bed.received).toHaveLength(1);
    expect(await bed.deliveries()).toHaveLength(1);
  });

  test('a sender that dies before a result is written sends again under the same id', async () => {
    await bed.addWebhook();
    await tell();
    bed.answerWith(() => {
      throw new Error('never seen');
    });
    // The result of the first attempt is lost, as if the machine had stopped: the row is as before.
    const [before] = await bed.deliveries();
    await bed.turn();
    await env.DB.prepare(
      "UPDATE webhook_deliveries SET state = 'pending', attempts = 0, next_at_ms = ?1 WHERE organization_id = 'org_a'",
    )
      .bind(before?.next_at_ms)
      .run();
    bed.answerWith(() => new Response(null, { status: 200 }));
    await bed.turnToNext();
    expect(bed.received.map(({ id }) => id)).toEqual([before?.id, before?.id]);
    expect(await bed.deliveries()).toMatchObject([{ state: 'delivered' }]);
  });

  test('an endpoint whose alarm was lost is found by the job, and one that is disabled is not', async () => {
    await bed.addWebhook();
    await bed.addWebhook({ id: 'hook_off' });
    await bed.deliver([bed.messageOf(eventOf('a'))], bed.ports({ wake: async () => undefined }));
    await env.DB.prepare(
      "UPDATE webhooks SET enabled = 0 WHERE id = 'hook_off' AND organization_id = 'org_a'",
    ).run();
    expect(await listOverdue(env.DB, bed.state.now_ms, 10)).toEqual([]);
    expect(await listOverdue(env.DB, bed.state.now_ms + 1, 10)).toEqual([
      { organization_id: ORGANIZATION, webhook_id: 'hook_a' },
    ]);
  });
});

const say = (residency: string | null, key_residency: string | null) =>
  env.DB.batch([
    env.DB.prepare(
      'INSERT INTO organizations (id, name, settings, created_at_ms, updated_at_ms) VALUES (?1, ?1, ?2, 1, 1)',
    ).bind(ORGANIZATION, JSON.stringify({ residency })),
    env.DB.prepare(
      'INSERT INTO keys (key_id, organization_id, name, environment, secret_hash, state, settings, version, created_at_ms, updated_at_ms) ' +
        "VALUES ('keyAAAAAAAAA', ?1, 'a key', 'live', 'x', 'active', ?2, 1, 1, 1)",
    ).bind(ORGANIZATION, JSON.stringify({ residency: key_residency })),
  ]);

test.each([
  ['an organization', 'eu', null],
  ['a key', null, 'eu'],
])(
  'what %s has stay inside is sent to nobody elsewhere, and to nobody who did not say where',
  async (_, residency, key_residency) => {
    await say(residency, key_residency);
    await bed.addWebhook({ id: 'hook_eu', region: 'eu' });
    await bed.addWebhook({ id: 'hook_us', region: 'us' });
    await bed.addWebhook({ id: 'hook_unsaid' });
    await tell();
    for (const id of ['hook_eu', 'hook_us', 'hook_unsaid']) await bed.turn(id);
    expect(bed.received.map(({ url }) => url)).toEqual(['https://receiver.example/hook_eu']);
    for (const id of ['hook_us', 'hook_unsaid'])
      expect(await bed.deliveries(id)).toMatchObject([
        { state: 'failed', last_error: expect.stringContaining('it must be in "eu"') },
      ]);
  },
);

test('where an organization and its key say something else, nobody is told; of another key everybody is', async () => {
  await say('us', 'eu');
  await bed.addWebhook({ id: 'hook_eu', region: 'eu' });
  await bed.addWebhook({ id: 'hook_us', region: 'us' });
  await tell();
  await bed.deliver([bed.messageOf(eventOf('b', { data: { key_id: 'keyBBBBBBBBB' } }))]);
  for (const id of ['hook_eu', 'hook_us']) await bed.turn(id);
  expect(bed.received.map(({ url, body }) => [url, JSON.parse(body).data.key_id])).toEqual([
    ['https://receiver.example/hook_us', 'keyBBBBBBBBB'],
  ]);
});

test('a webhook for single keys is told of these alone', async () => {
  await bed.addWebhook({ keys: ['keyBBBBBBBBB'] });
  await tell();
  await bed.deliver([bed.messageOf(eventOf('b', { data: { key_id: 'keyBBBBBBBBB' } }))]);
  await bed.deliver([bed.messageOf(eventOf('c', { data: {} }))]);
  await bed.turn();
  expect(bed.received.map(({ body }) => JSON.parse(body).data)).toEqual([{ key_id: 'keyBBBBBBBBB' }]);
});
