import { STAGES } from '@sluice/core/pipeline';
import { type AppPorts, createApp } from '@sluice/http/app';
import { MODEL_ROUTES } from '@sluice/http/doors/model-routes';
import { describe, expect, it } from 'vitest';
import { codeOf, createGatewayFixture, healthy, hello } from './gateway-fixture.ts';

describe.each(MODEL_ROUTES)('$path', ({ path }) => {
  it.each([false, true])('passes all eight stages, once, in their order (stream: %s)', async (stream) => {
    const { post, stages, createVirtualKey } = createGatewayFixture({ upstream: healthy });
    const { secret } = await createVirtualKey();
    const response = await post(secret, hello('gpt-4o-mini', { stream }), { path });
    expect(response.status).toBe(200);
    await response.text();
    expect(stages).toEqual([...STAGES]);
  });

  it('stops at the stage that refuses, and nothing is sent', async () => {
    const { post, stages, calls, createVirtualKey } = createGatewayFixture({ upstream: healthy });
    const { secret } = await createVirtualKey({ model_allowlist: ['claude-*'] });
    expect((await post('slu_dev_nobody', hello('gpt-4o-mini'), { path })).status).toBe(401);
    expect(stages).toEqual(STAGES.slice(0, 1));
    stages.length = 0;
    expect(await codeOf(await post(secret, hello('gpt-4o-mini'), { path }))).toBe('model_not_allowed');
    expect(stages).toEqual(STAGES.slice(0, 3));
    expect(calls).toEqual([]);
  });

  it('begins again under a policy that was changed meanwhile, with all its stages', async () => {
    const { post, stages, createVirtualKey } = createGatewayFixture({ upstream: healthy });
    const { secret, stub } = await createVirtualKey();
    await (await post(secret, hello('gpt-4o-mini'), { path })).text();
    const policy = await stub.policy();
    if (policy === null) throw new Error('no policy');
    await stub.putPolicy({
      ...(policy as typeof policy & object),
      version: policy.version + 1,
      strict: true,
    });
    stages.length = 0;
    const response = await post(secret, hello('gpt-4o-mini'), { path });
    expect(response.status).toBe(200);
    await response.text();
    expect(stages).toEqual([...STAGES.slice(0, 4), ...STAGES]);
  });
});

it('no other route takes a POST, so none can reach a provider past the stages', () => {
  const app = createApp({} as unknown as AppPorts);
  const posts = app.routes.filter(
    ({ method, path }) => method === 'POST' || (method === 'ALL' && path !== '/admin/*'),
  );
  expect(posts.map(({ path }) => path)).toEqual(MODEL_ROUTES.map(({ path }) => path));
});
