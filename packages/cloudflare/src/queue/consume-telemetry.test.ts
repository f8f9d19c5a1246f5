import { createExecutionContext, createMessageBatch, getQueueResult, reset } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import type { TelemetryExporter, TraceRecord } from '@sluice/contract';
import { beforeEach, expect, test } from 'vitest';
import { createConnectionStore } from '../d1/connections.ts';
import { migrate } from '../d1/migrate.ts';
import { createTelemetryStore } from '../d1/telemetry.ts';
import type { Env } from '../env.ts';
import { forwardTraces } from '../telemetry/forward-traces.ts';
import { consumeTelemetry, TRIES_MAX } from './consume-telemetry.ts';
import { consumeTraces } from './consume-traces.ts';
import { traceFixture } from './trace-fixture.ts';

const { DB } = bindings as unknown as Env;
const OLD = `old:${btoa('o'.repeat(32))}`;
const NEW = `new:${btoa('n'.repeat(32))}`;
const store = createTelemetryStore({ DB, SLUICE_ENCRYPTION_KEYS: OLD });

const exporterFixture = (change: Partial<TelemetryExporter> = {}): TelemetryExporter => ({
  id: 'otel_a',
  organization_id: 'org_a',
  name: 'a',
  endpoint: 'https://collector.example.com/otlp',
  protocol: 'http/json',
  signals: ['traces'],
  sample_ratio: 1,
  capture_content: false,
  region: null,
  private_allowed: false,
  enabled: true,
  header_names: ['authorization'],
  last_error: null,
  failing_since_ms: null,
  version: 1,
  created_at_ms: 1,
  updated_at_ms: 1,
  ...change,
});

const audit = (id: string) => ({
  id,
  at_ms: 1,
  actor: 'admin:a',
  action: 'telemetry.create',
  target_type: 'telemetry_exporter' as const,
  target_id: 'otel_a',
  before: null,
  after: null,
});

const create = (change: Partial<TelemetryExporter> = {}) => {
  const exporter = exporterFixture(change);
  return store.create(exporter, { authorization: `Bearer of ${exporter.id}` }, audit(`evt_${exporter.id}`));
};

const recordOf = (request_id: string, change: Partial<TraceRecord> = {}) =>
  traceFixture({
    request_id,
    organization_id: 'org_a',
    request_body: '{"messages":[{"role":"user","content":"a private matter"}]}',
    response_text: 'a private answer',
    attempts: [
      {
        connection_id: 'c',
        provider: 'openai',
        model: 'm',
        status: 200,
        error: null,
        message: null,
        role: 'first',
        latency_ms: 5,
      },
    ],
    ...change,
  });

let queued: string[] = [];
const TELEMETRY = {
  sendBatch: async (messages: { body: string }[]) => {
    for (const { body } of messages) queued.push(body);
  },
};
const forward = (records: readonly TraceRecord[]) => forwardTraces(records, { DB, TELEMETRY });

interface Call {
  url: string;
  authorization: string | null;
  body: string;
}
let calls: Call[] = [];
let delays: number[] = [];
let answer: () => Response = () => new Response('{}');

async function deliver(bodies: unknown[], attempts = 1) {
  const batch = createMessageBatch(
    'sluice-telemetry',
    bodies.map((body, at) => ({ id: `m${at}`, timestamp: new Date(0), attempts, body })),
  );
  const messages = batch.messages.map((message) => ({
    id: message.id,
    timestamp: message.timestamp,
    body: message.body,
    attempts: message.attempts,
    ack: () => message.ack(),
    retry(options?: QueueRetryOptions) {
      delays.push(options?.delaySeconds ?? 0);
      message.retry(options);
    },
  }));
  await consumeTelemetry({ ...batch, queue: batch.queue, messages } as MessageBatch<unknown>, {
    DB,
    store,
    now_ms: () => 5_000,
    addressProblem: async (url) => (url.includes('inside') ? 'it leads inside' : null),
    fetch: async (url, init) => {
      const headers = new Headers(init?.headers);
      const body = new TextDecoder().decode(init?.body as Uint8Array);
      calls.push({ url: String(url), authorization: headers.get('authorization'), body });
      return answer();
    },
  });
  return await getQueueResult(batch, createExecutionContext());
}

