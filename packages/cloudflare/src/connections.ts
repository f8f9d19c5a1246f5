import type { Connection, Provider } from '@sluice/contract';
import type { Env } from './env.ts';
import { parseUpstreams } from './parse-upstreams.ts';

/** What of a provider is needed to connect to it: the gateway passes its list in. */
export interface ProviderDefaults extends Pick<Provider, 'id' | 'base_url' | 'env_key' | 'fromEnvironment'> {
  /** @throws Error when a field is missing or cannot be what it is. */
  resolveBaseUrl(settings: Readonly<Record<string, string>>, region: string | null): string;
}

/** Connections that come from the environment, all of the default organization. */
export interface EnvironmentConnections {
  connections: Connection[];
  /** The connections are those of the simulator, which answers for a provider until somebody else does. */
  simulated: boolean;
}

/** Answer for their own protocol at the simulator, which needs no credential. */
const SIMULATED = ['openai', 'anthropic', 'gemini'];

/** Whether connections of this deployment may lead into private networks at all. */
export const privateUpstreamsAllowed = (
  env: Pick<Env, 'SLUICE_ENVIRONMENT' | 'SLUICE_PRIVATE_UPSTREAMS'>,
): boolean => env.SLUICE_ENVIRONMENT === 'local' || env.SLUICE_PRIVATE_UPSTREAMS === 'allow';

/**
 * `SLUICE_UPSTREAMS` if it is set, else a connection for each provider whose variables are, else the simulator where
 * one runs. A provider whose variables make no whole connection is left out, and the log says why.
 * @throws Error when `SLUICE_UPSTREAMS` cannot be read; the message names the member, never a credential.
 */
export function readConnections(
  env: Env,
  providers: ProviderDefaults[],
  organization_id: string,
): EnvironmentConnections {
  if (env.SLUICE_UPSTREAMS)
    return { connections: readUpstreams(env, providers, organization_id), simulated: false };
  const keyed = providers.flatMap((provider) => {
    const found = fromEnvironment(env, provider);
    const base_url = found === null ? null : resolveOrSkip(provider, found);
    if (found === null || base_url === null) return [];
    return [{ ...connectionOf(env, provider.id, organization_id), ...found, base_url }];
  });
  if (keyed.length > 0 || !env.SLUICE_SIMULATOR_URL) return { connections: keyed, simulated: false };
  const simulator_url = env.SLUICE_SIMULATOR_URL;
  const simulated = providers
    .filter((provider) => SIMULATED.includes(provider.id))
    .map((provider) => ({
      ...connectionOf(env, provider.id, organization_id),
      base_url: simulatorUrl(simulator_url, provider),
      credential: 'simulator',
    }));
  return { connections: simulated, simulated: true };
}

type Found = Pick<Connection, 'credential' | 'settings' | 'region'>;

const connectionOf = (
  env: Env,
  provider: string,
  organization_id: string,
): Omit<Connection, 'base_url' | 'credential'> => ({
  id: `conn_${provider}`,
  organization_id,
  provider,
  name: provider,
  region: null,
  settings: {},
  private_allowed: privateUpstreamsAllowed(env),
  models: null,
  weight: 1,
  enabled: true,
  timeouts: {},
});

/** The simulator serves each protocol under the path that the real provider has. */
const simulatorUrl = (simulator_url: string, provider: ProviderDefaults): string =>
  simulator_url.replace(/\/+$/, '') + new URL(provider.base_url).pathname.replace(/\/+$/, '');

/** What the provider's own variables say; `null` = they are not set. */
function fromEnvironment(env: Env, provider: ProviderDefaults): Found | null {
  const read = (name: string): string | null => {
    const value: unknown = Reflect.get(env, name);
    return typeof value === 'string' && value !== '' ? value : null;
  };
  if (provider.fromEnvironment !== undefined) return provider.fromEnvironment(read);
  const credential = provider.env_key === null ? null : read(provider.env_key);
  return credential === null ? null : { credential, settings: {}, region: null };
}

function resolveOrSkip(provider: ProviderDefaults, { settings, region }: Found): string | null {
  try {
    return provider.resolveBaseUrl(settings, region);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    console.error(JSON.stringify({ event: 'connection_skipped', provider: provider.id, reason }));
    return null;
  }
}

function readUpstreams(env: Env, providers: ProviderDefaults[], organization_id: string): Connection[] {
  return parseUpstreams(env.SLUICE_UPSTREAMS ?? '[]').map((upstream, at) => {
    const provider = providers.find((one) => one.id === upstream.provider);
    // A key from the environment goes to its provider's own address only.
    const own =
      provider === undefined || upstream.base_url !== undefined ? null : fromEnvironment(env, provider);
    const region = upstream.region ?? own?.region ?? null;
    const settings = { ...own?.settings, ...upstream.settings };
    return {
      ...connectionOf(env, upstream.provider, organization_id),
      id: upstream.id ?? `conn_${upstream.provider}_${at}`,
      name: upstream.name ?? upstream.provider,
      base_url: upstream.base_url ?? resolveUpstream(provider, settings, region, at),
      credential: upstream.credential ?? own?.credential ?? 'none',
      region,
      settings,
      models: upstream.models ?? null,
      weight: upstream.weight ?? 1,
      enabled: upstream.enabled ?? true,
      timeouts: upstream.timeouts ?? {},
    };
  });
}

function resolveUpstream(
  provider: ProviderDefaults | undefined,
  settings: Record<string, string>,
  region: string | null,
  at: number,
): string {
  if (provider === undefined) throw new Error(`SLUICE_UPSTREAMS: ${at}.base_url is missing`);
  try {
    return provider.resolveBaseUrl(settings, region);
  } catch (error) {
    throw new Error(`SLUICE_UPSTREAMS: ${at}: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
}
