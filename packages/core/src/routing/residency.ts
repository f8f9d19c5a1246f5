import { type Connection, GatewayError, type OrganizationSettings, type Residency } from '@sluice/contract';

type Place = Pick<Connection, 'provider' | 'base_url' | 'region'>;

/**
 * Regions inside, as clouds name them (read 2026-11-21). The European Union is not Europe: London, Zurich and Norway are
 * left out on purpose. What is not listed is nowhere.
 */
const REGIONS: Readonly<Record<string, Record<Residency, RegExp>>> = {
  // https://docs.aws.amazon.com/general/latest/gr/bedrock.html
  bedrock: {
    eu: /^eu-(central-1|west-1|west-3|north-1|south-1|south-2)$/,
    us: /^us-(east|west)-[12]$/,
  },
  // https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations
  vertex: {
    eu: /^(eu|europe-(west1|west3|west4|west8|west9|west10|west12|north1|north2|central2|southwest1))$/,
    us: /^(us|us-(central1|east1|east4|east5|south1|west1|west2|west3|west4))$/,
  },
};
/** Providers that have one address for each place: the address decides, whatever the connection says of itself. */
const HOSTS: Readonly<Record<string, Record<Residency, RegExp>>> = {
  // https://platform.openai.com/docs/guides/your-data#data-residency-controls
  openai: { eu: /^eu\.api\.openai\.com$/, us: /^us\.api\.openai\.com$/ },
};
/** Servers of the owner's own: only the owner knows where they are, and says so in `region`. */
const OWN: ReadonlySet<string> = new Set([
  'vllm',
  'ollama',
  'llama-cpp',
  'lm-studio',
  'openai-compatible',
  'azure',
]);
/** Bedrock’s profiles over many regions; one of another place takes the request there. */
const PROFILES: Readonly<Record<string, RegExp>> = { bedrock: /^(us-gov|us|eu|apac|jp|au|ca|global)\./ };

/** Where a connection is certain to serve; `null` = nobody can tell, and so nowhere. */
export function residencyOf({ provider, base_url, region }: Place): Residency | null {
  const hosts = HOSTS[provider];
  if (hosts !== undefined) return placeOf(hosts, hostOf(base_url));
  const regions = REGIONS[provider];
  if (regions !== undefined) return placeOf(regions, region ?? '');
  if (OWN.has(provider) && (region === 'eu' || region === 'us')) return region;
  return null;
}

const placeOf = (places: Record<Residency, RegExp>, name: string): Residency | null =>
  places.eu.test(name) ? 'eu' : places.us.test(name) ? 'us' : null;

const hostOf = (base_url: string): string => (URL.canParse(base_url) ? new URL(base_url).hostname : '');

/** Parts connections that may be used from those that would take a request elsewhere. */
export function keepInside(
  connections: readonly Connection[],
  residency: Residency | null | undefined,
): { inside: Connection[]; outside: Connection[] } {
  if (residency == null) return { inside: [...connections], outside: [] };
  const inside = connections.filter((connection) => residencyOf(connection) === residency);
  return { inside, outside: connections.filter((connection) => !inside.includes(connection)) };
}

/** A model that its provider may serve elsewhere, though the connection itself is inside; `null` = it may not. */
export function leaving(
  { connection, model }: { connection: Place; model: string },
  { residency, residency_of }: Pick<OrganizationSettings, 'residency' | 'residency_of'>,
): GatewayError | null {
  if (residency == null) return null;
  const profile = PROFILES[connection.provider]?.exec(model)?.[1];
  if (profile === undefined || profile === residency) return null;
  return new GatewayError(
    'region_not_allowed',
    `${model} may be served outside of "${residency}", where requests of this ${residency_of ?? 'organization'} must stay.`,
    { param: 'model' },
  );
}

/**
 * Why what must stay in `residency` may not be sent to an address of the owner's; `null` = it may. Only the owner knows
 * where it is, and says so in `region`.
 */
export function outsideProblem(
  region: Residency | null | undefined,
  residency: Residency | null | undefined,
): string | null {
  if (residency == null || region === residency) return null;
  return region == null
    ? `it must be in "${residency}", and nobody said in its region where it is`
    : `it must be in "${residency}", and it is in "${region}"`;
}

/** Why nothing serves a model, where residency is the reason; `null` = it is not. */
export function allOutside({
  residency,
  residency_of,
  connections_outside: outside = 0,
}: Pick<OrganizationSettings, 'residency' | 'residency_of' | 'connections_outside'>): GatewayError | null {
  if (residency == null || outside === 0) return null;
  return new GatewayError(
    'region_not_allowed',
    `Requests of this ${residency_of ?? 'organization'} must stay in "${residency}", and no connection that is certain to serve there has this model. ${outside} others were left out. Connect one with its region, or name another model.`,
    { param: 'model' },
  );
}
