import type { Connection } from '@sluice/contract';
import * as z from 'zod';
import type { Env } from './env.ts';

/** What of a provider is needed to connect to it: the gateway passes its list in. */
export interface ProviderDefaults {
  id: string;
  base_url: string;
  /** Variable that holds its credential; `null` = it needs a connection of its own. */
  env_key: string | null;
}

/** Answer for their own protocol at the simulator, which needs no credential. */
const SIMULATED = ['openai', 'anthropic', 'gemini'];

const upstreams = z.array(
  z.strictObject({
    id: z.string().min(1).max(64).optional(),
    provider: z.string().min(1).max(64),
    name: z.string().min(1).max(100).optional(),
    base_url: z.url({ protocol: /^https?$/ }).optional(),
    credential: z.string().max(4000).optional(),
    models: z.array(z.string().min(1).max(200)).nullish(),
    weight: z.number().positive().max(1000).optional(),
    enabled: z.boolean().optional(),
    timeouts: z
      .strictObject({
        first_byte_ms: z.int().positive().optional(),
        idle_ms: z.int().positive().optional(),
        total_ms: z.int().positive().optional(),
      })
      .optional(),
  }),
);

/**
 * Connections that come from the environment, all of the default organization: `SLUICE_UPSTREAMS` if it is set,
 * else one for each provider key, else the simulator where one runs.
 * @throws Error when `SLUICE_UPSTREAMS` cannot be read; the message names the member, never a credential.
 */
export function readConnections(
  env: Env,
  providers: ProviderDefaults[],
  organization_id: string,
): Connection[] {
  if (env.SLUICE_UPSTREAMS) return readUpstreams(env, providers, organization_id);
  const connection = (provider: ProviderDefaults, base_url: string, credential: string): Connection => ({
    id: `conn_${provider.id}`,
    organization_id,
    provider: provider.id,
    name: provider.id,
    base_url,
    credential,
    region: null,
    settings: {},
    private_allowed: true,
    models: null,
    weight: 1,
    enabled: true,
    timeouts: {},
  });
  const keyed = providers.flatMap((provider) => {
    const credential = credentialOf(env, provider);
    return credential === null ? [] : [connection(provider, provider.base_url, credential)];
  });
  if (keyed.length > 0 || !env.SLUICE_SIMULATOR_URL) return keyed;
  const simulator_url = env.SLUICE_SIMULATOR_URL;
  return providers
    .filter((provider) => SIMULATED.includes(provider.id))
    .map((provider) => connection(provider, simulatorUrl(simulator_url, provider), 'simulator'));
}

/** The simulator serves each protocol under the path that the real provider has. */
const simulatorUrl = (simulator_url: string, provider: ProviderDefaults): string =>
  simulator_url.replace(/\/+$/, '') + new URL(provider.base_url).pathname.replace(/\/+$/, '');

function credentialOf(env: Env, provider: ProviderDefaults): string | null {
  if (provider.env_key === null) return null;
  const value: unknown = Reflect.get(env, provider.env_key);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A key from the environment goes to its provider's own address only. */
const ownCredential = (env: Env, provider: ProviderDefaults | undefined, base_url: string | undefined) =>
  provider !== undefined && base_url === undefined ? credentialOf(env, provider) : null;

function readUpstreams(env: Env, providers: ProviderDefaults[], organization_id: string): Connection[] {
  let body: unknown;
  try {
    body = JSON.parse(env.SLUICE_UPSTREAMS ?? '[]');
  } catch {
    throw new Error('SLUICE_UPSTREAMS is not JSON.');
  }
  const parsed = upstreams.safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`SLUICE_UPSTREAMS: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
  }
  return parsed.data.map((upstream, at) => {
    const provider = providers.find((one) => one.id === upstream.provider);
    const base_url = upstream.base_url ?? provider?.base_url;
    if (base_url === undefined) throw new Error(`SLUICE_UPSTREAMS: ${at}.base_url is missing`);
    return {
      id: upstream.id ?? `conn_${upstream.provider}_${at}`,
      organization_id,
      provider: upstream.provider,
      name: upstream.name ?? upstream.provider,
      base_url,
      credential: upstream.credential ?? ownCredential(env, provider, upstream.base_url) ?? 'none',
      region: null,
      settings: {},
      private_allowed: true,
      models: upstream.models ?? null,
      weight: upstream.weight ?? 1,
      enabled: upstream.enabled ?? true,
      timeouts: definedOnly(upstream.timeouts ?? {}),
    };
  });
}

/** zod says `undefined` where a member is absent; a connection's timeouts must not. */
const definedOnly = (timeouts: Record<string, number | undefined>): Connection['timeouts'] =>
  Object.fromEntries(Object.entries(timeouts).filter(([, value]) => value !== undefined));
