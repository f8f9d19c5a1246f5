import { reset } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';

let fixture: Awaited<ReturnType<typeof createAdminFixture>>;
beforeEach(async () => {
  await reset();
  fixture = await createAdminFixture();
});

const chain = {
  name: 'safe',
  links: [{ model: 'gpt-4o', timeouts: { first_byte_ms: 900 }, on: ['rate_limited'] }, { model: 'sonnet' }],
};

describe('chains, splits and assistants', () => {
  it('a chain is made, read, changed, audited and removed, and isolates are told each time', async () => {
    const { call, versions } = fixture;
    const made = await call('POST', '/chains', chain);
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      name: 'safe',
      model_name: 'chain/safe',
      links: [
        { model: 'gpt-4o', timeouts: { first_byte_ms: 900 }, on: ['rate_limited'] },
        { model: 'sonnet', timeouts: {}, on: null },
      ],
    });
    expect((await call('POST', '/chains', chain)).status).toBe(409);
    const patched = await call('PATCH', '/chains/safe', { links: [{ model: 'haiku' }] });
    expect(patched.body.links).toEqual([{ model: 'haiku', timeouts: {}, on: null }]);
    expect((await call('GET', '/chains/safe')).body).toEqual(patched.body);
    expect((await call('DELETE', '/chains/safe')).body).toEqual({ name: 'safe', deleted: true });
    expect((await call('GET', '/chains/safe')).status).toBe(404);
    expect((await call('DELETE', '/chains/safe')).status).toBe(404);
    const { body: audit } = await call('GET', '/audit');
    const entries = audit.data.filter((entry: { target_id: string }) => entry.target_id === 'safe');
    expect(entries.map((entry: { action: string }) => entry.action).sort()).toEqual(
      expect.arrayContaining(['chain.create', 'chain.delete', 'chain.update']),
    );
    expect(versions.length).toBe(3);
  });

  it('an old etag loses', async () => {
    const { call } = fixture;
    await call('POST', '/chains', chain);
    const old = { headers: { 'if-match': '"1"' } };
    expect((await call('PATCH', '/chains/safe', { links: [{ model: 'x' }] }, old)).status).toBe(409);
    expect((await call('DELETE', '/chains/safe', undefined, old)).status).toBe(409);
    const now = await call('GET', '/organization');
    const etag = { headers: { 'if-match': now.body.etag } };
    expect((await call('DELETE', '/chains/safe', undefined, etag)).status).toBe(200);
  });

  it('what is named by something else cannot go, and nothing can lead nowhere', async () => {
    const { call } = fixture;
    expect((await call('POST', '/chains', { name: 'a', links: [{ model: 'chain/a' }] })).text).toContain(
      'names itself',
    );
    expect((await call('POST', '/assistants', { name: 'x', model: 'chain/none' })).text).toContain(
      'does not exist',
    );
    await call('POST', '/chains', chain);
    expect((await call('POST', '/assistants', { name: 'x', model: 'chain/safe' })).status).toBe(201);
    const refused = await call('DELETE', '/chains/safe');
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('assistant/x names chain/safe');
    expect((await call('PATCH', '/organization', { default_fallback_chain: ['chain/none'] })).status).toBe(
      400,
    );
  });

  it('a failure that the request itself is to blame for cannot lead on', async () => {
    const bad = { name: 'a', links: [{ model: 'm', on: ['content_refused'] }] };
    expect((await fixture.call('POST', '/chains', bad)).status).toBe(400);
  });

  it('percentages must sum up to 100, and buckets are nobody’s business', async () => {
    const { call } = fixture;
    const arms = [
      { id: 'a', model: 'gpt-4o', percent: 60 },
      { id: 'b', model: 'sonnet', percent: 30 },
    ];
    expect((await call('POST', '/splits', { name: 's', arms })).text).toContain('sum up to 100');
    const made = await call('POST', '/splits', {
      name: 's',
      arms: [...arms, { id: 'c', model: 'haiku', percent: 10 }],
    });
    expect(made.body).toMatchObject({ enabled: true, sticky_by: 'user' });
    expect(made.text).not.toContain('buckets');
    expect((await call('GET', '/organization')).text).not.toContain('buckets');
    const off = await call('PATCH', '/splits/s', { enabled: false });
    expect(off.body).toMatchObject({ enabled: false, arms: made.body.arms });
  });

  it('an assistant takes rules by the names that clients know', async () => {
    const { call } = fixture;
    const made = await call('POST', '/assistants', {
      name: 'kind',
      system_prompt: 'Be kind.',
      rules: { default_priority: 'cost', quality_threshold: 0.6, blocked_providers: ['openai'] },
    });
    expect(made.body).toMatchObject({
      model: 'auto',
      model_name: 'assistant/kind',
      rules: { strategy: 'cheapest', min_quality_score: 0.6, blocked_providers: ['openai'] },
    });
    const patched = await call('PATCH', '/assistants/kind', { rules: { strategy: null }, temperature: 0 });
    expect(patched.body.rules).toMatchObject({ strategy: null, min_quality_score: 0.6 });
    expect(
      (await call('POST', '/assistants', { name: 'y', rules: { blocked_providers: ['opnai'] } })).text,
    ).toContain('no provider');
    expect((await call('POST', '/assistants', { name: 'Y!' })).status).toBe(400);
  });
});

