import { afterAll, expect, inject, it } from 'vitest';

const admin = (method: string, path: string, body: unknown): Promise<Response> =>
  fetch(`${inject('base_url')}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${inject('admin_key')}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const stay = (residency: string | null) => admin('PATCH', '/organization', { residency });

afterAll(() => stay(null));

it.each([
  ['gpt-4o-mini', 403],
  ['auto', 200],
] as const)(
  'an organization that must stay in the EU calls nobody elsewhere for %s',
  async (model, status) => {
    const made = await admin('POST', '/keys', { name: 'residency' });
    const { secret, key_id, id } = (await made.json()) as Record<string, string>;
    const ask = () =>
      fetch(`${inject('base_url')}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 20 }),
      });
    expect((await ask()).status).toBe(200);
    expect((await stay('eu')).status).toBe(200);
    const answer = await ask();
    const body = (await answer.json()) as {
      error?: { code: string };
      'x-llm-gateway'?: { provider: string };
    };
    expect(answer.status).toBe(status);
    expect(body.error?.code).toBe(status === 403 ? 'region_not_allowed' : undefined);
    // The only ones here with a region in the European Union.
    if (status === 200) expect(['bedrock', 'vertex']).toContain(body['x-llm-gateway']?.provider);
    expect((await stay(null)).status).toBe(200);
    expect((await ask()).status).toBe(200);
    await admin('POST', `/keys/${id ?? key_id}/revoke`, {});
  },
);
