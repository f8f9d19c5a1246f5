import { DurableObject } from 'cloudflare:workers';

/** An answer at rest, as the object keeps it: it never looks inside. */
export interface ShelvedAnswer {
  json: string;
  expires_at_ms: number;
}

/** Rows above this are not kept: an object's row holds 2 MB. */
export const SHELVED_CHARS_MAX = 900_000;
/** Rows of one shelf; the oldest go first. Sixteen shelves of an organization hold 160,000 answers. */
const ROWS_MAX = 10_000;
const SWEEP_MS = 10 * 60_000;

/**
 * One sixteenth of an organization's exact cache, under `organization/shard`: read-your-writes for every isolate, and
 * nothing of two organizations is ever in one object.
 */
export class CacheShelf extends DurableObject {
  now_ms: () => number = () => Date.now();
  #sweep_planned = false;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    ctx.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS answers (fingerprint TEXT PRIMARY KEY, expires_at_ms INTEGER NOT NULL, json TEXT NOT NULL)',
    );
    ctx.storage.sql.exec('CREATE INDEX IF NOT EXISTS answers_by_expiry ON answers (expires_at_ms)');
  }

  async find(fingerprint: string): Promise<string | null> {
    const [row] = this.ctx.storage.sql
      .exec<{ json: string; expires_at_ms: number }>(
        'SELECT json, expires_at_ms FROM answers WHERE fingerprint = ?',
        fingerprint,
      )
      .toArray();
    return row === undefined || row.expires_at_ms <= this.now_ms() ? null : row.json;
  }

  async store(fingerprint: string, { json, expires_at_ms }: ShelvedAnswer): Promise<void> {
    const { sql } = this.ctx.storage;
    sql.exec(
      'INSERT OR REPLACE INTO answers (fingerprint, expires_at_ms, json) VALUES (?, ?, ?)',
      fingerprint,
      expires_at_ms,
      json,
    );
    await this.#planSweep();
  }

  async remove(fingerprint: string): Promise<void> {
    this.ctx.storage.sql.exec('DELETE FROM answers WHERE fingerprint = ?', fingerprint);
  }

  /** @returns how many there were. */
  async clear(): Promise<number> {
    return this.ctx.storage.sql.exec('DELETE FROM answers').rowsWritten;
  }

  async count(): Promise<number> {
    const { n } = this.ctx.storage.sql.exec<{ n: number }>('SELECT count(*) AS n FROM answers').one();
    return n;
  }

  /** Runs late or twice without harm: what has expired is not served in any case. */
  override async alarm(): Promise<void> {
    this.#sweep_planned = false;
    const { sql } = this.ctx.storage;
    sql.exec('DELETE FROM answers WHERE expires_at_ms <= ?', this.now_ms());
    sql.exec(
      'DELETE FROM answers WHERE fingerprint IN (SELECT fingerprint FROM answers ORDER BY expires_at_ms DESC LIMIT -1 OFFSET ?)',
      ROWS_MAX,
    );
    if ((await this.count()) > 0) await this.#planSweep();
  }

  async #planSweep(): Promise<void> {
    if (this.#sweep_planned) return;
    this.#sweep_planned = true;
    if ((await this.ctx.storage.getAlarm()) === null)
      await this.ctx.storage.setAlarm(this.now_ms() + SWEEP_MS);
  }
}
