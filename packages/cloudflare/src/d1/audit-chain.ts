import type { AuditProblem, AuditProof } from '@sluice/contract';
import type { InferSelectModel } from 'drizzle-orm';
import { migrated } from './migrate.ts';
import type { audit, audit_chains } from './schema.ts';
import { createTenant, type Tenant } from './tenant.ts';

export type AuditRow = InferSelectModel<typeof audit>;
type Chain = Omit<InferSelectModel<typeof audit_chains>, 'organization_id'>;

const ROWS_PER_STATEMENT = 500;
const SEALED_MAX = 10_000;
const WALKED_MAX = 5_000;

const NO_CHAIN: Chain = {
  numbered: 0,
  sealed_sequence: 0,
  sealed_hash: '',
  anchor_sequence: 0,
  anchor_hash: '',
};

/**
 * What is hashed: a JSON list of the stored columns, in this order, ended by the hash of the entry before.
 * The numbers are given by the database, so the hashes follow from the rows alone: whoever seals comes to the same
 * ones, and the chain cannot fork.
 */
export async function hashEntry(row: AuditRow, previous_hash: string): Promise<string> {
  const { organization_id, sequence, id, at_ms, actor, action, target_type, target_id, before, after } = row;
  const text = JSON.stringify([
    organization_id,
    sequence,
    id,
    at_ms,
    actor,
    action,
    target_type,
    target_id,
    before,
    after,
    previous_hash,
  ]);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  let hex = '';
  for (const byte of new Uint8Array(digest)) hex += byte.toString(16).padStart(2, '0');
  return hex;
}

/** Hashes what came since the last time. Entries that are sealed already keep what they have. */
export async function sealAudit(db: D1Database, organization_id: string): Promise<void> {
  const tenant = createTenant(db, organization_id);
  for (let sealed = 0; sealed < SEALED_MAX; sealed += ROWS_PER_STATEMENT) {
    const [chain, rows] = await readFrom(db, tenant, null);
    const last = rows.at(-1);
    if (last === undefined) return;
    let hash = chain.sealed_hash;
    const hashes: [number, string, string][] = [];
    for (const row of rows) {
      const previous_hash = hash;
      // A row that has a hash before its turn was put there by somebody else; it shows when the chain is walked.
      hash = row.hash ?? (await hashEntry(row, previous_hash));
      hashes.push([row.sequence, previous_hash, hash]);
    }
    await db.batch([
      tenant.prepare(
        "UPDATE audit SET previous_hash = sealed.value ->> '$[1]', hash = sealed.value ->> '$[2]' " +
          'FROM json_each(?2) AS sealed WHERE audit.organization_id = ?1 ' +
          "AND audit.sequence = (sealed.value ->> '$[0]') AND audit.hash IS NULL",
        JSON.stringify(hashes),
      ),
      tenant.prepare(
        'UPDATE audit_chains SET sealed_sequence = ?3, sealed_hash = ?4 ' +
          'WHERE organization_id = ?1 AND sealed_sequence = ?2',
        chain.sealed_sequence,
        last.sequence,
        hash,
      ),
    ]);
    if (rows.length < ROWS_PER_STATEMENT) return;
  }
}

/** @param from_sequence `null` = what is not sealed yet. */
async function readFrom(
  db: D1Database,
  tenant: Tenant,
  from_sequence: number | null,
): Promise<[Chain, AuditRow[]]> {
  const [chains, rows] = await migrated(db, () =>
    db.batch([
      tenant.prepare('SELECT * FROM audit_chains WHERE organization_id = ?1'),
      tenant.prepare(
        'SELECT * FROM audit WHERE organization_id = ?1 AND sequence >= coalesce(?2, 1 + ' +
          '(SELECT sealed_sequence FROM audit_chains WHERE organization_id = ?1)) ' +
          `AND sequence > 0 ORDER BY sequence LIMIT ${ROWS_PER_STATEMENT}`,
        from_sequence,
      ),
    ]),
  );
  return [(chains?.results[0] as Chain | undefined) ?? NO_CHAIN, (rows?.results ?? []) as AuditRow[]];
}