beforeEach(async () => {
  await reset();
  await migrate(DB);
  queued = [];
  calls = [];
  delays = [];
  answer = () => new Response('{}');
});

test('many messages are one request, acknowledged when it is taken, and nobody else gets them', async () => {
  await create();
  await create({ id: 'otel_b', organization_id: 'org_b' });
  await forward([recordOf('req_1')]);
  await forward([recordOf('req_2')]);
  const result = await deliver(queued);
  expect(result.explicitAcks).toEqual(['m0', 'm1']);
  expect(calls).toMatchObject([
    { url: 'https://collector.example.com/otlp/v1/traces', authorization: 'Bearer of otel_a' },
  ]);
  expect(calls[0]?.body).toContain('req_1');
  expect(calls[0]?.body).toContain('req_2');
});

test.each([
  [429, '120', 120],
  [503, null, 10],
  [502, null, 10],
  [504, null, 10],
])(
  '%i with retry-after %s comes again after %i s; what another exporter took does not',
  async (status, after, seconds) => {
    await create();
    await create({ id: 'otel_b', endpoint: 'https://other.example.com' });
    await forward([recordOf('req_1')]);
    answer = () =>
      calls.at(-1)?.url.includes('other')
        ? new Response('{}')
        : new Response('busy', { status, headers: after === null ? {} : { 'retry-after': after } });
    const result = await deliver(queued);
    expect(result.explicitAcks).toHaveLength(1);
    expect(result.retryMessages).toHaveLength(1);
    expect(delays).toEqual([seconds]);
    expect(await store.find('org_a', 'otel_a')).toMatchObject({
      last_error: `It answered ${status}.`,
      failing_since_ms: 5_000,
    });
    answer = () => new Response('{}');
    await deliver(queued.filter((body) => body.includes('otel_a')));
    expect(await store.find('org_a', 'otel_a')).toMatchObject({ last_error: null, failing_since_ms: null });
  },
);

test.each([400, 401, 413, 500, 302])('%i is not asked again', async (status) => {
  await create();
  await forward([recordOf('req_1')]);
  answer = () => new Response(null, { status });
  expect((await deliver(queued)).explicitAcks).toEqual(['m0']);
});

test('what nobody takes is let go in the end', async () => {
  await create();
  await forward([recordOf('req_1')]);
  answer = () => {
    throw new Error('connection refused');
  };
  expect((await deliver(queued, TRIES_MAX - 1)).retryMessages).toHaveLength(1);
  expect((await deliver(queued, TRIES_MAX)).explicitAcks).toEqual(['m0']);
});

test('a part that is refused is not sent again', async () => {
  await create();
  await forward([recordOf('req_1')]);
  answer = () => Response.json({ partialSuccess: { rejectedSpans: '1', errorMessage: 'too old' } });
  expect((await deliver(queued)).explicitAcks).toEqual(['m0']);
});

test('an address that leads inside is not called, and an exporter that is off or gone gets nothing', async () => {
  await create({ endpoint: 'https://inside.example.com' });
  await create({ id: 'otel_off' });
  await forward([recordOf('req_1')]);
  const off = await store.find('org_a', 'otel_off');
  await store.update({ ...(off ?? exporterFixture()), enabled: false, version: 2 }, null, audit('evt_off'));
  const gone = queued.map((body) => body.replaceAll('otel_a', 'otel_gone'));
  const result = await deliver([...queued, ...gone, 'nonsense']);
  expect(result.retryMessages).toEqual([]);
  expect(calls).toEqual([]);
});

test('content is in no message and no export, unless the exporter takes it and the organization keeps it', async () => {
  await create({ signals: ['traces', 'metrics'] });
  await forward([recordOf('req_1')]);
  await deliver(queued);
  expect(JSON.stringify([queued, calls])).not.toContain('private');
  await create({ id: 'otel_c', capture_content: true });
  queued = [];
  await forward([recordOf('req_1')]);
  await deliver(queued);
  expect(calls.filter(({ body }) => body.includes('a private matter'))).toMatchObject([
    { authorization: 'Bearer of otel_c' },
  ]);
});

