import { STAGES } from '@sluice/core/pipeline';
import { type AppPorts, createApp } from '@sluice/http/app';
import { MODEL_ROUTES } from '@sluice/http/doors/model-routes';
import { describe, expect, it } from 'vitest';
import { createGatewayFixture } from './gateway-fixture.ts';
import { ROUTE_SAMPLES, type RouteSample, SAMPLE_CONNECTIONS, versatile } from './route-samples.ts';

const createFixture = () => createGatewayFixture({ upstream: versatile, connections: SAMPLE_CONNECTIONS });

/** A path has a sample with and without its version; what has none cannot be walked, and fails here. */
function sampleOf(path: string): RouteSample {
  const sample = ROUTE_SAMPLES[path.replace(/^\/v1/, '')];
  if (sample === undefined) throw new Error(`ROUTE_SAMPLES has no body for ${path}: add one.`);
  return sample;
}

const codeOf = async (response: Response): Promise<string> => {
  const { error } = (await response.json()) as { error: { code?: string; type: string } };
  return error.code ?? error.type;
};

describe.each(MODEL_ROUTES)('$path', ({ path }) => {
  it.each([false, true])('passes all eight stages, once, in their order (stream: %s)', async (stream) => {
    const sample = sampleOf(path);
    if (stream && !sample.streams) return;
    const { post, stages, calls, createVirtualKey } = createFixture();
    const { secret } = await createVirtualKey();
    const response = await post(secret, sample.body(stream), { path });
    expect(response.status).toBe(200);
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
    expect(stages).toEqual([...STAGES]);
    expect(calls).toHaveLength(sample.alone === true ? 0 : 1);
  });

  it('stops at the stage that refuses, and nothing is sent', async () => {
    const { body } = sampleOf(path);
    const { post, stages, calls, createVirtualKey } = createFixture();
    const { secret } = await createVirtualKey({ model_allowlist: ['claude-*'] });
    expect((await post('slu_dev_nobody', body(false), { path })).status).toBe(401);
    expect(stages).toEqual(STAGES.slice(0, 1));
    stages.length = 0;
    const refused = await post(secret, body(false), { path });
    expect(refused.status).toBe(403);
    expect(await codeOf(refused)).toMatch(/model_not_allowed|permission_error/);
    expect(stages).toEqual(STAGES.slice(0, 3));
    expect(calls).toEqual([]);
  });

  it('begins again under a policy that was changed meanwhile, with all its stages', async () => {
    const { body } = sampleOf(path);
    const { post, stages, createVirtualKey } = createFixture();
    const { secret, stub } = await createVirtualKey();
    await (await post(secret, body(false), { path })).arrayBuffer();
    const policy = await stub.policy();
    if (policy === null) throw new Error('no policy');
    await stub.putPolicy({
      ...(policy as typeof policy & object),
      version: policy.version + 1,
      strict: true,
    });
    stages.length = 0;
    const response = await post(secret, body(false), { path });
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    expect(stages).toEqual([...STAGES.slice(0, 4), ...STAGES]);
  });
});

it('no sample stands for a route that is not there', () => {
  const paths = new Set(MODEL_ROUTES.map(({ path }) => path.replace(/^\/v1/, '')));
  expect(Object.keys(ROUTE_SAMPLES).filter((path) => !paths.has(path))).toEqual([]);
});

it('no other route takes a POST, so none can reach a provider past the stages', () => {
  const app = createApp({} as unknown as AppPorts);
  const posts = app.routes.filter(
    ({ method, path }) => method === 'POST' || (method === 'ALL' && path !== '/admin/*'),
  );
  // It calls no model.
  const doors = posts
    .map(({ path }) => path)
    .filter((path) => path !== '/v1/tokens' && path !== '/v1/feedback');
  expect(doors).toEqual(MODEL_ROUTES.map(({ path }) => path));
});
