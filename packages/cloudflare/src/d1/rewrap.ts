import type { RewrapPage } from '@sluice/contract';
import { type Envelope, rewrap } from '../crypto/envelope.ts';
import type { Keyring } from '../crypto/keyring.ts';
import { type ConnectionRow, envelopeOf, placeOf, SEALED } from './connection-rows.ts';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';

type SealedRow = Pick<
  ConnectionRow,
  'id' | 'organization_id' | 'credential_ciphertext' | 'wrapped_data_key' | 'master_key_id'
>;

/**
 * Puts data keys under the current key, one row a write: key and key id change together, so that a row is readable
 * before and after, and a rotation that stops anywhere goes on where it was. A row that somebody changed meanwhile is
 * left to its new writer, who used the current key.
 */
export async function rewrapPage(
  db: D1Database,
  keyring: Keyring,
  limit: number,
  after: string | null,
): Promise<RewrapPage> {
  const current = keyring.current_id;
  const rows = await migrated(db, () => listOld(db, current, limit, after));
  const changes: D1PreparedStatement[] = [];
  let unreadable = 0;
  for (const row of rows) {
    try {
      changes.push(changeOf(db, row, await rewrap(envelopeOf(row), placeOf(row), keyring)));
    } catch {
      unreadable++;
      console.error(JSON.stringify({ event: 'connection_unreadable', connection_id: row.id }));
    }
  }
  const written = changes.length === 0 ? [] : await db.batch(changes);
  const next = rows.length < limit ? null : (rows.at(-1)?.id ?? null);
  const left = await db
    .prepare('SELECT count(*) AS rows FROM connections WHERE master_key_id <> ?1')
    .bind(current)
    .first<{ rows: number }>();
  return {
    current_key_id: current,
    rewrapped: written.reduce((sum, { meta }) => sum + meta.changes, 0),
    unreadable,
    remaining: left?.rows ?? 0,
    next,
  };
}

/** Of every organization: the keys are the deployment's, and only what is wrapped by them is read. */
async function listOld(
  db: D1Database,
  current: string,
  limit: number,
  after: string | null,
): Promise<SealedRow[]> {
  const { results } = await db
    .prepare(
      `SELECT organization_id, id, ${SEALED} FROM connections ` +
        'WHERE master_key_id <> ?1 AND id > ?2 ORDER BY id LIMIT ?3',
    )
    .bind(current, after ?? '', limit)
    .all<SealedRow>();
  return results;
}

const changeOf = (db: D1Database, row: SealedRow, sealed: Envelope): D1PreparedStatement =>
  createTenant(db, row.organization_id).prepare(
    'UPDATE connections SET wrapped_data_key = ?3, master_key_id = ?4 ' +
      'WHERE organization_id = ?1 AND id = ?2 AND wrapped_data_key = ?5',
    row.id,
    sealed.wrapped_key,
    sealed.key_id,
    row.wrapped_data_key,
  );
