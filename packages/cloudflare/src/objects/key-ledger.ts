import { DurableObject } from 'cloudflare:workers';
import type { AdmitAnswer, AdmitAsk, GatewayEvent, KeyPolicy, KeyUsage, TokenLimits } from '@sluice/contract';
import { admit } from '@sluice/core/limits/admit';
import { applyPolicy, createKeyLedger, type KeyLedgerState } from '@sluice/core/limits/key-ledger-state';
import { returnLease } from '@sluice/core/limits/lease';
import { noticeKeyExceeded, noticeKeyQuota, noticeKeyThresholds } from '@sluice/core/limits/scope-alerts';
import { giveBack, makeStatement, REPORT_MS, tendLeases } from '@sluice/core/limits/scope-holder';
import { findShortages } from '@sluice/core/limits/scope-lease';
import type { ScopeStatement } from '@sluice/core/limits/scope-message';
import { type EpochSettlement, settle, sweep } from '@sluice/core/limits/settle';
import {
  keyScopeOf,
  parseLedgerName,
  shardPolicy,
  wholePolicy,
  withKeyScope,
} from '@sluice/core/limits/shards';
import {
  confirmSnapshot,
  type LedgerSnapshot,
  loadSnapshot,
  needsSnapshot,
  takeSnapshot,
} from '@sluice/core/limits/snapshot';
import { admitOfToken, settleToken } from '@sluice/core/limits/token-limits';
import { viewUsage } from '@sluice/core/limits/usage';
import { loadPolicy } from '../d1/keys.ts';
import { createEventPort } from '../queue/event-port.ts';
import {
  type AnswerWire,
  type AskWire,
  type LedgerAnswer,
  packAnswer,
  type SettlementWire,
  unpackAsk,
  unpackSettlement,
} from './ledger-wire.ts';
import { createRecordShelf } from './record-shelf.ts';
import { createScopeBorrower, type ScopeStub } from './scope-borrower.ts';
import { createShardPeers, type KeyScopeStub } from './shard-peers.ts';
import { createTokenShelf, type TokenShelf } from './token-shelf.ts';
import { createWaitingLine } from './waiting-line.ts';

export type PolicySource = (key_id: string) => Promise<KeyPolicy | null>;

/** Under `ledger`: the `LedgerSnapshot`. Nothing else is stored, and nothing at all for an unknown key. */
const LEDGER = 'ledger';
const FLUSH_MS = 1_000;
const RECORD_WAIT_MS_MAX = 10_000;
/** What others take in between may make a request ask again, but not for ever. */
const ROUNDS_MAX = 5;
const WAIT_MS_MAX = 60_000;
/** Money that other keys gave back is noticed by asking again. */
const ASK_AGAIN_MS = 250;
/** Wakes an evicted ledger that has parts of shared budgets. */
const LEASE_ALARM_MS = 15_000;

interface KeyLedgerEnv {
  DB: D1Database;
  KEY_LEDGER?: DurableObjectNamespace;
  SCOPE_LEDGER?: DurableObjectNamespace;
  EVENTS?: Queue;
}

/**
 * Limits and money of one virtual key, under its `key_id`: exact, because one thread holds them and no reducer
 * awaits. A thin shell around `core/limits`: memory is the truth while the object lives; the disk has a snapshot
 * with a reserve, so that a crash can only make the key look poorer (docs/storage.md).
 */