/** Walks the chain, and says where it is not what was sealed. */
export async function verifyAudit(
  db: D1Database,
  organization_id: string,
  from_sequence: number,
): Promise<AuditProof> {
  await sealAudit(db, organization_id);
  const tenant = createTenant(db, organization_id);
  const [chain] = await readFrom(db, tenant, null);
  const first = chain.anchor_sequence + 1;
  let next = Math.max(from_sequence, first);
  let previous_hash: string | null = next === first ? chain.anchor_hash : await hashAt(tenant, next - 1);
  let checked = 0;
  const proof = (problem: AuditProblem | null, next_sequence: number | null): AuditProof => ({
    checked,
    problem,
    next_sequence,
    head: { sequence: chain.sealed_sequence, hash: chain.sealed_hash },
    anchor: { sequence: chain.anchor_sequence, hash: chain.anchor_hash },
  });
  if (previous_hash === null) return proof({ sequence: next - 1, kind: 'missing' }, null);

  while (next <= chain.sealed_sequence) {
    if (checked >= WALKED_MAX) return proof(null, next);
    const [, rows] = await readFrom(db, tenant, next);
    for (const row of rows) {
      if (row.sequence > chain.sealed_sequence) break;
      if (row.sequence !== next) return proof({ sequence: next, kind: 'missing' }, null);
      if (row.previous_hash !== previous_hash) return proof({ sequence: next, kind: 'unlinked' }, null);
      if (row.hash !== (await hashEntry(row, previous_hash)))
        return proof({ sequence: next, kind: 'changed' }, null);
      previous_hash = row.hash;
      next++;
      checked++;
    }
    if (rows.length < ROWS_PER_STATEMENT) break;
  }
  if (next <= chain.numbered) return proof({ sequence: next, kind: 'missing' }, null);
  if (previous_hash !== chain.sealed_hash)
    return proof({ sequence: chain.sealed_sequence, kind: 'unlinked' }, null);
  return proof(null, null);
}

async function hashAt(tenant: Tenant, sequence: number): Promise<string | null> {
  const row = await tenant
    .prepare('SELECT hash FROM audit WHERE organization_id = ?1 AND sequence = ?2', sequence)
    .first<{ hash: string | null }>();
  return row?.hash ?? null;
}

/**
 * Takes away what is older, from the beginning of the chain only, and remembers the last hash that went, so that the
 * rest can still be walked. @returns rows deleted.
 */
export async function forgetAudit(
  db: D1Database,
  organization_id: string,
  before_ms: number,
  rows_max: number,
): Promise<number> {
  await sealAudit(db, organization_id);
  const tenant = createTenant(db, organization_id);
  const last = await tenant
    .prepare(
      'SELECT sequence, hash FROM audit WHERE organization_id = ?1 AND hash IS NOT NULL AND sequence < coalesce(' +
        '(SELECT min(sequence) FROM audit WHERE organization_id = ?1 AND at_ms >= ?2), 9e15) ' +
        'AND sequence <= ?3 + (SELECT anchor_sequence FROM audit_chains WHERE organization_id = ?1) ' +
        'ORDER BY sequence DESC LIMIT 1',
      before_ms,
      rows_max,
    )
    .first<{ sequence: number; hash: string }>();
  if (last === null) return 0;
  const [, deleted] = await db.batch([
    tenant.prepare(
      'UPDATE audit_chains SET anchor_sequence = ?2, anchor_hash = ?3 ' +
        'WHERE organization_id = ?1 AND anchor_sequence < ?2',
      last.sequence,
      last.hash,
    ),
    tenant.prepare(
      'DELETE FROM audit WHERE organization_id = ?1 AND sequence > 0 AND sequence <= ?2',
      last.sequence,
    ),
  ]);
  return deleted?.meta.changes ?? 0;
}
