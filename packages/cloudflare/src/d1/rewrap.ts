import type { RewrapPage } from '@sluice/contract';
import { type Envelope, rewrap, type SecretPlace } from '../crypto/envelope.ts';
import type { Keyring } from '../crypto/keyring.ts';
import { placeOf } from './connection-rows.ts';
import { placeOfGuardSecret } from './guard-secrets.ts';
import { migrated } from './migrate.ts';
import { placeOfExporter } from './telemetry-rows.ts';
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
  name: 'connections' | 'guard_secrets' | 'webhooks' | 'telemetry_exporters';
  purpose: 'connections' | 'guards' | 'webhooks' | 'telemetry';
  /** What a row is called in the log. */
  row: 'connection' | 'guard_secret' | 'webhook' | 'telemetry_exporter';
  /** A cursor that is before every id of the table, and after every id of the table before it. */
  begins: string;
  ciphertext: 'credential_ciphertext' | 'secret_ciphertext' | 'secrets_ciphertext' | 'headers_ciphertext';
  placeOf: (row: SealedRow) => SecretPlace;
}

/** In the order of their ids: `conn_…` and those from before it had a prefix, `gsec_…`, `hook_…`, `otel_…`. */
const TABLES: readonly [SealedTable, ...SealedTable[]] = [
  {
    name: 'connections',
    purpose: 'connections',
    row: 'connection',
    begins: '',
    ciphertext: 'credential_ciphertext',
    placeOf,
  },
  {
    name: 'guard_secrets',
    purpose: 'guards',
    row: 'guard_secret',
    begins: 'gsec',
    ciphertext: 'secret_ciphertext',
    placeOf: placeOfGuardSecret,
  },
  {
    name: 'webhooks',
    purpose: 'webhooks',
    row: 'webhook',
    begins: 'hook',
    ciphertext: 'secrets_ciphertext',
    placeOf: placeOfWebhook,
  },
  {
    name: 'telemetry_exporters',
    purpose: 'telemetry',
    row: 'telemetry_exporter',
    begins: 'otel',
    ciphertext: 'headers_ciphertext',
    placeOf: placeOfExporter,
  },
];

/** One table after the other: one walk for everything that the deployment's keys wrap. */
export async function rewrapAll(
  db: D1Database,
  keyringOf: (purpose: SealedTable['purpose']) => Keyring,
  limit: number,
  after: string | null,
): Promise<RewrapPage> {
  const at = TABLES.findLastIndex(({ begins }) => (after ?? '').startsWith(begins));
  const table = TABLES[at] ?? TABLES[0];
  const page = await rewrapPage(db, keyringOf(table.purpose), table, limit, after);
  let { remaining, next } = page;
  for (const [other_at, other] of TABLES.entries()) {
    if (other === table) continue;
    const left = await countOld(db, other, page.current_key_id);
    remaining += left;
    if (other_at > at && left > 0) next ??= other.begins;
  }
  return { ...page, remaining, next };
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
          event: `${table.row}_unreadable`,
          [`${table.row}_id`]: row.id,
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
