import { describe, expect, it } from 'vitest';
import { admin, admin_key, base_url, createVirtualKey, eventually, hello, post } from './harness.ts';

interface TraceList {
  data: {
    request_id: string;
    model: string | null;
    status: number;
    cost_usd: number | null;
    request_body?: string | null;
  }[];
  next_cursor: string | null;
}

describe('traces', () => {
  it('of every request arrive, can be filtered and paged, and add up in usage', async () => {
    const key = await createVirtualKey({ rate_limit: 4 });
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      const response = await post(key.secret, {
        ...hello(i % 2 ? 'claude-sonnet-4-5' : 'gpt-4o-mini'),
        user: `user-${i}`,
      });
      ids.push(response.headers.get('x-request-id') ?? '');
      await response.text();
    }
    const all = await eventually(
      async () => (await admin<TraceList>('GET', `traces?key=${key.id}`)).body,
      (list) => list.data.length === 5,
      200,
    );
    expect(all.data.map(({ request_id }) => request_id).sort()).toEqual([...ids].sort());
    expect(all.data.filter(({ status }) => status === 429).length).toBe(1);
    const claude = (await admin<TraceList>('GET', `traces?key=${key.id}&provider=anthropic`)).body;
    expect(claude.data.length).toBe(2);
    const first = (await admin<TraceList>('GET', `traces?key=${key.id}&limit=2`)).body;
    expect(first.data.length).toBe(2);
    const second = (await admin<TraceList>('GET', `traces?key=${key.id}&limit=3&cursor=${first.next_cursor}`))
      .body;
    const paged = [...first.data, ...second.data].map(({ request_id }) => request_id);
    expect(new Set(paged).size).toBe(5);
    const usage = (
      await admin<{ data: { requests: number; cost_usd: number; model: string }[] }>(
        'GET',
        `usage?key=${key.id}&group_by=model`,
      )
    ).body;
    expect(usage.data.reduce((sum, row) => sum + row.requests, 0)).toBe(5);
    const cost = all.data.reduce((sum, row) => sum + (row.cost_usd ?? 0), 0);
    expect(usage.data.reduce((sum, row) => sum + row.cost_usd, 0)).toBeCloseTo(cost, 9);
  });

  it('hold no words of the user unless the organization opted in', async () => {
    const key = await createVirtualKey();
    const response = await post(key.secret, hello('gpt-4o-mini', 'my secret diary entry'));
    await response.text();
    const id = response.headers.get('x-request-id');
    const trace = await eventually(
      () => admin('GET', `traces/${id}`),
      ({ status }) => status === 200,
      200,
    );
    expect(trace.status).toBe(200);
    expect(JSON.stringify(trace.body)).not.toContain('secret diary');
  });

  it('can be downloaded with the filters of the list, zipped, and safe for a spreadsheet', async () => {
    const key = await createVirtualKey();
    for (const user of ['=1+1', 'ann'])
      await (
        await post(key.secret, { ...hello('gpt-4o-mini'), user, metadata: { team: 'checkout' } })
      ).text();
    await eventually(
      async () => (await admin<TraceList>('GET', `traces?key=${key.id}`)).body,
      (list) => list.data.length === 2,
      200,
    );
    const download = (query: string, encoding: string) =>
      fetch(`${base_url}/admin/v1/traces/export?key=${key.id}&${query}`, {
        headers: { authorization: `Bearer ${admin_key}`, 'accept-encoding': encoding },
      });
    const zipped = await download('format=csv', 'gzip');
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    const csv = await zipped.text();
    const plain = await download('format=csv', 'identity');
    expect(plain.headers.get('content-encoding')).toBe(null);
    expect(csv).toBe(await plain.text());
    expect(csv.split('\r\n').length).toBe(4);
    expect(csv).toContain('"\'=1+1"');
    expect(csv).toContain('"{""team"":""checkout""}"');
    const { data } = (await (await download('user=ann', 'gzip')).json()) as { data: unknown[] };
    expect(data).toMatchObject([{ user_id: 'ann', status: 200, metadata: { team: 'checkout' } }]);
  });

  it('audit every change of a key without its secret', async () => {
    const key = await createVirtualKey({ name: 'audited' });
    await admin('PATCH', `keys/${key.id}`, { name: 'audited twice' });
    const { body } = await admin<{ data: { action: string; target: string }[] }>('GET', 'audit?limit=20');
    const text = JSON.stringify(body);
    expect(text).toContain(key.id);
    expect(text).toContain('audited twice');
    expect(text).not.toContain(key.secret);
  });
});
