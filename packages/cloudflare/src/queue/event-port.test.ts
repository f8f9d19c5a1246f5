import type { GatewayEvent } from '@sluice/contract';
import { expect, test } from 'vitest';
import { createEventPort } from './event-port.ts';

const event = (once: string, data: Record<string, unknown> = {}): GatewayEvent => ({
  type: 'breaker.opened',
  organization_id: 'org_a',
  occurred_at_ms: 1,
  once,
  data,
});

function createQueue(failures: number) {
  const batches: string[][] = [];
  const sendBatch = async (messages: { body: string }[]) => {
    if (failures-- > 0) throw new Error('the queue is away');
    batches.push(messages.map(({ body }) => body));
  };
  return { batches, sendBatch };
}

test('each event is a message of its own, and no batch is larger than a queue takes', async () => {
  const queue = createQueue(0);
  const events = Array.from({ length: 250 }, (_, at) => event(`${at}`));
  await createEventPort(queue).emit(events);
  expect(queue.batches.map((batch) => batch.length)).toEqual([100, 100, 50]);
  expect(queue.batches.flat().map((body) => JSON.parse(body).event)).toEqual(events);
  const large = createQueue(0);
  await createEventPort(large).emit([1, 2, 3].map((at) => event(`${at}`, { text: 'x'.repeat(50_000) })));
  expect(large.batches.map((batch) => batch.length)).toEqual([1, 1, 1]);
});

test('a queue that fails twice is asked a third time; one that goes on failing is told of', async () => {
  const waits: number[] = [];
  const sleep = async (ms: number) => void waits.push(ms);
  const queue = createQueue(2);
  await createEventPort(queue, sleep).emit([event('a')]);
  expect(queue.batches).toHaveLength(1);
  expect(waits).toEqual([400, 1600]);
  await expect(createEventPort(createQueue(3), sleep).emit([event('a')])).rejects.toThrow('away');
});
