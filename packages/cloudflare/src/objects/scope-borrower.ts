import type { KeyLedgerState } from '@sluice/core/limits/key-ledger-state';
import {
  applyScopeAnswer,
  forgetReport,
  giveBack,
  makeScopeAsk,
  makeScopeReport,
} from '@sluice/core/limits/scope-holder';
import type { Shortage } from '@sluice/core/limits/scope-lease';
import type { ScopeAnswer, ScopeAsk } from '@sluice/core/limits/scope-message';
import { within } from '@sluice/core/limits/within';

/** The calls of `ScopeLedger` that a key's ledger makes. */
export interface ScopeStub {
  exchange(ask: ScopeAsk): Promise<ScopeAnswer>;
}

export interface ScopeBorrowerOptions {
  stubOf: (name: string) => ScopeStub;
  now_ms: () => number;
  /** Makes durable what must be before a message leaves, and whatever else follows a change. */
  finish: (state: KeyLedgerState) => void;
  /** Keeps a report at work that nobody waits for. */
  after: (work: Promise<void>) => void;
}

export interface ScopeBorrower {
  /**
   * Asks the shared budget for what a request misses; those that wait for the same one share a call.
   * @throws Error when it does not answer in time.
   */
  bring(state: KeyLedgerState, short: Shortage, config_version: number): Promise<void>;
  /** Tells shared budgets what they are to know now. */
  tellDue(state: KeyLedgerState): void;
}

/** One call for each shared budget at a time, and those that wait for the next one. */
interface Line {
  current: Promise<void> | null;
  next: Promise<void> | null;
  short: Shortage[];
  config_version: number;
}

/** Reports under way at once; the runtime allows an event 1,000 calls. */
const LINES_MAX = 100;
/** Shorter than what isolates wait for the key's ledger, longer than shared budgets wait for others. */
const DEADLINE_MS = 1_200;
const LATE = `A shared budget did not answer within ${DEADLINE_MS} ms.`;

/** The side of a key's ledger that talks to the ledgers of shared budgets. */
export function createScopeBorrower(options: ScopeBorrowerOptions): ScopeBorrower {
  const { stubOf, now_ms, finish, after } = options;
  const lines = new Map<string, Line>();

  async function exchange(state: KeyLedgerState, name: string, ask: ScopeAsk): Promise<void> {
    finish(state);
    try {
      const answer = await within(DEADLINE_MS, stubOf(name).exchange(ask), LATE);
      applyScopeAnswer(state, name, answer, now_ms());
    } catch (error) {
      forgetReport(state, name);
      throw error;
    }
  }

  function leave(state: KeyLedgerState, name: string, line: Line): void {
    line.current = null;
    if (line.next === null) lines.delete(name);
    finish(state);
  }

  async function askNext(state: KeyLedgerState, name: string, line: Line): Promise<void> {
    const { short, config_version } = line;
    line.current = line.next;
    line.next = null;
    line.short = [];
    try {
      await exchange(state, name, makeScopeAsk(state, name, short, config_version, now_ms()));
    } finally {
      leave(state, name, line);
    }
  }

  function requireLine(name: string): Line {
    const known = lines.get(name);
    if (known !== undefined) return known;
    const line: Line = { current: null, next: null, short: [], config_version: 0 };
    lines.set(name, line);
    return line;
  }

  async function report(state: KeyLedgerState, name: string, line: Line): Promise<void> {
    if (state.leases.get(name)?.tight === true) giveBack(state, name);
    try {
      await exchange(state, name, makeScopeReport(state, name, now_ms()));
    } catch {
      // Told again by the next look at all leases.
    } finally {
      leave(state, name, line);
    }
  }

  return {
    bring(state, short, config_version) {
      const line = requireLine(short.name);
      line.short.push(short);
      line.config_version = Math.max(line.config_version, config_version);
      if (line.next === null) {
        const run = (): Promise<void> => askNext(state, short.name, line);
        line.next = (line.current ?? Promise.resolve()).then(run, run);
      }
      return line.next;
    },
    tellDue(state) {
      for (const name of [...state.leases_due]) {
        if (lines.has(name)) continue;
        if (lines.size >= LINES_MAX) return;
        const line = requireLine(name);
        line.current = report(state, name, line);
        after(line.current);
      }
    },
  };
}
