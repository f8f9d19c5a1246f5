import { type ConnectionRecord, GatewayError, type Provider } from '@sluice/contract';
import { addressProblem } from '@sluice/core/upstream-address';
import type { ConnectionChanges } from './connection-schema.ts';
import type { AdminPorts } from './ports.ts';

type ConnectionPorts = Pick<AdminPorts, 'resolveBaseUrl' | 'requireFields' | 'private_upstreams'>;

/** A connection as it would be stored, and the address that its calls would go to. */
export interface AppliedConnection {
  record: ConnectionRecord;
  base_url: string;
}

/**
 * The connection after the change; a member that is absent stays. The address is judged when something of it is said:
 * what may no longer be called can still be disabled.
 * @throws GatewayError invalid_request when it could not be called, forbidden when this deployment does not allow it
 */
export function applyConnectionChanges(
  before: ConnectionRecord,
  changes: ConnectionChanges,
  provider: Provider,
  ports: ConnectionPorts,
  is_stored = false,
): AppliedConnection {
  const record: ConnectionRecord = {
    ...before,
    name: changes.name ?? before.name,
    base_url: changes.base_url === undefined ? before.base_url : (changes.base_url ?? ''),
    region: changes.region === undefined ? before.region : changes.region,
    settings: changes.settings === undefined ? before.settings : (changes.settings ?? {}),
    models: changes.models === undefined ? before.models : changes.models,
    weight: changes.weight ?? before.weight,
    enabled: changes.enabled ?? before.enabled,
    private_allowed: changes.private_allowed ?? before.private_allowed,
    timeouts: changes.timeouts === undefined ? before.timeouts : (changes.timeouts ?? {}),
    health_check: changes.health_check === undefined ? (before.health_check ?? null) : changes.health_check,
    credential_hint: changes.credential === undefined ? before.credential_hint : hintOf(changes.credential),
  };
  if (changes.private_allowed === true && !ports.private_upstreams)
    throw new GatewayError(
      'forbidden',
      'This deployment does not let connections into private networks. Whoever runs it can set SLUICE_PRIVATE_UPSTREAMS=allow.',
      { param: 'private_allowed' },
    );
  if (is_stored && !saysAddress(changes)) return { record, base_url: addressOf(before, provider, ports) };
  refuseUnknownSettings(record, provider);
  const base_url = baseUrlOf(record, provider, ports);
  const problem = addressProblem(base_url, record.private_allowed && ports.private_upstreams);
  if (problem !== null)
    throw new GatewayError('invalid_request', `This base URL may not be called: ${problem}.`, {
      param: 'base_url',
    });
  return { record, base_url };
}

const saysAddress = ({ base_url, region, settings, private_allowed }: ConnectionChanges): boolean =>
  base_url !== undefined || region !== undefined || settings !== undefined || private_allowed !== undefined;

/** The address of what is stored; `''` where it has none any more, which no new one is the same as. */
export function addressOf(record: ConnectionRecord, provider: Provider, ports: ConnectionPorts): string {
  try {
    return baseUrlOf(record, provider, ports);
  } catch {
    return '';
  }
}

/** Where calls go. @throws GatewayError invalid_request */
function baseUrlOf(
  record: Pick<ConnectionRecord, 'base_url' | 'settings' | 'region'>,
  provider: Provider,
  ports: ConnectionPorts,
): string {
  if (record.base_url === '') return ports.resolveBaseUrl(provider, record.settings, record.region);
  ports.requireFields(provider, record.settings, record.region);
  return record.base_url;
}

/**
 * A stored credential is shown to nobody, so it is sent nowhere but to the address that it was given for: who may
 * change a connection could else lead it to a server of their own and read it there.
 */
export function refuseMovedCredential(before: string, after: string, credential: string | undefined): void {
  if (before !== after && credential === undefined)
    throw new GatewayError(
      'invalid_request',
      'This change sends the calls elsewhere. The stored credential stays with its address: give the credential again.',
      { param: 'credential' },
    );
}

function refuseUnknownSettings({ settings }: ConnectionRecord, provider: Provider): void {
  const known = (provider.fields ?? []).map((field) => field.name);
  for (const name of Object.keys(settings))
    if (!known.includes(name))
      throw new GatewayError(
        'invalid_request',
        known.length === 0
          ? `A connection of ${provider.name} has no settings.`
          : `A connection of ${provider.name} has no setting ${JSON.stringify(name)}. There are: ${known.join(', ')}.`,
        { param: `settings.${name}` },
      );
}

const HINT_CHARS = 4;
/** Of a shorter one four characters would be too much of it. */
const HINTED_CHARS_MIN = 16;

const hintOf = (credential: string): string =>
  credential.length < HINTED_CHARS_MIN ? '' : credential.replace(/[^A-Za-z0-9]/g, '').slice(-HINT_CHARS);
