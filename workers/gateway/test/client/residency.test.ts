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

const json = async (response: Response) => (await response.json()) as Record<string, never>;

it('a key narrower than its organization calls nobody elsewhere, beside one that may, and its receipt says where it ran', async () => {
  const narrow = await json(await admin('POST', '/keys', { name: 'narrow', residency: 'eu' }));
  const wide = await json(await admin('POST', '/keys', { name: 'wide' }));
  expect(narrow['residency']).toBe('eu');
  const ask = (key: Record<string, never>, model: string) =>
    fetch(`${inject('base_url')}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key['secret']}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 20 }),
    });
  const refused = await ask(narrow, 'gpt-4o-mini');
  expect(refused.status).toBe(403);
  expect((await json(refused))['error']).toMatchObject({
    code: 'region_not_allowed',
    message: expect.stringContaining('Requests of this key must stay in "eu"'),
  });
  expect((await ask(wide, 'gpt-4o-mini')).status).toBe(200);

  const served = await ask(narrow, 'auto');
  expect(served.status).toBe(200);
  const receipt = await json(
    await fetch(`${inject('base_url')}/v1/receipts/${served.headers.get('x-request-id')}`, {
      headers: { authorization: `Bearer ${narrow['secret']}` },
    }),
  );
  expect(receipt['residency']).toEqual({
    required: 'eu',
    set_by: 'key',
    deployment_jurisdiction: null,
    served_in: 'eu',
    region: expect.stringMatching(/^eu/),
  });
  expect((receipt['fallback'] as unknown as { attempts: unknown[] }).attempts.at(-1)).toMatchObject({
    residency: 'eu',
  });

  // Only models that it could call are listed.
  const models = await json(
    await fetch(`${inject('base_url')}/v1/models`, {
      headers: { authorization: `Bearer ${narrow['secret']}` },
    }),
  );
  const owners = new Set(
    (models['data'] as unknown as { owned_by: string }[]).map(({ owned_by }) => owned_by),
  );
  expect([...owners].filter((owner) => !['bedrock', 'vertex', 'sluice'].includes(owner))).toEqual([]);

  for (const { id } of [narrow, wide] as unknown as { id: string }[])
    await admin('POST', `/keys/${id}/revoke`, {});
});

it('a key cannot be made wider than its organization, and none serves where both say something else', async () => {
  const key = await json(await admin('POST', '/keys', { name: 'us key', residency: 'us' }));
  expect((await stay('eu')).status).toBe(200);
  const made = await admin('POST', '/keys', { name: 'wider', residency: 'us' });
  expect([made.status, ((await json(made))['error'] as unknown as { code: string }).code]).toEqual([
    403,
    'region_not_allowed',
  ]);
  const answer = await fetch(`${inject('base_url')}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key['secret']}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'Hello' }] }),
  });
  expect(answer.status).toBe(403);
  expect((await stay(null)).status).toBe(200);
  await admin('POST', `/keys/${key['id']}/revoke`, {});
});
