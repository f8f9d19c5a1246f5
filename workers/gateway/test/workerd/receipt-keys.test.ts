import { createExecutionContext, createMessageBatch, getQueueResult, reset } from 'cloudflare:test';
import { migrate } from '@sluice/cloudflare/d1/migrate';
import { createTraceStore } from '@sluice/cloudflare/d1/traces';
import { inspectDeployment } from '@sluice/cloudflare/inspect-deployment';
import { traceFixture } from '@sluice/cloudflare/queue/trace-fixture';
import { afterAll, beforeEach, expect, it } from 'vitest';
import worker from '../../src/index.ts';
import { connectReceipts } from '../../src/receipts.ts';
import { realEnv } from './gateway-fixture.ts';

beforeEach(async () => {
  await reset();
  await migrate(realEnv.DB);
});
afterAll(reset);

/** As the runtime hands a message to the Worker. */
async function deliver(request_id: string, SLUICE_RECEIPT_KEYS: string) {
  const records = [traceFixture({ request_id, key_id: 'keyAAAAAAAAA' })];
  const body = JSON.stringify({ version: 1, records, unsettled: [] });
  const batch = createMessageBatch('sluice-traces', [
    { id: request_id, timestamp: new Date(0), attempts: 1, body },
  ]);
  await worker.queue(batch as MessageBatch, { ...realEnv, SLUICE_RECEIPT_KEYS });
  return await getQueueResult(batch, createExecutionContext());
}

it('receipt keys that cannot be read keep no trace from being stored, and its receipt is signed once they can', async () => {
  const wrong = 'r-1:not-32-bytes';
  expect((await deliver('req_unsigned', wrong)).explicitAcks).toEqual(['req_unsigned']);
  expect(await createTraceStore(realEnv.DB).find('org_default', 'req_unsigned')).not.toBeNull();
  expect((await inspectDeployment({ ...realEnv, SLUICE_RECEIPT_KEYS: wrong }, '1')).receipts_can_sign).toBe(
    false,
  );
  const broken = connectReceipts({ ...realEnv, SLUICE_RECEIPT_KEYS: wrong });
  expect(await broken.sign({ signature: null })).toEqual({ signature: null });
  expect(await broken.publicKeys()).toEqual({ keys: [] });

  const right = `r-1:${'A'.repeat(43)}`;
  expect((await deliver('req_signed', right)).explicitAcks).toEqual(['req_signed']);
  const receipts = connectReceipts({ ...realEnv, SLUICE_RECEIPT_KEYS: right });
  // It has no place, and the chain begins with the first that was signed.
  expect(await receipts.find('org_default', 'req_unsigned')).toBeNull();
  expect(await receipts.sign({})).toMatchObject({ signature: { chain: null, kid: 'r-1' } });
  expect(await receipts.find('org_default', 'req_signed')).toMatchObject({
    signature: { chain: { sequence: 1, previous_hash: null } },
  });
});
