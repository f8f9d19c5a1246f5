import { expect, test } from 'vitest';
import { readConnections } from './connections.ts';
import type { Env } from './env.ts';

const PROVIDERS = [
  { id: 'openai', base_url: 'https://api.openai.com/v1', env_key: 'OPENAI_API_KEY' },
  { id: 'anthropic', base_url: 'https://api.anthropic.com', env_key: 'ANTHROPIC_API_KEY' },
  { id: 'gemini', base_url: 'https://generativelanguage.googleapis.com/v1beta', env_key: 'GEMINI_API_KEY' },
  { id: 'groq', base_url: 'https://api.groq.com/openai/v1', env_key: 'GROQ_API_KEY' },
];

const read = (env: Partial<Env>) =>
  readConnections(env as Env, PROVIDERS, 'org_default').map(({ provider, base_url, credential }) => ({
    provider,
    base_url,
    credential,
  }));

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
  const [only, ...others] = readConnections(
    { SLUICE_UPSTREAMS, OPENAI_API_KEY: 'o' } as Env,
    PROVIDERS,
    'org_default',
  );
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
