import { describe, expect, it } from 'vitest';
import { admin, admin_key, base_url, createVirtualKey, hello, post } from './harness.ts';

const PAYLOADS = [
  `' OR '1'='1`,
  `'; DROP TABLE traces; --`,
  `"; DELETE FROM organizations; --`,
  `') UNION SELECT settings FROM keys --`,
  `1; UPDATE keys SET state = 'revoked'`,
  `%' ESCAPE '`,
  `\\'; VACUUM; --`,
  `a" OR "a"="a`,
  `NULL, NULL) --`,
  `*) OR request_id:(*`,
  `"unbalanced NEAR(`,
  `\u0000' OR 1=1`,
];

/** Every list with the members of its address that become part of a statement. */
const LISTS: [route: string, members: string[]][] = [
  ['traces', ['q', 'key', 'user', 'model', 'provider', 'cursor', 'guard', 'metadata', 'from', 'request_id']],
  ['traces/export', ['q', 'key', 'user', 'format']],
  ['usage', ['group_by', 'from', 'key', 'model', 'order', 'cursor', 'format']],
  ['spend', ['group_by', 'by', 'from', 'cursor']],
  ['activity', ['from', 'group_by', 'bucket', 'key']],
  ['audit', ['actor', 'action', 'target_id', 'cursor', 'q', 'from']],
  ['audit/export', ['actor', 'format']],
  ['keys', ['cursor', 'q', 'project', 'state', 'sort']],
  ['models', ['q', 'provider', 'cursor']],
  ['connections', ['cursor', 'provider']],
  ['webhooks', ['cursor', 'state']],
  ['saved-filters', ['cursor', 'q']],
  ['anomalies', ['from', 'scope']],
  ['statements', ['month']],
  ['receipts', ['key', 'cursor']],
];

const ask = (route: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${base_url}/admin/v1/${route}`, {
    headers: { authorization: `Bearer ${admin_key}`, ...headers },
  });

describe('words that would be SQL', () => {
  it('in any filter, sort or cursor are an answer or a clear refusal, never a fault, and open nothing', async () => {
    const marker = `marker${Date.now().toString(36)}`;
    const key = await createVirtualKey({ name: marker });
    const wrong: unknown[] = [];
    for (const [route, members] of LISTS)
      for (const member of members)
        for (const payload of PAYLOADS) {
          const response = await ask(`${route}?${new URLSearchParams({ [member]: payload })}`);
          const text = await response.text();
          if (response.status >= 500 || /SQLITE|D1_ERROR|syntax error/i.test(text))
            wrong.push([route, member, payload, response.status, text.slice(0, 200)]);
        }
    expect(wrong).toEqual([]);
    const still = await admin<{ state: string; name: string }>('GET', `keys/${key.id}`);
    expect(still.body).toMatchObject({ name: marker, state: 'active' });
  }, 120_000);

  it('in a path, a name, a bearer and the body of a request change nothing but what they are', async () => {
    const { body: before } = await admin<{ data: unknown[] }>('GET', 'projects');
    const key = await createVirtualKey();
    for (const payload of PAYLOADS) {
      const printable = payload.replaceAll('\u0000', '');
      for (const route of ['keys', 'traces', 'connections', 'webhooks', 'guards', 'projects', 'receipts']) {
        const response = await ask(`${route}/${encodeURIComponent(payload)}`);
        await response.text();
        expect([route, payload, response.status < 500]).toEqual([route, payload, true]);
      }
      const made = await admin<{ id: string; name: string }>('POST', 'keys', { name: printable });
      expect([printable, made.status]).toEqual([printable, 201]);
      expect((await admin<{ name: string }>('GET', `keys/${made.body.id}`)).body.name).toBe(printable.trim());
      await admin('POST', `keys/${made.body.id}/revoke`);
      const refused = await fetch(`${base_url}/v1/key`, {
        headers: { authorization: `Bearer ${encodeURIComponent(payload)}` },
      });
      await refused.text();
      expect([401, 429]).toContain(refused.status);
      const answered = await post(key.secret, {
        ...hello('gpt-4o-mini', payload),
        user: printable,
        metadata: { note: printable },
      });
      await answered.text();
      expect([payload, answered.status]).toEqual([payload, 200]);
    }
    const { body: after } = await admin<{ data: unknown[] }>('GET', 'projects');
    expect(after.data).toEqual(before.data);
  }, 120_000);
});
