import type { Connection } from '@sluice/contract';
import {
  type EnvironmentConnections,
  type ProviderDefaults,
  privateUpstreamsAllowed,
} from '../connections.ts';
import { open } from '../crypto/envelope.ts';
import { createKeyring, type Keyring } from '../crypto/keyring.ts';
import type { Env } from '../env.ts';
import { type ConnectionRow, envelopeOf, placeOf, recordOf, SEALED, SHOWN } from './connection-rows.ts';
import { createTenant } from './tenant.ts';

export const selectConnections = (db: D1Database, organization_id: string): D1PreparedStatement =>
  createTenant(db, organization_id).prepare(
    `SELECT ${SHOWN}, ${SEALED} FROM connections WHERE organization_id = ?1 AND enabled = 1 ` +
      'ORDER BY created_at_ms, id',
  );

/**
 * Stored connections, opened for use. One that cannot be opened or read is left out, and the log names it: the others
 * still serve.
 */
export async function openConnections(
  env: Env,
  rows: ConnectionRow[],
  providers: ProviderDefaults[],
): Promise<Connection[]> {
  if (rows.length === 0) return [];
  const keyring = findKeyring(env);
  const private_allowed = privateUpstreamsAllowed(env);
  const opened = await Promise.all(
    rows.map(async (row): Promise<Connection | null> => {
      try {
        if (keyring === null) throw new Error('There is no encryption key.');
        const {
          version: _,
          credential_hint: __,
          created_at_ms: ___,
          updated_at_ms: ____,
          ...record
        } = recordOf(row);
        const credential = await open(envelopeOf(row), placeOf(row), keyring);
        const provider = providers.find((one) => one.id === row.provider);
        return {
          ...record,
          credential,
          base_url: row.base_url === '' ? resolve(provider, record) : row.base_url,
          private_allowed: record.private_allowed && private_allowed,
        };
      } catch (error) {
        const reason = error instanceof Error ? error.message : 'unknown';
        console.error(JSON.stringify({ event: 'connection_skipped', connection_id: row.id, reason }));
        return null;
      }
    }),
  );
  return opened.filter((connection) => connection !== null);
}

/** Stored ones win over those of the same id; a simulator yields to whoever really serves its provider. */
export const mergeConnections = (
  { connections, simulated }: EnvironmentConnections,
  stored: Connection[],
): Connection[] => [
  ...stored,
  ...connections.filter(
    ({ id, provider }) => !stored.some((one) => one.id === id || (simulated && one.provider === provider)),
  ),
];

function findKeyring(env: Env): Keyring | null {
  try {
    return createKeyring(env);
  } catch (error) {
    console.error(JSON.stringify({ event: 'encryption_keys_unreadable', reason: String(error) }));
    return null;
  }
}

function resolve(
  provider: ProviderDefaults | undefined,
  { settings, region }: Pick<Connection, 'settings' | 'region'>,
): string {
  if (provider === undefined) throw new Error('This gateway has no such provider any more.');
  return provider.resolveBaseUrl(settings, region);
}
