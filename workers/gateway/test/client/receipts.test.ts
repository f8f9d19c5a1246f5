import { expect, inject, it } from 'vitest';
import { verifyReceipts } from '../../../../packages/verify-receipt/src/verify-receipts.js';
import { admin } from '../../../../scripts/dev-server.mjs';

const base_url = inject('base_url');
const admin_key = inject('admin_key');

it('a receipt of a real answer is signed at once, chained soon, verifies offline, and takes feedback', async () => {
  const key = await admin(base_url, admin_key, 'POST', 'keys', { name: 'receipts' });
  const headers = { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json' };
  const get = async (path: string) =>
    (await (await fetch(`${base_url}${path}`, { headers })).json()) as {
      keys: { kid: string; crv: string; x: string }[];
      signature: { chain: unknown };
    };
  try {
    const answer = await fetch(`${base_url}/v1/chat/completions`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Say hello' }] }),
    });
    expect(answer.status).toBe(200);
    const id = answer.headers.get('x-request-id');
    const keys = await get('/.well-known/sluice-receipt-keys.json');
    const early = await get(`/v1/receipts/${id}`);
    expect(verifyReceipts([early], keys).findings[0]?.problems).toEqual([]);
    await expect
      .poll(async () => (await get(`/v1/receipts/${id}`)).signature.chain, { timeout: 30_000 })
      .not.toBeNull();
    const chain = await admin(base_url, admin_key, 'GET', `keys/${key.id}/receipts`);
    const found = verifyReceipts(chain.data, keys);
    expect([...found.problems, ...found.findings.flatMap(({ problems }) => problems)]).toEqual([]);
    expect(found.chains).toEqual([{ key_id: key.id, from: 1, to: 1 }]);
    expect(await admin(base_url, admin_key, 'GET', `traces/${id}/receipt`)).toEqual(chain.data[0]);
    const said = await fetch(`${base_url}/v1/feedback`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ request_id: id, score: 0.75, comment: 'nearly' }),
    });
    expect(said.status).toBe(200);
    const trace = await admin(base_url, admin_key, 'GET', `traces/${id}`);
    expect(trace).toMatchObject({ score: 0.75, feedback: { comment: 'nearly' } });
    const usage = await admin(base_url, admin_key, 'GET', `usage?key=${key.id}&group_by=model`);
    expect(usage.data).toMatchObject([{ model: 'gpt-4o-mini', score_mean: 0.75, scored_requests: 1 }]);
  } finally {
    await admin(base_url, admin_key, 'POST', `keys/${key.id}/revoke`);
  }
});
