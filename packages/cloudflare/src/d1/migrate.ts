import { MIGRATIONS } from './migrations.ts';

/**
 * Runs a query; when D1 says that a table or column is not there, applies the bundled migrations and runs it once
 * more. A lone `wrangler deploy` leaves the database empty, and this way nobody has to know. A migrated database
 * pays nothing for it: no look-up before the query.
 */
export async function migrated<T>(db: D1Database, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isSchemaMissing(error)) throw error;
    await migrate(db);
    return await run();
  }
}

/** Applies what is missing and notes it in wrangler's own table, so that `wrangler d1 migrations` agrees. */
export async function migrate(db: D1Database): Promise<void> {
  await db.prepare(JOURNAL).run();
  for (const migration of MIGRATIONS) {
    if (await isApplied(db, migration.name)) continue;
    const statements = migration.sql.split('--> statement-breakpoint').map((sql) => db.prepare(sql.trim()));
    try {
      // The name is unique: of two isolates that migrate at once, one's whole batch is rolled back.
      await db.batch([
        db.prepare('INSERT INTO d1_migrations (name) VALUES (?1)').bind(migration.name),
        ...statements,
      ]);
    } catch (error) {
      if (!(await isApplied(db, migration.name))) throw error;
    }
  }
}

/** As wrangler 4.164 creates it (read in cloudflare/workers-sdk, 2026-11-21). */
const JOURNAL =
  'CREATE TABLE IF NOT EXISTS d1_migrations(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, ' +
  'applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)';

async function isApplied(db: D1Database, name: string): Promise<boolean> {
  const row = await db.prepare('SELECT 1 AS found FROM d1_migrations WHERE name = ?1').bind(name).first();
  return row !== null;
}

const isSchemaMissing = (error: unknown): boolean =>
  error instanceof Error && /no such (table|column)|has no column named/.test(error.message);
