import { reset } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import type { ConnectionRecord } from '@sluice/contract';
import { beforeEach, expect, test, vi } from 'vitest';
import type { ProviderDefaults } from '../connections.ts';
import { renderBase64 } from '../crypto/base64.ts';
import type { Env } from '../env.ts';
import { createConnectionStore } from './connections.ts';
import { createOrganizationPort } from './organization-port.ts';
import { requireOrganization } from './organizations.ts';

const { DB } = bindings as unknown as Env;
const keys = (id: string): string => `${id}:${renderBase64(crypto.getRandomValues(new Uint8Array(32)))}`;
const KEYS = keys('k1');

const PROVIDERS: ProviderDefaults[] = [
  {
    id: 'openai',
    base_url: 'https://api.openai.com/v1',
    env_key: 'OPENAI_API_KEY',
    resolveBaseUrl: () => 'https://api.openai.com/v1',
  },
  {
    id: 'cloud',
    base_url: 'https://{region}.cloud.example',
    env_key: null,
    resolveBaseUrl: (_, region) => `https://${region}.cloud.example`,
  },
];

const state = { version: 1 };

beforeEach(async () => {
  await reset();
  state.version = 1;
  await requireOrganization(DB, 'org_default', 0);
});

const portWith = (env: Partial<Env>) =>
  createOrganizationPort({ DB, SLUICE_ENCRYPTION_KEYS: KEYS, ...env } as Env, {
    providers: PROVIDERS,
    configVersion: () => state.version,
    now_ms: () => 1_000,
  });

let serial = 0;

async function store(record: Partial<ConnectionRecord>, credential: string): Promise<string> {
  const at = serial++;
  const whole: ConnectionRecord = {
    id: `conn_${at}`,
    organization_id: 'org_default',
    provider: 'openai',
    name: 'one',
    base_url: '',
    region: null,
    settings: {},
    private_allowed: false,
    credential_hint: '',
    models: null,
    weight: 1,
    enabled: true,
    timeouts: {},
    version: 1,
    created_at_ms: at,
    updated_at_ms: at,
    ...record,
  };
  state.version = await createConnectionStore({ DB, SLUICE_ENCRYPTION_KEYS: KEYS }).create(
    whole,
    credential,
    {
      id: `evt_${at}`,
      at_ms: at,
      actor: 'admin:x',
      action: 'connection.create',
      target_type: 'connection',
      target_id: whole.id,
      before: null,
      after: null,
    },
  );
  return whole.id;
}

test('stored connections are opened, stand before those of the environment, and a change is seen at once', async () => {
  const port = portWith({ OPENAI_API_KEY: 'env' });
  expect((await port.settings('org_default')).connections.map((one) => one.credential)).toEqual(['env']);
  await store({ provider: 'cloud', region: 'eu-1', weight: 7 }, 'sk-stored');
  const { connections } = await port.settings('org_default');
  expect(connections.map((one) => [one.credential, one.base_url])).toEqual([
    ['sk-stored', 'https://eu-1.cloud.example'],
    ['env', 'https://api.openai.com/v1'],
  ]);
  expect(connections[0]).not.toHaveProperty('credential_hint');
});

test('a stored connection wins over one of the environment that has its id', async () => {
  await store({ id: 'conn_openai' }, 'sk-stored');
  const { connections } = await portWith({ OPENAI_API_KEY: 'env' }).settings('org_default');
  expect(connections.map((one) => one.credential)).toEqual(['sk-stored']);
});

test('the simulator yields to a stored connection of its provider', async () => {
  const port = portWith({ SLUICE_SIMULATOR_URL: 'http://127.0.0.1:9' });
  expect((await port.settings('org_default')).connections.map((one) => one.credential)).toEqual([
    'simulator',
  ]);
  await store({}, 'sk-stored');
  expect((await port.settings('org_default')).connections.map((one) => one.credential)).toEqual([
    'sk-stored',
  ]);
});

test('one broken credential takes nobody else along, and the log names it and nothing more', async () => {
  const logged = vi.spyOn(console, 'error').mockReturnValue(undefined);
  const good = await store({}, 'sk-good');
  const bad = await store({}, 'sk-bad');
  await store({ enabled: false }, 'sk-off');
  const gone = await store({ provider: 'gone' }, 'sk-gone');
  await DB.prepare("UPDATE connections SET credential_ciphertext = 'AAAA' WHERE id = ?1").bind(bad).run();
  const { connections } = await portWith({}).settings('org_default');
  expect(connections.map((one) => one.id)).toEqual([good]);
  const lines = logged.mock.calls.flat().map((line) => JSON.parse(String(line)));
  expect(lines).toMatchObject([{ connection_id: bad }, { connection_id: gone }]);
  expect(JSON.stringify(lines)).not.toContain('sk-');
  const other = await portWith({ SLUICE_ENCRYPTION_KEYS: 'nonsense', OPENAI_API_KEY: 'env' });
  expect((await other.settings('org_default')).connections.map((one) => one.credential)).toEqual(['env']);
  logged.mockRestore();
});

test('a private address needs both the connection and the deployment to allow it', async () => {
  await store({ base_url: 'http://10.0.0.1', private_allowed: true }, 'sk');
  await store({ base_url: 'http://10.0.0.2' }, 'sk');
  const allowed = async (env: Partial<Env>) =>
    (await portWith(env).settings('org_default')).connections.map((one) => one.private_allowed);
  expect(await allowed({})).toEqual([false, false]);
  expect(await allowed({ SLUICE_PRIVATE_UPSTREAMS: 'allow' })).toEqual([true, false]);
});

test('an organization gets no connection of another one', async () => {
  await DB.prepare(
    "INSERT INTO organizations (id, name, created_at_ms, updated_at_ms) VALUES ('org_other', 'Other', 0, 0)",
  ).run();
  await store({}, 'sk-ours');
  expect((await portWith({ OPENAI_API_KEY: 'env' }).settings('org_other')).connections).toEqual([]);
});
