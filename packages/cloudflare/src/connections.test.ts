import { expect, test, vi } from 'vitest';
import { type ProviderDefaults, readConnections } from './connections.ts';
import type { Env } from './env.ts';

const PROVIDERS: ProviderDefaults[] = [
  { id: 'openai', base_url: 'https://api.openai.com/v1', env_key: 'OPENAI_API_KEY' },
  { id: 'anthropic', base_url: 'https://api.anthropic.com', env_key: 'ANTHROPIC_API_KEY' },
  { id: 'gemini', base_url: 'https://generativelanguage.googleapis.com/v1beta', env_key: 'GEMINI_API_KEY' },
  { id: 'groq', base_url: 'https://api.groq.com/openai/v1', env_key: 'GROQ_API_KEY' },
].map((provider) => ({ ...provider, resolveBaseUrl: () => provider.base_url }));

/** Needs two variables, and a region in its host. */
const CLOUD: ProviderDefaults = {
  id: 'cloud',
  base_url: 'https://{region}.cloud.example',
  env_key: null,
  fromEnvironment: (read) => {
    const credential = read('CLOUD_KEY');
    return credential === null ? null : { credential, settings: { a: '1' }, region: read('CLOUD_REGION') };
  },
  resolveBaseUrl: (_, region) => {
    if (region === null) throw new Error('a region is missing');
    return `https://${region}.cloud.example`;
  },
};

const read = (env: Partial<Env>) =>
  readConnections(env as Env, PROVIDERS, 'org_default').connections.map(
    ({ provider, base_url, credential }) => ({
      provider,
      base_url,
      credential,
    }),
  );

test('each provider key that is set makes a connection, and the simulator stays away from real ones', () => {
  expect(
    read({
      GROQ_API_KEY: 'g',
      OPENAI_API_KEY: 'o',
      ANTHROPIC_API_KEY: '',
      SLUICE_SIMULATOR_URL: 'http://127.0.0.1:1',
    }),
  ).toEqual([
    { provider: 'openai', base_url: 'https://api.openai.com/v1', credential: 'o' },
    { provider: 'groq', base_url: 'https://api.groq.com/openai/v1', credential: 'g' },
  ]);
});

test('without any provider key the simulator answers for the three wire formats', () => {
  expect(read({ SLUICE_SIMULATOR_URL: 'http://127.0.0.1:9/' })).toEqual([
    { provider: 'openai', base_url: 'http://127.0.0.1:9/v1', credential: 'simulator' },
    { provider: 'anthropic', base_url: 'http://127.0.0.1:9', credential: 'simulator' },
    { provider: 'gemini', base_url: 'http://127.0.0.1:9/v1beta', credential: 'simulator' },
  ]);
  expect(read({})).toEqual([]);
});

test('a list of upstreams replaces everything else', () => {
  const SLUICE_UPSTREAMS = JSON.stringify([
    { provider: 'openai', base_url: 'http://127.0.0.1:7/v1', models: ['m'], weight: 3 },
  ]);
  const {
    connections: [only, ...others],
  } = readConnections({ SLUICE_UPSTREAMS, OPENAI_API_KEY: 'o' } as Env, PROVIDERS, 'org_default');
  expect(others).toEqual([]);
  expect(only).toMatchObject({
    id: 'conn_openai_0',
    base_url: 'http://127.0.0.1:7/v1',
    models: ['m'],
    weight: 3,
  });
});

test('the provider key of the environment is not sent to an upstream with an address of its own', () => {
  const SLUICE_UPSTREAMS = JSON.stringify([
    { provider: 'openai', base_url: 'http://127.0.0.1:7' },
    { provider: 'openai' },
  ]);
  expect(read({ SLUICE_UPSTREAMS, OPENAI_API_KEY: 'o' }).map((one) => one.credential)).toEqual(['none', 'o']);
});

test('a list that cannot be read is refused without showing a credential', () => {
  for (const text of [
    '[{"provider":"openai","credential":"SECRET","typo":1}]',
    '{"SECRET"',
    '[{"provider":"new","credential":"SECRET"}]',
  ]) {
    expect(() => read({ SLUICE_UPSTREAMS: text })).toThrow(/^SLUICE_UPSTREAMS(?!.*SECRET)/);
  }
});

const readCloud = (env: Record<string, string>) =>
  readConnections(env as unknown as Env, [CLOUD], 'org_default').connections;

test('a provider that needs more than one variable is connected with its settings and its region in the URL', () => {
  expect(readCloud({ CLOUD_KEY: 'k', CLOUD_REGION: 'eu-1' })).toMatchObject([
    { base_url: 'https://eu-1.cloud.example', credential: 'k', region: 'eu-1', settings: { a: '1' } },
  ]);
  const SLUICE_UPSTREAMS = JSON.stringify([{ provider: 'cloud', region: 'us-1', settings: { a: '2' } }]);
  expect(readCloud({ CLOUD_KEY: 'k', CLOUD_REGION: 'eu-1', SLUICE_UPSTREAMS })).toMatchObject([
    { base_url: 'https://us-1.cloud.example', credential: 'k', region: 'us-1', settings: { a: '2' } },
  ]);
});

test('variables that make no whole connection leave that provider out, and nobody else', () => {
  const logged = vi.spyOn(console, 'error').mockReturnValue(undefined);
  const env = { CLOUD_KEY: 'SECRET', OPENAI_API_KEY: 'o' } as unknown as Env;
  const { connections } = readConnections(env, [CLOUD, ...PROVIDERS], 'org_default');
  expect(connections.map((one) => one.provider)).toEqual(['openai']);
  expect(logged.mock.calls.flat().join()).toMatch(/^(?!.*SECRET).*a region is missing/);
  logged.mockRestore();
});

test('private networks are open to the environment in local development, or where the deployment says so', () => {
  const opened = (env: Partial<Env>) =>
    readConnections({ OPENAI_API_KEY: 'o', ...env } as Env, PROVIDERS, 'org_default').connections[0]
      ?.private_allowed;
  expect(opened({})).toBe(false);
  expect(opened({ SLUICE_ENVIRONMENT: 'production' })).toBe(false);
  expect(opened({ SLUICE_ENVIRONMENT: 'local' })).toBe(true);
  expect(opened({ SLUICE_PRIVATE_UPSTREAMS: 'allow' })).toBe(true);
  expect(opened({ SLUICE_PRIVATE_UPSTREAMS: 'true' })).toBe(false);
});
