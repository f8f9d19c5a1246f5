import { expect, test } from 'vitest';
import { traceFixture } from './trace-fixture.ts';
import { traceMessage } from './trace-message.ts';
import { createTraceOutbox } from './trace-outbox.ts';

/** An outbox over a queue that can fail, with time in the test's hands. */
function createFixture(options: { fails?: () => boolean } = {}) {
  const sent: string[] = [];
  const waits: { ms: number; wake: () => void }[] = [];
  const work: Promise<unknown>[] = [];
  const clock = { at_ms: 0, now_ms: () => clock.at_ms };
  const outbox = createTraceOutbox(
    {
      send: async (body) => {
        if (options.fails?.()) throw new Error('queue is down');
        sent.push(body);
      },
    },
    {
      after: (_, promise) => work.push(promise),
      clock,
      sleep: (ms) => new Promise((wake) => waits.push({ ms, wake })),
    },
  );
  /** Lets the newest wait end, and everything that follows happen. */
  const wake = async () => {
    const wait = waits.at(-1);
    clock.at_ms += wait?.ms ?? 0;
    wait?.wake();
    await Promise.all([...work]);
  };
  const put = (count: number, from = 0) => {
    for (let at = from; at < from + count; at++) {
      const trace = traceFixture({ request_id: `req_${at}` });
      outbox.record(trace, JSON.stringify(trace));
    }
  };
  const ids = () =>
    sent
      .flatMap((body) => traceMessage.parse(JSON.parse(body)).records as { request_id: string }[])
      .map((one) => one.request_id);
  return { outbox, sent, waits, wake, put, ids, clock, work };
}

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `req_${at}`);

test('what a few requests left goes out together, after two seconds', async () => {
  const { sent, waits, wake, put, ids } = createFixture();
  put(3);
  expect(sent).toEqual([]);
  expect(waits.map((wait) => wait.ms)).toEqual([2000]);
  await wake();
  expect(sent).toHaveLength(1);
  expect(ids()).toEqual(numbered(3));
});

test('a hundred records go at once, and none is lost or doubled', async () => {
  const { sent, put, ids, outbox } = createFixture();
  put(250);
  await outbox.flush();
  expect(ids().sort()).toEqual(numbered(250).sort());
  for (const body of sent) {
    expect(JSON.parse(body).records.length).toBeLessThanOrEqual(100);
    expect(new TextEncoder().encode(body).byteLength).toBeLessThanOrEqual(100_000);
  }
});

test('large records are spread over messages of at most 100 kB, counted in bytes', async () => {
  const { sent, ids, outbox } = createFixture();
  for (let at = 0; at < 9; at++) {
    const trace = traceFixture({ request_id: `req_${at}`, response_text: 'ä'.repeat(20_000) });
    outbox.record(trace, JSON.stringify(trace));
  }
  await outbox.flush();
  expect(ids()).toEqual(numbered(9));
  for (const body of sent) expect(new TextEncoder().encode(body).byteLength).toBeLessThanOrEqual(100_000);
});

test('a record that fits into no message goes without its content, and says so', async () => {
  const { sent, outbox } = createFixture();
  const trace = traceFixture({ request_body: 'x'.repeat(200_000), response_text: 'y' });
  outbox.record(trace, JSON.stringify(trace));
  await outbox.flush();
  expect(JSON.parse(sent[0] ?? '').records[0]).toMatchObject({
    request_id: 'req_1',
    request_body: null,
    response_text: null,
    degraded: ['content left out of the trace: too large'],
  });
});

test('a queue that is down is asked again, and everything arrives once', async () => {
  let down = true;
  const { put, wake, ids, waits } = createFixture({ fails: () => down });
  put(5);
  await wake();
  put(5, 5);
  await wake();
  down = false;
  await wake();
  expect(ids()).toEqual(numbered(10));
  expect(waits.map((wait) => wait.ms)).toEqual([2000, 1000, 2000]);
});

test('while the queue is down memory stays bounded: the oldest records go first', async () => {
  let down = true;
  const { outbox, ids } = createFixture({ fails: () => down });
  for (let at = 0; at < 200; at++) {
    const trace = traceFixture({ request_id: `req_${at}`, response_text: 'x'.repeat(90_000) });
    outbox.record(trace, JSON.stringify(trace));
    if (at === 0) await outbox.flush();
  }
  down = false;
  await outbox.flush();
  expect(ids().length).toBeGreaterThan(80);
  expect(ids().length).toBeLessThan(90);
  expect(ids().at(-1)).toBe('req_199');
});

test('an isolate that sends all day stays within the free plan: 3,333 messages', async () => {
  const { sent, put, wake, clock } = createFixture();
  while (clock.at_ms < 86_400_000) {
    put(1, sent.length);
    await wake();
  }
  expect(sent.length).toBeLessThanOrEqual(3_333);
  expect(sent.length).toBeGreaterThan(3_000);
});

test('a timer that died with its request does not keep later records for ever', async () => {
  const { put, waits, clock, wake, ids } = createFixture();
  put(1);
  clock.at_ms += 60_000;
  put(1, 1);
  expect(waits).toHaveLength(2);
  await wakeOnly(wake, ids);
});

/** The first wait never ends here, so only the newest may be waited for. */
async function wakeOnly(wake: () => Promise<void>, ids: () => string[]) {
  void wake();
  await expect.poll(ids).toEqual(['req_0', 'req_1']);
}

test('settlements that a ledger missed ride along, without their text', async () => {
  const { sent, outbox } = createFixture();
  const settlement = {
    hold_id: 'h',
    outcome: 'settled' as const,
    usd_nanos: 1,
    input_tokens: 1,
    output_tokens: 1,
    held_usd_nanos: 2,
    record: 'long',
  };
  outbox.settleLater('keyAAAAAAAAA', [settlement]);
  await outbox.flush();
  expect(traceMessage.parse(JSON.parse(sent[0] ?? '')).unsettled).toEqual([
    { key_id: 'keyAAAAAAAAA', settlement: { ...settlement, record: null } },
  ]);
});

test('a queue that hangs gathers no messages in memory: sixteen are under way, and the backlog has its bound', async () => {
  let sends = 0;
  const outbox = createTraceOutbox(
    {
      send: () => {
        sends++;
        return new Promise(() => undefined);
      },
    },
    { after: () => undefined, clock: { now_ms: () => 0 }, sleep: () => new Promise(() => undefined) },
  );
  const trace = traceFixture({ request_id: 'req_1' });
  for (let at = 0; at < 5_000; at++) outbox.record(trace, JSON.stringify(trace));
  await Promise.resolve();
  expect(sends).toBe(16);
});
