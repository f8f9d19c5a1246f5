import { DurableObject } from 'cloudflare:workers';
import type { VectorMatch, VectorRow } from '@sluice/contract';
import { cosineOf, FlatIndex, quantize } from './flat-index.ts';

interface Row {
  n: number;
  context: string;
  expires_at_ms: number;
  slot: number;
}

/** In the 128 MB of an object: 19 MB of vectors of 384 dimensions, and what belongs to them. */
export const VECTORS_MAX = 50_000;
/** So many of the quantized best are compared exactly. */
const RERANKED = 24;
/** Quantized cosines are this far off at most; who may be above the floor is compared exactly. */
const SLACK = 0.02;
/** Less alike than this is not even a near miss. */
export const FLOOR = 0.8;
const SWEEP_MS = 10 * 60_000;
const PAGE = 2_000;

/**
 * The semantic index of one organization: exact and flat. Quantized vectors are in memory, read back page by page
 * after a rest; the exact ones and the words are on disk, read for the few that may be hits.
 */
export class VectorShelf extends DurableObject {
  now_ms: () => number = () => Date.now();
  #index: FlatIndex | null = null;
  /** By context: only rows of one context are ever compared. */
  readonly #contexts = new Map<string, Set<number>>();
  readonly #rows = new Map<number, Row>();
  readonly #free: number[] = [];

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    ctx.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS vectors (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, organization_id TEXT NOT NULL, ' +
        'context TEXT NOT NULL, fingerprint TEXT NOT NULL, text TEXT NOT NULL, expires_at_ms INTEGER NOT NULL, ' +
        'quantized BLOB NOT NULL, vector BLOB NOT NULL)',
    );
  }

  async put(row: VectorRow, vector: Float32Array): Promise<void> {
    const index = this.#load(vector.length);
    const quantized = quantize(vector);
    const { id, organization_id, context, fingerprint, text, expires_at_ms } = row;
    const { n } = this.ctx.storage.sql
      .exec<{ n: number }>(
        'INSERT INTO vectors (id, organization_id, context, fingerprint, text, expires_at_ms, quantized, vector) ' +
          'VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING n',
        id,
        organization_id,
        context,
        fingerprint,
        text,
        expires_at_ms,
        quantized.slice().buffer,
        vector.slice().buffer,
      )
      .one();
    this.#place({ n, context, expires_at_ms }, quantized, index);
    if (this.#rows.size > VECTORS_MAX) this.#removeOldest();
    if ((await this.ctx.storage.getAlarm()) === null)
      await this.ctx.storage.setAlarm(this.now_ms() + SWEEP_MS);
  }

  async search(context: string, vector: Float32Array, count: number): Promise<VectorMatch[]> {
    const index = this.#load(vector.length);
    const slots = this.#contexts.get(context);
    if (slots === undefined || index.dimensions !== vector.length) return [];
    const found = index.search(quantize(vector), slots, Math.max(count, RERANKED), FLOOR - SLACK);
    const now_ms = this.now_ms();
    const matches: VectorMatch[] = [];
    for (const { slot } of found) {
      const [row] = this.ctx.storage.sql
        .exec<{ [name: string]: ArrayBuffer | string | number }>(
          'SELECT id, organization_id, context, fingerprint, text, expires_at_ms, vector FROM vectors WHERE n = ?',
          this.#numberAt(slot),
        )
        .toArray();
      if (row === undefined) continue;
      const { vector: exact, ...rest } = row;
      const match = rest as unknown as VectorRow;
      if (match.expires_at_ms <= now_ms || match.context !== context) continue;
      const similarity = cosineOf(vector, new Float32Array(exact as ArrayBuffer));
      if (similarity >= FLOOR) matches.push({ ...match, similarity });
    }
    return matches.sort((one, other) => other.similarity - one.similarity).slice(0, count);
  }

  async count(): Promise<number> {
    return this.ctx.storage.sql.exec<{ n: number }>('SELECT count(*) AS n FROM vectors').one().n;
  }

  async clear(): Promise<void> {
    this.ctx.storage.sql.exec('DELETE FROM vectors');
    this.#index = null;
    this.#contexts.clear();
    this.#rows.clear();
    this.#slots.clear();
    this.#free.length = 0;
  }

  /** Runs late or twice without harm: what has expired is not found in any case. */
  override async alarm(): Promise<void> {
    const now_ms = this.now_ms();
    for (const row of [...this.#rows.values()]) if (row.expires_at_ms <= now_ms) this.#unplace(row);
    this.ctx.storage.sql.exec('DELETE FROM vectors WHERE expires_at_ms <= ?', now_ms);
    if ((await this.count()) > 0) await this.ctx.storage.setAlarm(now_ms + SWEEP_MS);
  }

  readonly #slots = new Map<number, number>();
  #numberAt(slot: number): number {
    return this.#slots.get(slot) ?? -1;
  }

  #place(row: Omit<Row, 'slot'>, quantized: Int8Array, index: FlatIndex): void {
    const free = this.#free.pop();
    const slot = free ?? index.add(quantized);
    if (free !== undefined) index.replace(free, quantized);
    this.#rows.set(row.n, { ...row, slot });
    this.#slots.set(slot, row.n);
    const slots = this.#contexts.get(row.context);
    if (slots === undefined) this.#contexts.set(row.context, new Set([slot]));
    else slots.add(slot);
  }

  #unplace({ n, slot, context }: Row): void {
    this.#rows.delete(n);
    this.#slots.delete(slot);
    this.#free.push(slot);
    const slots = this.#contexts.get(context);
    slots?.delete(slot);
    if (slots?.size === 0) this.#contexts.delete(context);
  }

  #removeOldest(): void {
    const oldest = this.#rows.values().next().value;
    if (oldest === undefined) return;
    this.#unplace(oldest);
    this.ctx.storage.sql.exec('DELETE FROM vectors WHERE n = ?', oldest.n);
  }

  /** Vectors of another length are of another embedder: they cannot be compared, and are forgotten. */
  #load(dimensions: number): FlatIndex {
    if (this.#index !== null && this.#index.dimensions === dimensions) return this.#index;
    const index = new FlatIndex(dimensions);
    this.#index = index;
    this.#contexts.clear();
    this.#rows.clear();
    this.#slots.clear();
    this.#free.length = 0;
    const { sql } = this.ctx.storage;
    sql.exec(
      'DELETE FROM vectors WHERE length(quantized) != ? OR expires_at_ms <= ?',
      dimensions,
      this.now_ms(),
    );
    for (let after = 0; ; ) {
      const rows = sql
        .exec<{ n: number; context: string; expires_at_ms: number; quantized: ArrayBuffer }>(
          'SELECT n, context, expires_at_ms, quantized FROM vectors WHERE n > ? ORDER BY n LIMIT ?',
          after,
          PAGE,
        )
        .toArray();
      for (const { quantized, ...row } of rows) this.#place(row, new Int8Array(quantized), index);
      const last = rows.at(-1);
      if (last === undefined) return index;
      after = last.n;
    }
  }
}
