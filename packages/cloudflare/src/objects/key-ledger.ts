import { DurableObject } from 'cloudflare:workers';
import type { AdmitAsk, KeyPolicy, KeyUsage } from '@sluice/contract';
import { admit } from '@sluice/core/limits/admit';
import { applyPolicy, createKeyLedger, type KeyLedgerState } from '@sluice/core/limits/key-ledger-state';
import { returnLease } from '@sluice/core/limits/lease';
import { type EpochSettlement, settle, sweep } from '@sluice/core/limits/settle';
import {
  confirmSnapshot,
  type LedgerSnapshot,
  loadSnapshot,
  needsSnapshot,
  takeSnapshot,
} from '@sluice/core/limits/snapshot';
import { viewUsage } from '@sluice/core/limits/usage';
import { loadPolicy } from '../d1/keys.ts';
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

export type PolicySource = (key_id: string) => Promise<KeyPolicy | null>;

/** Under `ledger`: the `LedgerSnapshot`. Nothing else is stored, and nothing at all for an unknown key. */
const LEDGER = 'ledger';
const FLUSH_MS = 1_000;
const RECORD_WAIT_MS_MAX = 10_000;

/**
 * Limits and money of one virtual key, under its `key_id`: exact, because one thread holds them and no reducer
 * awaits. A thin shell around `core/limits`: memory is the truth while the object lives; the disk has a snapshot
 * with a reserve, so that a crash can only make the key look poorer (docs/storage.md).
 */
export class KeyLedger extends DurableObject<{ DB: D1Database }> {
  /** The only clock; properties, and so out of reach for callers, so that tests can replace them. */
  now_ms: () => number = () => Date.now();
  source: PolicySource = (key_id) => loadPolicy(this.env, key_id);
  /** Snapshots written since the start, for tests of what an admission costs. */
  writes = 0;
  #state: KeyLedgerState | null;
  #loading: Promise<KeyLedgerState | null> | null = null;
  #timer = false;
  #alarm = false;
  readonly #records = createRecordShelf();

  constructor(ctx: DurableObjectState, env: { DB: D1Database }) {
    super(ctx, env);
    const stored = ctx.storage.kv.get<LedgerSnapshot>(LEDGER);
    this.#state = stored === undefined ? null : loadSnapshot(stored, this.now_ms());
  }

  async policy(): Promise<KeyPolicy | null> {
    return (this.#state ?? (await this.#load()))?.policy ?? null;
  }

  /** Awaits nothing once the key is known: settlements and admission are one step for everybody else. */
  admit(ask: AskWire, riders: SettlementWire[]): AnswerWire | Promise<AnswerWire> {
    const asked = unpackAsk(ask);
    const settled = riders.map(unpackSettlement);
    if (this.#state !== null) return packAnswer(this.#admit(this.#state, asked, settled));
    return this.#load().then((state) =>
      state === null
        ? { answer: { kind: 'policy_changed', policy: null }, epoch: 0 }
        : packAnswer(this.#admit(state, asked, settled)),
    );
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
    return usage;
  }

  async record(request_id: string, wait_ms: number): Promise<string | null> {
    const known = this.#records.find(request_id);
    if (known !== null || !(wait_ms > 0)) return known;
    return this.#records.wait(request_id, Math.min(wait_ms, RECORD_WAIT_MS_MAX));
  }

  /** Takes a changed policy; what was used stays counted. The answer waits for the disk. */
  async putPolicy(policy: KeyPolicy): Promise<void> {
    if (this.#state === null) this.#state = createKeyLedger(policy, this.now_ms());
    else applyPolicy(this.#state, policy, this.now_ms());
    this.#state.write_through = true;
    this.#finish(this.#state);
  }

  /** Reads the policy again. @returns `null` when there is no such key. */
  async refresh(): Promise<KeyPolicy | null> {
    const policy = await this.source(this.#keyId());
    if (policy !== null) await this.putPolicy(policy);
    return policy;
  }

  /** Charges what nobody settled. Runs late or twice without harm. */
  override async alarm(): Promise<void> {
    this.#alarm = false;
    const state = this.#state;
    if (state === null) return;
    sweep(state, this.now_ms());
    this.#finish(state);
  }

  #admit(state: KeyLedgerState, ask: AdmitAsk, settled: EpochSettlement[]): LedgerAnswer {
    const now_ms = this.now_ms();
    if (settled.length > 0) this.#settle(state, settled, now_ms);
    // A write below puts the hold on disk, after which this epoch is no longer asked for.
    const { epoch } = state;
    const answer = admit(state, ask, now_ms);
    this.#finish(state);
    return { answer, epoch };
  }

  #settle(state: KeyLedgerState, settled: EpochSettlement[], now_ms: number): void {
    for (const one of settled) {
      settle(state, one, now_ms);
      if (one.record !== null) this.#records.put(one.hold_id.slice(one.hold_id.indexOf('>') + 1), one.record);
    }
  }

  /** What every event ends with, before its answer leaves. */
  #finish(state: KeyLedgerState): void {
    if (state.write_through) this.#write(state, 4);
    if (!this.#timer && needsSnapshot(state)) this.#plan(state);
    if (!this.#alarm && Number.isFinite(state.next_expiry_ms)) {
      this.#alarm = true;
      this.ctx.waitUntil(
        this.ctx.storage.setAlarm(Math.max(state.next_expiry_ms, Date.now() + 1_000), {
          allowUnconfirmed: true,
        }),
      );
    }
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
    this.#loading ??= this.source(this.#keyId())
      .then((policy) => {
        if (policy !== null) this.#state ??= createKeyLedger(policy, this.now_ms());
        return this.#state;
      })
      .finally(() => {
        this.#loading = null;
      });
    return this.#loading;
  }

  #keyId(): string {
    const { name } = this.ctx.id;
    if (name === undefined) throw new Error('A key ledger must be called by the name of its key.');
    return name;
  }
}