export class KeyLedger extends DurableObject<KeyLedgerEnv> {
  /** The only clock; properties, and so out of reach for callers, so that tests can replace them. */
  now_ms: () => number = () => Date.now();
  source: PolicySource = (key_id) => loadPolicy(this.env, key_id);
  /** Snapshots written since the start, for tests of what an admission costs. */
  writes = 0;
  #state: KeyLedgerState | null;
  #loading: Promise<KeyLedgerState | null> | null = null;
  #timer = false;
  #alarm = false;
  #tending = false;
  #telling = false;
  emit: ((events: GatewayEvent[]) => Promise<void>) | null;
  readonly #records = createRecordShelf();
  readonly #tokens: TokenShelf;
  readonly #line = createWaitingLine();
  readonly #peers = createShardPeers(
    () => this.#name(),
    this.env.KEY_LEDGER,
    (name) => this.#scopeOf(name),
  );
  readonly #borrower = createScopeBorrower({
    stubOf: (name) => this.#scopeOf(name),
    now_ms: () => this.now_ms(),
    finish: (state) => this.#finish(state),
    after: (work) => this.ctx.waitUntil(work),
  });

  constructor(ctx: DurableObjectState, env: KeyLedgerEnv) {
    super(ctx, env);
    this.#tokens = createTokenShelf(ctx.storage.kv);
    this.emit = env.EVENTS === undefined ? null : createEventPort(env.EVENTS).emit;
    const stored = ctx.storage.kv.get<LedgerSnapshot>(LEDGER);
    this.#state = stored === undefined ? null : loadSnapshot(stored, this.now_ms());
  }

  async policy(): Promise<KeyPolicy | null> {
    const state = this.#state ?? (await this.#load());
    return state === null ? null : wholePolicy(state.policy);
  }

  /** Awaits nothing once the key is known: settlements and admission are one step for everybody else. */
  admit(ask: AskWire, riders: SettlementWire[]): AnswerWire | Promise<AnswerWire> {
    const asked = unpackAsk(ask);
    const settled = riders.map(unpackSettlement);
    if (this.#state !== null) return this.#admitKnown(this.#state, asked, settled);
    return this.#load().then((state) =>
      state === null
        ? { answer: { kind: 'policy_changed', policy: null }, epoch: 0 }
        : this.#admitKnown(state, asked, settled),
    );
  }

  /** Shared budgets cost no call while the parts of them that are here suffice. */
  #admitKnown(
    state: KeyLedgerState,
    asked: AdmitAsk,
    settled: EpochSettlement[],
  ): AnswerWire | Promise<AnswerWire> {
    const ask = withKeyScope(state.policy, asked);
    if (ask.scopes === undefined && ask.wait_ms === undefined)
      return packAnswer(this.#admit(state, ask, settled));
    if (settled.length > 0) this.#settle(state, settled, this.now_ms());
    if (findShortages(state, ask, this.now_ms()).length === 0) {
      const answered = this.#admit(state, ask, []);
      if (ask.wait_ms === undefined || !isHeld(answered)) return packAnswer(answered);
    }
    return this.#admitLater(state, ask);
  }

  /** Asks shared budgets for more, and waits for money that is only held where the ask says so. */
  async #admitLater(state: KeyLedgerState, ask: AdmitAsk): Promise<AnswerWire> {
    const until_ms = this.now_ms() + Math.min(ask.wait_ms ?? 0, WAIT_MS_MAX);
    for (let rounds = 0; ; rounds++) {
      const short = rounds < ROUNDS_MAX ? findShortages(state, ask, this.now_ms()) : [];
      if (short.length > 0) {
        const config_version = ask.config_version ?? 0;
        await Promise.all(short.map((one) => this.#borrower.bring(state, one, config_version)));
        continue;
      }
      const answered = this.#admit(state, ask, []);
      const left_ms = until_ms - this.now_ms();
      if (!isHeld(answered) || !(left_ms > 0)) return packAnswer(answered);
      if (!(await this.#line.wait(Math.min(left_ms, ASK_AGAIN_MS)))) return packAnswer(answered);
      rounds = 0;
    }
  }

  /**
   * What this ledger has of a shared budget, for the ledger of that budget.
   * @param give what is free goes back, and is on disk before anybody is told.
   */
  async recall(name: string, give: boolean): Promise<ScopeStatement | null> {
    const state = this.#state ?? (await this.#load());
    if (state === null) return null;
    const now_ms = this.now_ms();
    sweep(state, now_ms);
    tendLeases(state, now_ms);
    if (give) giveBack(state, name);
    const statement = makeStatement(state, name, now_ms);
    this.#finish(state);
    return statement;
  }

  async settle(settled: EpochSettlement[]): Promise<void> {
    const state = this.#state ?? (await this.#load());
    if (state === null) return;
    this.#settle(state, settled, this.now_ms());
    this.#finish(state);
  }

  async returnLease(lease_id: string, unused: { requests: number; usd_nanos: number }): Promise<void> {
    const state = this.#state;
    if (state === null) return;
    returnLease(state, lease_id, unused, this.now_ms());
    this.#finish(state);
  }

  async usage(): Promise<KeyUsage | null> {
    const state = this.#state ?? (await this.#load());
    if (state === null) return null;
    const usage = viewUsage(state, this.now_ms());
    this.#finish(state);
    return await this.#peers.usage(state.policy, usage);
  }

  async record(request_id: string, wait_ms: number): Promise<string | null> {
    const known = this.#records.find(request_id);
    if (known !== null || !(wait_ms > 0)) return known;
    return this.#records.wait(request_id, Math.min(wait_ms, RECORD_WAIT_MS_MAX));
  }

  /** Takes a changed policy; what was used stays counted. The answer waits for the disk. */
  async putPolicy(whole: KeyPolicy): Promise<void> {
    const policy = shardPolicy(whole, parseLedgerName(this.#name()).shard);
    if (this.#state === null) this.#state = createKeyLedger(policy, this.now_ms());
    else applyPolicy(this.#state, policy, this.now_ms());
    this.#state.write_through = true;
    this.#finish(this.#state);
  }

  /** Reads the policy again. @returns `null` when there is no such key. */
  async refresh(): Promise<KeyPolicy | null> {
    const policy = await this.source(parseLedgerName(this.#name()).key_id);
    if (policy === null) return null;
    await this.putPolicy(policy);
    await this.#peers.refresh(shardPolicy(policy, 0));
    return policy;
  }

  /** Charges what nobody settled. Runs late or twice without harm. */
  override async alarm(): Promise<void> {
    this.#alarm = false;
    const state = this.#state;
    if (state === null) return;
    this.#tend(state);
  }

  /** Charges what nobody settled, ends what nobody uses, tells shared budgets of it. */
  #tend(state: KeyLedgerState): void {
    sweep(state, this.now_ms());
    tendLeases(state, this.now_ms());
    this.#finish(state);
  }

  #admit(state: KeyLedgerState, ask: AdmitAsk, settled: EpochSettlement[]): LedgerAnswer {
    const now_ms = this.now_ms();
    if (settled.length > 0) this.#settle(state, settled, now_ms);
    // A write below puts the hold on disk, after which this epoch is no longer asked for.
    const { epoch } = state;
    const answer =
      ask.token === undefined ? admit(state, ask, now_ms) : this.#admitOfToken(state, ask, ask.token, now_ms);
    if (answer.kind === 'policy_changed') answer.policy = wholePolicy(state.policy);
    if (answer.kind === 'refused') noticeKeyExceeded(state, answer, now_ms);
    else if (answer.kind === 'admitted') noticeKeyQuota(state, now_ms);
    this.#finish(state);
    return { answer, epoch };
  }

  /** What the token has used is on disk before the answer leaves. */
  #admitOfToken(state: KeyLedgerState, ask: AdmitAsk, token: TokenLimits, now_ms: number): AdmitAnswer {
    const usage = this.#tokens.load(token, now_ms);
    const answer = admitOfToken(state, ask, token, usage, now_ms);
    if (answer.kind === 'admitted') this.#tokens.save(token, usage);
    return answer;
  }

  #settle(state: KeyLedgerState, settled: EpochSettlement[], now_ms: number): void {
    const scope = keyScopeOf(state.policy);
    for (const one of settled) {
      if (scope !== null) one.scopes = [...(one.scopes ?? []), scope];
      settle(state, one, now_ms);
      if (one.token !== undefined) {
        const usage = this.#tokens.find(one.token);
        if (usage !== null && settleToken(usage, one)) this.#tokens.save(one.token, usage);
      }
      if (one.record !== null) this.#records.put(one.hold_id.slice(one.hold_id.indexOf('>') + 1), one.record);
    }
    noticeKeyThresholds(state, now_ms);
    this.#line.wakeAll();
  }

  /** What every event ends with, before its answer leaves. */
  #finish(state: KeyLedgerState): void {
    if (state.write_through) this.#write(state, 4);
    if (!this.#timer && needsSnapshot(state)) this.#plan(state);
    if (!this.#alarm) this.#setAlarm(state);
    if (state.leases.size > 0 || state.leases_ended.length > 0) {
      if (state.leases_due.size > 0) this.#borrower.tellDue(state);
      this.#planTending(state);
    }
    if (state.events.length > 0) this.#tell(state);
  }

  #setAlarm(state: KeyLedgerState): void {
    let due_ms = state.next_expiry_ms;
    if (state.leases.size > 0 || state.leases_ended.length > 0)
      due_ms = Math.min(due_ms, Date.now() + LEASE_ALARM_MS);
    if (!Number.isFinite(due_ms)) return;
    this.#alarm = true;
    this.ctx.waitUntil(
      this.ctx.storage.setAlarm(Math.max(due_ms, Date.now() + 1_000), { allowUnconfirmed: true }),
    );
  }

  /** While leases are used; what only waits for late settlements is left to the alarm. */
  #planTending(state: KeyLedgerState): void {
    const now_ms = this.now_ms();
    if (this.#tending) return;
    if (state.leases.size === 0 && state.leases_ended.every((one) => now_ms < one.doubtful_until_ms)) return;
    this.#tending = true;
    setTimeout(() => {
      this.#tending = false;
      this.#tend(state);
    }, REPORT_MS);
  }

  /** At least once: what could not be told is told with the next event. */
  #tell(state: KeyLedgerState): void {
    const { emit } = this;
    const { events } = state;
    if (emit === null) state.events = [];
    if (emit === null || this.#telling) return;
    this.#telling = true;
    const told = emit([...events])
      .then(() => {
        state.events = state.events.filter((event) => !events.includes(event));
        state.dirty = true;
      })
      .catch((error: unknown) => {
        console.error(JSON.stringify({ event: 'budget_events_not_sent', error: String(error) }));
      })
      .finally(() => {
        this.#telling = false;
      });
    this.ctx.waitUntil(told);
  }

  #scopeOf(name: string): ScopeStub & KeyScopeStub {
    const { SCOPE_LEDGER } = this.env;
    if (SCOPE_LEDGER === undefined)
      throw new Error('Shared budgets need the binding SCOPE_LEDGER (wrangler.toml).');
    return SCOPE_LEDGER.getByName(name) as unknown as ScopeStub & KeyScopeStub;
  }

  /** The output gate holds all answers back until this is on disk. */
  #write(state: KeyLedgerState, factor: number): void {
    this.writes++;
    this.ctx.storage.kv.put(LEDGER, takeSnapshot(state, true, factor));
  }

  #plan(state: KeyLedgerState): void {
    this.#timer = true;
    setTimeout(() => {
      this.#timer = false;
      if (!needsSnapshot(state)) return;
      // Nothing granted for a whole second: a clean end, which loses nothing.
      const factor = state.granted.requests > 0 ? 2 : 0;
      this.writes++;
      const snapshot = takeSnapshot(state, false, factor);
      const { epoch } = state;
      this.ctx.waitUntil(
        this.ctx.storage
          .put(LEDGER, snapshot, { allowUnconfirmed: true })
          .then(() => confirmSnapshot(state, epoch)),
      );
      // One more look, to take the reserve back when nothing follows.
      if (factor > 0) this.#plan(state);
    }, FLUSH_MS);
  }

  /** A key that does not exist leaves no trace here. */
  #load(): Promise<KeyLedgerState | null> {
    const { key_id, shard } = parseLedgerName(this.#name());
    this.#loading ??= this.source(key_id)
      .then((policy) => {
        if (policy !== null) this.#state ??= createKeyLedger(shardPolicy(policy, shard), this.now_ms());
        return this.#state;
      })
      .finally(() => {
        this.#loading = null;
      });
    return this.#loading;
  }

  #name(): string {
    const { name } = this.ctx.id;
    if (name === undefined) throw new Error('A key ledger must be called by the name of its key.');
    return name;
  }
}

const isHeld = ({ answer }: LedgerAnswer): boolean =>
  answer.kind === 'refused' && answer.code === 'budget_held';
