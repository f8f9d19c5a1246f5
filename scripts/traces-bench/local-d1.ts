import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

/** A statement that was run: its text, what it took, and how SQLite went about it. */
export interface Ran {
  sql: string;
  ms: number;
  plan: string[];
}

export interface LocalD1 {
  db: D1Database;
  sqlite: DatabaseSync;
  /** Everything that was run since it was last emptied. */
  ran: Ran[];
}

/** As much of D1 as reading needs, over SQLite in this process: the same SQL, without network and Worker. */
export function createLocalD1(file: string): LocalD1 {
  const sqlite = new DatabaseSync(file);
  const ran: Ran[] = [];
  const prepare = (sql: string, values: SQLInputValue[] = []) => {
    const all = () => {
      const explained = sqlite.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
      const begun_ms = performance.now();
      const results = sqlite.prepare(sql).all(...values);
      ran.push({
        sql,
        ms: performance.now() - begun_ms,
        plan: explained.map((row) => String(row['detail'])),
      });
      return results;
    };
    return {
      bind: (...bound: SQLInputValue[]) => prepare(sql, bound),
      all: async () => ({ results: all() }),
      first: async () => all()[0] ?? null,
    };
  };
  return { db: { prepare } as unknown as D1Database, sqlite, ran };
}
