import type { Residency } from '@sluice/contract';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';

/**
 * Where what is told of an organization, and of a key of it, must stay: what both say holds, as it is now.
 * @param payloads as endpoints get them; a key is named in `data.key_id`.
 * @returns for each payload, all that holds for it; empty = it may go anywhere.
 */
export async function findEventResidency(
  db: D1Database,
  organization_id: string,
  payloads: readonly string[],
): Promise<Residency[][]> {
  const key_ids = payloads.map(keyIdOf);
  const named = [...new Set(key_ids.filter((key_id) => key_id !== null))];
  const tenant = createTenant(db, organization_id);
  const { results } = await migrated(db, () =>
    tenant
      .prepare(
        "SELECT '' AS key_id, settings ->> 'residency' AS residency FROM organizations WHERE id = ?1 " +
          "UNION ALL SELECT key_id, settings ->> 'residency' FROM keys " +
          'WHERE organization_id = ?1 AND key_id IN (SELECT value FROM json_each(?2))',
        JSON.stringify(named),
      )
      .all<{ key_id: string; residency: Residency | null }>(),
  );
  const said = new Map(results.map(({ key_id, residency }) => [key_id, residency]));
  return key_ids.map((key_id) =>
    [said.get(''), key_id === null ? null : said.get(key_id)].filter((one) => one != null),
  );
}

function keyIdOf(payload: string): string | null {
  const { data } = JSON.parse(payload) as { data?: { key_id?: unknown } };
  return typeof data?.key_id === 'string' ? data.key_id : null;
}
