import type { TokenRef } from '@sluice/contract';
import { createTokenUsage, type TokenUsage } from '@sluice/core/limits/token-limits';

/** `token/EXPIRY/ID`, so that a listing finds what has ended first. */
const PREFIX = 'token/';
const EXPIRY_DIGITS = 14;
/** The last settlements of a token come after it has ended. */
const KEPT_MS = 3_600_000;
/** Each new token takes away as many that have ended: a few more than come. */
const SWEPT = 16;
const IN_MEMORY = 1_000;

/** Usage of a key's browser tokens: rows of their own, so that ten thousand of them weigh nothing in the snapshot. */
export interface TokenShelf {
  load(token: TokenRef, now_ms: number): TokenUsage;
  /** `null` = no request of it was ever admitted, or it ended long ago. */
  find(token: TokenRef): TokenUsage | null;
  /** The output gate holds the answer back until it is on disk. */
  save(token: TokenRef, usage: TokenUsage): void;
}

export function createTokenShelf(kv: SyncKvStorage): TokenShelf {
  const shelved = new Map<string, TokenUsage>();

  function keep(row: string, usage: TokenUsage): TokenUsage {
    if (shelved.size >= IN_MEMORY) {
      const [oldest] = shelved.keys();
      if (oldest !== undefined) shelved.delete(oldest);
    }
    shelved.set(row, usage);
    return usage;
  }

  function find(token: TokenRef): TokenUsage | null {
    const row = rowOf(token);
    const known = shelved.get(row);
    if (known !== undefined) return known;
    const stored = kv.get<TokenUsage>(row);
    return stored === undefined ? null : keep(row, stored);
  }

  function sweep(now_ms: number): void {
    const ended = kv.list({ prefix: PREFIX, end: PREFIX + expiryOf(now_ms - KEPT_MS), limit: SWEPT });
    for (const row of [...ended].map(([name]) => name)) kv.delete(row);
  }

  return {
    find,
    load(token, now_ms) {
      const known = find(token);
      if (known !== null) return known;
      sweep(now_ms);
      return keep(rowOf(token), createTokenUsage(now_ms));
    },
    save(token, usage) {
      kv.put(rowOf(token), usage);
    },
  };
}

const expiryOf = (ms: number): string => String(Math.max(0, ms)).padStart(EXPIRY_DIGITS, '0');
const rowOf = ({ token_id, expires_at_ms }: TokenRef): string =>
  `${PREFIX}${expiryOf(expires_at_ms)}/${token_id}`;
