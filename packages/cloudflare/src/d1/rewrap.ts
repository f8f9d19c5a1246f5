import type { RewrapPage } from '@sluice/contract';
import { type Envelope, rewrap, type SecretPlace } from '../crypto/envelope.ts';
import type { Keyring } from '../crypto/keyring.ts';
import { placeOf } from './connection-rows.ts';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';
import { placeOfWebhook } from './webhook-rows.ts';

interface SealedRow {
  id: string;
  organization_id: string;
  ciphertext: string;
  wrapped_data_key: string;
  master_key_id: string;
}

interface SealedTable {
  name: 'connections' | 'webhooks';
  ciphertext: 'credential_ciphertext' | 'secrets_ciphertext';
  placeOf: (row: SealedRow) => SecretPlace;
}

const CONNECTIONS: SealedTable = { name: 'connections', ciphertext: 'credential_ciphertext', placeOf };
const WEBHOOKS: SealedTable = {
  name: 'webhooks',
  ciphertext: 'secrets_ciphertext',
  placeOf: placeOfWebhook,
};
/** Before every `hook_…`: the cursor at which connections are done. */
const WEBHOOKS_BEGIN = 'hook';

/** Connections first, then webhooks: one walk for everything that the deployment's keys wrap. */
export async function rewrapAll(
  db: D1Database,
  keyringOf: (table: SealedTable['name']) => Keyring,
  limit: number,
  after: string | null,
): Promise<RewrapPage> {
  const in_webhooks = after?.startsWith(WEBHOOKS_BEGIN) === true;
  const table = in_webhooks ? WEBHOOKS : CONNECTIONS;
  const other = in_webhooks ? CONNECTIONS : WEBHOOKS;
  const page = await rewrapPage(db, keyringOf(table.name), table, limit, after);
  const left = await countOld(db, other, page.current_key_id);
  const goes_on = !in_webhooks && page.next === null && left > 0;
  return { ...page, remaining: page.remaining + left, next: goes_on ? WEBHOOKS_BEGIN : page.next };
}

/**
 * Puts data keys under the current key, one row a write: key and key id change together, so that a row is readable
 * before and after, and a rotation that stops anywhere goes on where it was. A row that somebody changed meanwhile is
 * left to its new writer, who used the current key.
 */
async function rewrapPage(
  db: D1Database,
  keyring: Keyring,
  table: SealedTable,
  limit: number,
  after: string | null,
): Promise<RewrapPage> {
  const current = keyring.current_id;
  const rows = await migrated(db, () => listOld(db, table, current, limit, after));
  const changes: D1PreparedStatement[] = [];
  let unreadable = 0;
  for (const row of rows) {
    try {
      changes.push(changeOf(db, table, row, await rewrap(envelopeOf(row), table.placeOf(row), keyring)));
    } catch {
      unreadable++;
      console.error(
        JSON.stringify({
          event: `${table.name.slice(0, -1)}_unreadable`,
          [`${table.name.slice(0, -1)}_id`]: row.id,
        }),
      );
    }
  }
  const written = changes.length === 0 ? [] : await db.batch(changes);
  const next = rows.length < limit ? null : (rows.at(-1)?.id ?? null);
  return {
    current_key_id: current,
    rewrapped: written.reduce((sum, { meta }) => sum + meta.changes, 0),
    unreadable,
    remaining: await countOld(db, table, current),
    next,
  };
}

/** Of every organization: the keys are the deployment's, and only what is wrapped by them is read. */
async function listOld(
  db: D1Database,
  table: SealedTable,
  current: string,
  limit: number,
  after: string | null,
): Promise<SealedRow[]> {
  const { results } = await db
    .prepare(
      `SELECT organization_id, id, ${table.ciphertext} AS ciphertext, wrapped_data_key, master_key_id FROM ${table.name} ` +
        'WHERE master_key_id <> ?1 AND id > ?2 ORDER BY id LIMIT ?3',
    )
    .bind(current, after ?? '', limit)
    .all<SealedRow>();
  return results;
}

const changeOf = (
  db: D1Database,
  table: SealedTable,
  row: SealedRow,
  sealed: Envelope,
): D1PreparedStatement =>
  createTenant(db, row.organization_id).prepare(
    `UPDATE ${table.name} SET wrapped_data_key = ?3, master_key_id = ?4 ` +
      'WHERE organization_id = ?1 AND id = ?2 AND wrapped_data_key = ?5',
    row.id,
    sealed.wrapped_key,
    sealed.key_id,
    row.wrapped_data_key,
  );

const envelopeOf = (row: SealedRow): Envelope => ({
  ciphertext: row.ciphertext,
  wrapped_key: row.wrapped_data_key,
  key_id: row.master_key_id,
});

const countOld = async (db: D1Database, table: SealedTable, current: string): Promise<number> => {
  const left = await migrated(db, () =>
    db
      .prepare(`SELECT count(*) AS rows FROM ${table.name} WHERE master_key_id <> ?1`)
      .bind(current)
      .first<{ rows: number }>(),
  );
  return left?.rows ?? 0;
};