test('a share of traces is exported, the same at every exporter, and metrics count all', async () => {
  await create({ sample_ratio: 0.5, signals: ['traces', 'metrics'] });
  await create({ id: 'otel_b', sample_ratio: 0.5 });
  const records = Array.from({ length: 200 }, (_, at) => recordOf(`req_${at}`));
  await forward(records);
  const idsFor = (id: string, signal: string) =>
    queued
      .map((body) => JSON.parse(body))
      .filter((message) => message.exporter_id === id && message.signal === signal)
      .flatMap((message) => message.records.map((record: TraceRecord) => record.request_id));
  const ids = idsFor('otel_a', 'traces');
  expect(ids.length).toBeGreaterThan(55);
  expect(ids.length).toBeLessThan(145);
  expect(idsFor('otel_b', 'traces')).toEqual(ids);
  expect(idsFor('otel_a', 'metrics')).toHaveLength(200);
});

test('traces are stored, and acknowledged only when exporters’ messages are queued, too', async () => {
  await create();
  const body = JSON.stringify({ version: 1, records: [recordOf('req_1')], unsettled: [] });
  const consume = async (with_forward: typeof forward) => {
    const batch = createMessageBatch('sluice-traces', [
      { id: 'm', timestamp: new Date(0), attempts: 1, body },
    ]);
    const unused = { TRACES_DEAD: { send: async () => undefined }, settle: async () => undefined };
    await consumeTraces(batch, { DB, ...unused, forward: with_forward });
    return await getQueueResult(batch, createExecutionContext());
  };
  const away = async () => {
    const row = await DB.prepare('SELECT count(*) AS rows FROM traces').first();
    expect(row).toEqual({ rows: 1 });
    throw new Error('the queue is away');
  };
  expect((await consume(away)).retryMessages).toHaveLength(1);
  expect((await consume(forward)).explicitAcks).toEqual(['m']);
  expect(queued).toHaveLength(1);
});

test('headers are sealed, and move to a new encryption key with everything else', async () => {
  await create();
  const row = await DB.prepare('SELECT * FROM telemetry_exporters').first();
  expect(JSON.stringify(row)).not.toContain('Bearer');
  const both = createConnectionStore({ DB, SLUICE_ENCRYPTION_KEYS: `${NEW},${OLD}` });
  let next: string | null = null;
  let rewrapped = 0;
  do {
    const page = await both.rewrap(10, next);
    rewrapped += page.rewrapped;
    next = page.next;
  } while (next !== null);
  expect(rewrapped).toBe(1);
  const later = createTelemetryStore({ DB, SLUICE_ENCRYPTION_KEYS: NEW });
  expect(await later.headers('org_a', 'otel_a')).toEqual({ authorization: 'Bearer of otel_a' });
  await expect(store.headers('org_a', 'otel_a')).rejects.toMatchObject({ code: 'conflict' });
  await expect(store.headers('org_b', 'otel_a')).rejects.toMatchObject({ code: 'not_found' });
});

test.each([
  ['said nothing of where it is', null],
  ['is elsewhere', 'us'],
] as const)(
  'an exporter that %s gets no request that had to stay inside, and shows why',
  async (_, region) => {
    const residency = { required: 'eu', set_by: 'key', jurisdiction: null } as const;
    await create({ region });
    await forward([recordOf('req_inside', { residency }), recordOf('req_anywhere')]);
    await deliver(queued);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.body).toContain('req_anywhere');
    expect(calls[0]?.body).not.toContain('req_inside');
    expect((await store.find('org_a', 'otel_a'))?.last_error).toContain('it must be in "eu"');
    queued = [];
    await forward([recordOf('req_inside', { residency })]);
    expect((await deliver(queued)).explicitAcks).toEqual(['m0']);
    expect(calls).toHaveLength(1);
  },
);

test('an exporter that is inside gets all of them', async () => {
  const residency = { required: 'eu', set_by: 'organization', jurisdiction: null } as const;
  await create({ region: 'eu' });
  await forward([recordOf('req_inside', { residency }), recordOf('req_anywhere')]);
  await deliver(queued);
  expect(calls[0]?.body).toContain('req_inside');
  expect(await store.find('org_a', 'otel_a')).toMatchObject({ last_error: null });
});
