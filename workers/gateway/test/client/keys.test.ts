import { describe, expect, it } from 'vitest';
import { admin, base_url, createVirtualKey, hello, openaiFor, post } from './harness.ts';

interface KeyResource {
  id: string;
  secret?: string;
  state?: string;
}

const ok = async (secret: string): Promise<number> => {
  const response = await post(secret, hello('gpt-4o-mini'));
  await response.text();
  return response.status;
};

describe('a virtual key', () => {
  it('is refused on the very next request after it was revoked', async () => {
    const key = await createVirtualKey();
    expect(await ok(key.secret)).toBe(200);
    expect((await admin('POST', `keys/${key.id}/revoke`)).status).toBe(200);
    expect(await ok(key.secret)).toBe(401);
  });

  it('can be disabled and enabled again', async () => {
    const key = await createVirtualKey();
    await admin('POST', `keys/${key.id}/disable`);
    expect(await ok(key.secret)).toBe(403);
    await admin('POST', `keys/${key.id}/enable`);
    expect(await ok(key.secret)).toBe(200);
  });

  it('rotates with an overlap in which both secrets work', async () => {
    const key = await createVirtualKey();
    const rotated = await admin<KeyResource>('POST', `keys/${key.id}/rotate`, { overlap_seconds: 3600 });
    expect(rotated.body.secret).toMatch(/^slu_dev_/);
    expect(await ok(key.secret)).toBe(200);
    expect(await ok(rotated.body.secret ?? '')).toBe(200);
    const again = await admin<KeyResource>('POST', `keys/${key.id}/rotate`, { overlap_seconds: 0 });
    expect(await ok(key.secret)).toBe(401);
    expect(await ok(rotated.body.secret ?? '')).toBe(401);
    expect(await ok(again.body.secret ?? '')).toBe(200);
  });

  it('obeys a changed allowlist on the next request', async () => {
    const key = await createVirtualKey();
    expect(await ok(key.secret)).toBe(200);
    const patched = await admin('PATCH', `keys/${key.id}`, { model_allowlist: ['anthropic/*'] });
    expect(patched.status).toBe(200);
    expect(await ok(key.secret)).toBe(403);
    expect((await post(key.secret, hello('claude-sonnet-4-5'))).status).toBe(200);
    const models = await openaiFor(key.secret).models.list();
    expect(models.data.some((model) => model.id.startsWith('gpt'))).toBe(false);
    expect(models.data.some((model) => model.id === 'claude-sonnet-4-5')).toBe(true);
  });

  it('is read from every header that an SDK uses', async () => {
    const { secret } = await createVirtualKey();
    for (const headers of [
      { 'x-api-key': secret },
      { 'api-key': secret },
      { 'x-goog-api-key': secret },
    ] as Record<string, string>[])
      expect((await post(null, hello('gpt-4o-mini'), headers)).status).toBe(200);
  });

  it('is refused with one and the same body for every reason', async () => {
    const key = await createVirtualKey();
    await admin('POST', `keys/${key.id}/revoke`);
    const expired = await createVirtualKey({ expires_at: '2020-01-01T00:00:00Z' });
    const typo = `${key.secret.slice(0, -1)}${key.secret.endsWith('a') ? 'b' : 'a'}`;
    const bodies = new Set<string>();
    for (const bad of [null, 'sk-nonsense', typo, key.secret, expired.secret]) {
      const response = await post(bad, hello('gpt-4o-mini'));
      expect(response.status).toBe(401);
      bodies.add((await response.text()).replace(/req_\w+/, 'req'));
    }
    expect(bodies.size).toBe(1);
  });

  it('does not open the administration, nor the admin key the models', async () => {
    const key = await createVirtualKey();
    const response = await fetch(`${base_url}/admin/v1/keys`, {
      headers: { authorization: `Bearer ${key.secret}` },
    });
    expect(response.status).toBe(401);
  });

  it('may be called from the pages of its origins only', async () => {
    const key = await createVirtualKey({ origins: ['https://shop.example'] });
    const preflight = await fetch(`${base_url}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
    const allowed = await post(key.secret, hello('gpt-4o-mini'), { origin: 'https://shop.example' });
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(allowed.headers.get('access-control-expose-headers')).toContain('x-llm-gateway');
    await allowed.text();
    expect((await post(key.secret, hello('gpt-4o-mini'), { origin: 'https://evil.example' })).status).toBe(
      403,
    );
  });
});

describe('bad requests', () => {
  const cases: [string, unknown, number, string][] = [
    ['no JSON', '{"model": ', 400, 'invalid_json'],
    ['an array', '[]', 400, 'invalid_request'],
    ['no model', { messages: [{ role: 'user', content: 'x' }] }, 400, 'invalid_request'],
    ['no messages', { model: 'gpt-4o-mini', messages: [] }, 400, 'invalid_request'],
    [
      'a strange role',
      { model: 'gpt-4o-mini', messages: [{ role: 'robot', content: 'x' }] },
      400,
      'invalid_request',
    ],
    ['an unknown model', hello('no-such-model-anywhere'), 400, 'unknown_model'],
    [
      'a chain too long',
      { ...hello('gpt-4o-mini'), 'x-fallback-chain': Array(9).fill('gpt-4o') },
      400,
      'invalid_hints',
    ],
    ['a wrong timeout', { ...hello('gpt-4o-mini'), 'x-timeout': { idle_ms: -1 } }, 400, 'invalid_hints'],
  ];
  it.each(cases)('%s', async (_what, body, status, code) => {
    const { secret } = await createVirtualKey();
    const response = await post(secret, body);
    const { error } = (await response.json()) as {
      error: { code: string; message: string; request_id: string };
    };
    expect({ status: response.status, code: error.code }).toEqual({ status, code });
    expect(error.request_id).toMatch(/^req_/);
  });
});