describe('rules', () => {
  it('an organization takes them by the names that clients know, and a PATCH leaves the rest alone', async () => {
    const { call } = fixture;
    const set = await call('PATCH', '/organization', {
      routing: {
        default_priority: 'latency',
        quality_threshold: 0.8,
        max_latency_ms: 3000,
        allowed_providers: ['openai', 'anthropic', 'mistral'],
        blocked_providers: [],
        allowed_models: [],
        blocked_models: ['gpt-4o'],
        fallback_enabled: true,
        fallback_chain: ['anthropic/claude-3-haiku'],
        stream_failover: 'restart_if_unseen',
        hedge_after_ms: 1500,
      },
    });
    expect(set.status).toBe(200);
    expect(set.body).toMatchObject({
      default_routing_strategy: 'fastest',
      default_fallback_chain: ['anthropic/claude-3-haiku'],
      routing: {
        rules: {
          strategy: 'fastest',
          min_quality_score: 0.8,
          max_latency_ms: 3000,
          blocked_models: ['gpt-4o'],
        },
        stream_failover: 'restart_if_unseen',
        hedge_after_ms: 1500,
      },
    });
    const next = await call('PATCH', '/organization', {
      default_routing_strategy: 'quality',
      routing: { rules: { max_latency_ms: null } },
    });
    expect(next.body.routing.rules).toMatchObject({
      strategy: 'quality',
      max_latency_ms: null,
      min_quality_score: 0.8,
    });
    await call('PATCH', '/organization', {
      default_fallback_chain: [],
      routing: { rules: null, stream_failover: 'continue', hedge_after_ms: null },
    });
    expect((await call('GET', '/organization')).body.routing.rules.strategy).toBeNull();
  });

  it('a key takes them, and its strategy says the same in both places', async () => {
    const { call } = fixture;
    const made = await call('POST', '/keys', {
      name: 'k',
      rules: { default_priority: 'cost', blocked_models: ['gpt-4o'] },
    });
    expect(made.body).toMatchObject({
      routing_strategy: 'cheapest',
      rules: { strategy: 'cheapest', blocked_models: ['gpt-4o'], allowed_models: [] },
    });
    const other = await call('PATCH', `/keys/${made.body.id}`, { routing_strategy: 'quality' });
    expect(other.body).toMatchObject({
      routing_strategy: 'quality',
      rules: { strategy: 'quality', blocked_models: ['gpt-4o'] },
    });
    const none = await call('PATCH', `/keys/${made.body.id}`, { rules: null });
    expect(none.body).toMatchObject({
      routing_strategy: null,
      rules: { strategy: null, blocked_models: [] },
    });
  });
});
