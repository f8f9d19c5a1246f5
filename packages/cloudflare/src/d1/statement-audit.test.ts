import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Env } from '../env.ts';
import { cleanUp } from '../queue/clean-up.ts';
import { audit } from './audit-statements-fixture.ts';
import { createKeyStore } from './keys.ts';
import { migrate } from './migrate.ts';
import { EXCEPTIONS, findFault, TENANT_TABLES } from './statement-audit-fixture.ts';
import { createTenant } from './tenant.ts';

const { DB } = env as unknown as Env;

describe('the audit of statements', () => {
  it('knows every table of the database that has an organization', async () => {
    await reset();
    await migrate(DB);
    const { results } = await DB.prepare(
      "SELECT m.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table' AND c.name = 'organization_id'",
    ).all<{ name: string }>();
    expect(results.map(({ name }) => name).filter((name) => !TENANT_TABLES.includes(name))).toEqual([]);
    expect(results.length).toBeGreaterThan(20);
  });

  it.each(TENANT_TABLES.map((table) => [table]))('names whatever forgets the organization: %s', (table) => {
    for (const sql of [
      `SELECT * FROM ${table} WHERE id = ?1`,
      `DELETE FROM ${table}`,
      `UPDATE ${table} SET id = ?1`,
      `INSERT INTO ${table} (id) VALUES (?1)`,
      `SELECT 1 FROM organizations JOIN ${table} ON 1`,
      `SELECT organization_id FROM ${table} WHERE id = ?1`,
    ])
      expect(findFault(sql)).toBe(`no organization in: ${sql}`);
    expect(findFault(`SELECT * FROM ${table} WHERE organization_id = ?1 AND id = ?2`)).toBeNull();
  });

  it('sees what the product prepares, and not what a test does', async () => {
    await reset();
    await migrate(DB);
    const before = audit.statements;
    await DB.prepare('SELECT count(*) FROM keys').first();
    expect(audit.statements).toBe(before);
    await createKeyStore(DB).find('org_a', 'keyAAAAAAAAA');
    await cleanUp(DB, Date.now());
    expect(audit.statements).toBeGreaterThan(before + 1);
    expect(() => createTenant(DB, 'org_a').prepare('SELECT * FROM keys')).toThrow('organization_id');
  });

  it('makes few exceptions, each with a reason', () => {
    expect(EXCEPTIONS).toHaveLength(6);
    for (const { because } of EXCEPTIONS) expect(because.length).toBeGreaterThan(40);
  });
});
