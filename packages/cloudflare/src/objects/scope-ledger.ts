import { DurableObject } from 'cloudflare:workers';
import type { GatewayEvent, ScopePolicy, ScopeUsage } from '@sluice/contract';
import { noticeScopeThresholds } from '@sluice/core/limits/scope-alerts';
import { answerAgain, answerScope, leftIn } from '@sluice/core/limits/scope-grant';
import {
  applyScopePolicy,
  createScopeLedger,
  type Holder,
  rollScopeWindows,
  type ScopeLedgerState,
  viewScope,
} from '@sluice/core/limits/scope-ledger-state';
import type { ScopeAnswer, ScopeAsk, ScopeStatement } from '@sluice/core/limits/scope-message';
import { applyStatement, dropHolders, findLenders, findSilent } from '@sluice/core/limits/scope-report';
import { withinOrNull } from '@sluice/core/limits/within';
import { loadScopePolicy } from '../d1/scope-policy.ts';
import { createEventPort } from '../queue/event-port.ts';

export type ScopePolicySource = (name: string) => Promise<ScopePolicy | null>;

/** The call of `KeyLedger` that a shared budget makes. */
export interface LenderStub {
  recall(name: string, give: boolean): Promise<ScopeStatement | null>;
}

interface ScopeLedgerEnv {
  DB: D1Database;
  KEY_LEDGER: DurableObjectNamespace;
  EVENTS?: Queue;
}

/** Under `scope`: all but the holders, which are each under `holder:KEY`. Nothing is stored where no budget is set. */
const SCOPE = 'scope';
const HOLDER = 'holder:';
/** A key's ledger that is away is not waited for: what it has stays counted. */
const RECALL_MS = 300;
const RECALLS_AT_ONCE = 100;
/** Whoever has a lease speaks far more often, unless it died. */
const SILENT_MS = 60_000;

/**
 * A budget that keys share, of one subject, under the name that `renderScopeName` makes: lends parts of what is left to
 * the ledgers of keys. A thin shell around `core/limits`: every answer waits for the disk, so that what was lent is
 * never forgotten.
 */
export class ScopeLedger extends DurableObject<ScopeLedgerEnv> {
  /** Properties, and so out of reach for callers, so that tests can replace them. */
  now_ms: () => number = () => Date.now();
  source: ScopePolicySource = (name) => loadScopePolicy(this.env, name);
  emit: ((events: GatewayEvent[]) => Promise<void>) | null;
  /** For tests of what an admission costs. */
  exchanges = 0;
  readonly #state: ScopeLedgerState;
  #loaded = false;
  #loading: Promise<void> | null = null;
  #round: Promise<void> | null = null;
  #alarm = false;
  #telling = false;
  #stored: boolean;

  constructor(ctx: DurableObjectState, env: ScopeLedgerEnv) {
    super(ctx, env);
    this.emit = env.EVENTS === undefined ? null : createEventPort(env.EVENTS).emit;
    const stored = ctx.storage.kv.get<Omit<ScopeLedgerState, 'holders'>>(SCOPE);
    this.#state = { ...createScopeLedger(), ...stored };
    this.#loaded = stored !== undefined;
    this.#stored = this.#loaded;
    for (const [, holder] of ctx.storage.kv.list<Holder>({ prefix: HOLDER }))
      this.#state.holders.set(holder.key_id, holder);
  }

  async exchange(ask: ScopeAsk): Promise<ScopeAnswer> {
    this.exchanges++;
    if (!this.#loaded || ask.config_version > this.#state.version) await this.#load(ask.config_version);
    const state = this.#state;
    const { key_id } = ask.statement;
    const answer = answerScope(state, ask, false, this.now_ms());
    this.#finish([key_id]);
    if (answer !== null) return answer;
    // Somebody else's round may have begun before the last parts became free: it saves one, it does not replace one.
    if (this.#round !== null) {
      await this.#round;
      const again = this.#answerAgain(ask, false);
      if (again !== null) return again;
    }
    await this.#callBack(key_id);
    return (
      this.#answerAgain(ask, true) ?? {
        version: state.version,
        stale: null,
        gone: [],
        report_at: null,
        grant: null,
      }
    );
  }

  #answerAgain(ask: ScopeAsk, final: boolean): ScopeAnswer | null {
    const answer = answerAgain(this.#state, ask, [], final, this.now_ms());
    this.#finish([ask.statement.key_id]);
    return answer;
  }

  /** As it stands now, as far as the ledgers of keys can be reached. */
  async usage(config_version = 0): Promise<ScopeUsage | null> {
    if (!this.#loaded || config_version > this.#state.version) await this.#load(config_version);
    if (this.#state.policy === null) return null;
    await this.#hear(findLenders(this.#state, null), false);
    return viewScope(this.#state, this.now_ms());
  }

  /** Reads the budgets again; where a limit is now below what is lent, parts are called back. */
  async refresh(): Promise<void> {
    if (!this.#loaded && this.#state.holders.size === 0) return;
    await this.#load(0);
    this.#finish([]);
    if (leftIn(this.#state) < 0) await this.#callBack(null);
  }

  /** Asks who has been silent, so that nothing stays lent to the dead. Runs late or twice without harm. */
  override async alarm(): Promise<void> {
    this.#alarm = false;
    const state = this.#state;
    const since_ms = this.now_ms() - SILENT_MS;
    await this.#hear(findSilent(state, since_ms), true);
    for (const key_id of dropHolders(state, since_ms)) this.ctx.storage.kv.delete(HOLDER + key_id);
    rollScopeWindows(state, this.now_ms());
    this.#finish([]);
  }

  #callBack(except: string | null): Promise<void> {
    const round = this.#hear(findLenders(this.#state, except), true).finally(() => {
      if (this.#round === round) this.#round = null;
    });
    this.#round = round;
    return round;
  }

  /** What comes too late is still taken. */
  async #hear(key_ids: string[], give: boolean): Promise<void> {
    const until_ms = Date.now() + RECALL_MS;
    for (let from = 0; from < key_ids.length && Date.now() < until_ms; from += RECALLS_AT_ONCE) {
      const calls = key_ids.slice(from, from + RECALLS_AT_ONCE).map((key_id) => this.#hearOne(key_id, give));
      await withinOrNull(until_ms - Date.now(), Promise.all(calls));
    }
  }

  async #hearOne(key_id: string, give: boolean): Promise<void> {
    const { name } = this.ctx.id;
    if (name === undefined) return;
    try {
      const stub = this.env.KEY_LEDGER.getByName(key_id) as unknown as LenderStub;
      const statement = await stub.recall(name, give);
      if (statement === null) return;
      rollScopeWindows(this.#state, this.now_ms());
      applyStatement(this.#state, statement, this.now_ms());
      noticeScopeThresholds(this.#state, this.now_ms());
      this.#finish([key_id]);
    } catch {
      // Away: what it has stays counted.
    }
  }

  /** What every event ends with, before its answer leaves: the output gate holds it back until this is on disk. */
  #finish(key_ids: readonly string[]): void {
    const state = this.#state;
    for (const key_id of key_ids) {
      const holder = state.holders.get(key_id);
      if (holder === undefined) continue;
      if (state.policy === null && holder.leases.length === 0) {
        state.holders.delete(key_id);
        this.ctx.storage.kv.delete(HOLDER + key_id);
      } else this.ctx.storage.kv.put(HOLDER + key_id, holder);
    }
    if (this.emit === null) state.events = [];
    if (state.policy !== null || state.holders.size > 0) {
      this.#write();
    } else if (this.#stored) {
      this.ctx.storage.kv.delete(SCOPE);
      this.#stored = false;
    }
    if (state.events.length > 0) this.ctx.waitUntil(this.#tell());
    if (this.#alarm || (state.holders.size === 0 && state.events.length === 0)) return;
    this.#alarm = true;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(Date.now() + SILENT_MS, { allowUnconfirmed: true }));
  }

  #write(): void {
    const { holders: _, ...kept } = this.#state;
    this.ctx.storage.kv.put(SCOPE, kept);
    this.#stored = true;
  }

  /** At least once: what could not be told is told by the next event or the alarm. */
  async #tell(): Promise<void> {
    const { emit } = this;
    if (this.#telling || emit === null) return;
    this.#telling = true;
    const events = [...this.#state.events];
    try {
      await emit(events);
      this.#state.events = this.#state.events.filter((event) => !events.includes(event));
      this.#write();
    } catch (error) {
      console.error(JSON.stringify({ event: 'budget_events_not_sent', error: String(error) }));
    } finally {
      this.#telling = false;
    }
  }

  /** @throws whatever the source throws: then nothing is lent. */
  #load(config_version: number): Promise<void> {
    this.#loading ??= this.#read(config_version).finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #read(config_version: number): Promise<void> {
    const { name } = this.ctx.id;
    if (name === undefined) throw new Error('A scope ledger must be called by the name of its scope.');
    const policy = await this.source(name);
    const version = Math.max(policy?.version ?? this.#state.version, config_version);
    applyScopePolicy(this.#state, policy, version, this.now_ms());
    this.#loaded = true;
  }
}
