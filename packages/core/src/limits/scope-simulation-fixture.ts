import type { AdmitAnswer, AdmitAsk, BudgetPolicy, ScopePolicy } from '@sluice/contract';
import { admit } from './admit.ts';
import { createKeyLedger, type KeyLedgerState } from './key-ledger-state.ts';
import { noticeScopeThresholds } from './scope-alerts.ts';
import { answerAgain, answerScope } from './scope-grant.ts';
import {
  applyScopeAnswer,
  giveBack,
  makeScopeAsk,
  makeScopeReport,
  makeStatement,
  tendLeases,
} from './scope-holder.ts';
import { findShortages } from './scope-lease.ts';
import {
  applyScopePolicy,
  createScopeLedger,
  rollScopeWindows,
  type ScopeLedgerState,
} from './scope-ledger-state.ts';
import type { ScopeAnswer, ScopeAsk, ScopeStatement } from './scope-message.ts';
import { applyStatement, findLenders } from './scope-report.ts';
import { settle, sweep } from './settle.ts';
import { type LedgerSnapshot, loadSnapshot, takeSnapshot } from './snapshot.ts';
import { budgetOf, policyOf, settlementOf } from './test-policy.ts';

/** What really left a key's ledger: the worst case until its settlement, then the true cost. */
export interface Truth {
  key: number;
  ask: AdmitAsk;
  held: number;
  cost: number;
  /** Cost by scope, where it differs. */
  in_scope: Record<string, number>;
  epoch: number;
  settled: boolean;
  admitted_ms: number;
  /** Settled so late after its expiry that the whole hold stays charged. */
  too_late: boolean;
  /** Windows of shared budgets that it counts in. */
  windows: { name: string; id: string }[];
}

interface Key {
  state: KeyLedgerState;
  disk: LedgerSnapshot;
  /** Asks that wait for shared budgets. */
  waiting: { ask: AdmitAsk; cost: number; rounds: number }[];
  /** Scopes with an ask under way. */
  asking: Set<string>;
  /** Ends with a crash: answers to a life before reach nobody. */
  life: number;
}

type Message = { life: number; key: number; name: string } & (
  | { kind: 'ask'; ask: ScopeAsk }
  | { kind: 'answer'; answer: ScopeAnswer }
  | { kind: 'recall' }
  | { kind: 'statement'; statement: ScopeStatement }
  | { kind: 'final'; ask: ScopeAsk; gone: string[] }
);

export interface Protections {
  load?: typeof loadSnapshot;
  answer?: typeof answerScope;
  /** Writes before it tells; false = tells first. */
  write_through?: boolean;
  give_back?: typeof giveBack;
  takes_old_statements?: boolean;
  without_recall?: boolean;
}

const ROUNDS = 5;
const LATE_MS = 900_000;

/** Many keys and shared budgets on a network that delivers in any order, twice or never. */
export class ScopeSimulation {
  now_ms = Date.UTC(2026, 10, 30, 20);
  readonly keys: Key[] = [];
  readonly scopes = new Map<string, ScopeLedgerState>();
  readonly truths: Truth[] = [];
  readonly refusals: { answer: Extract<AdmitAnswer, { kind: 'refused' }>; ask: AdmitAsk }[] = [];
  network: Message[] = [];
  /** The largest that each limit ever was, by budget. */
  readonly caps = new Map<string, number>();
  version = 1;
  asked = 0;
  messages = 0;
  readonly #budgets = new Map<string, BudgetPolicy[]>();
  readonly #with: Protections;

  constructor(keys: number, scopes: Record<string, BudgetPolicy[]>, protections: Protections = {}) {
    this.#with = protections;
    for (let i = 0; i < keys; i++) {
      const budgets = i === 0 ? [budgetOf(2_000, { id: 'own' })] : [];
      const state = createKeyLedger(policyOf({ key_id: `k${i}`, budgets }), this.now_ms);
      const disk = structuredClone(takeSnapshot(state, true, 0));
      this.keys.push({ state, disk, waiting: [], asking: new Set(), life: 0 });
    }
    for (const [name, budgets] of Object.entries(scopes)) {
      this.#budgets.set(name, budgets);
      this.scopes.set(name, createScopeLedger());
      this.#setPolicy(name);
    }
  }

  #setPolicy(name: string): void {
    const budgets = this.#budgets.get(name) ?? [];
    for (const one of budgets)
      this.caps.set(one.id, Math.max(this.caps.get(one.id) ?? 0, one.limit_usd_nanos));
    const policy: ScopePolicy = {
      name,
      organization_id: 'o',
      scope: 'organization',
      subject: null,
      version: this.version,
      budgets,
      time_zone: 'UTC',
    };
    applyScopePolicy(this.scope(name), structuredClone(policy), this.version, this.now_ms);
  }

  scope(name: string): ScopeLedgerState {
    const state = this.scopes.get(name);
    if (state === undefined) throw new Error(name);
    return state;
  }

  key(at: number): Key {
    const key = this.keys[at % this.keys.length];
    if (key === undefined) throw new Error('no key');
    return key;
  }

  setLimit(name: string, limit_usd_nanos: number): void {
    this.version++;
    const budgets = (this.#budgets.get(name) ?? []).map((one) => ({ ...one, limit_usd_nanos }));
    this.#budgets.set(name, budgets);
    this.#setPolicy(name);
  }

  #persist(key: Key): void {
    if (!key.state.write_through) return;
    if (this.#with.write_through === false) key.state.write_through = false;
    else key.disk = structuredClone(takeSnapshot(key.state, true, 4));
  }

  ask(at: number, ask: AdmitAsk, cost: number): void {
    const key = this.key(at);
    this.asked++;
    key.waiting.push({ ask, cost, rounds: 0 });
    this.#retry(at % this.keys.length);
  }

  /** Lets in, refuses, or asks for what is short; as the object does it. */
  #retry(at: number): void {
    const key = this.key(at);
    const short = new Map<string, ReturnType<typeof findShortages>[number][]>();
    for (const one of [...key.waiting]) {
      const missing = findShortages(key.state, one.ask, this.now_ms);
      if (missing.length > 0) {
        if (one.rounds > ROUNDS) key.waiting.splice(key.waiting.indexOf(one), 1);
        else for (const miss of missing) short.set(miss.name, [...(short.get(miss.name) ?? []), miss]);
        continue;
      }
      key.waiting.splice(key.waiting.indexOf(one), 1);
      this.#admit(at, key, one.ask, one.cost);
    }
    for (const [name, misses] of short) {
      if (key.asking.has(name)) continue;
      key.asking.add(name);
      for (const one of key.waiting) if (one.ask.scopes?.includes(name)) one.rounds++;
      const ask = makeScopeAsk(key.state, name, misses, this.version, this.now_ms);
      this.#persist(key);
      this.#send({ kind: 'ask', ask, key: at, name, life: key.life });
    }
  }

  #admit(at: number, key: Key, ask: AdmitAsk, cost: number): void {
    const { epoch } = key.state;
    const answer = admit(key.state, ask, this.now_ms);
    this.#persist(key);
    if (answer.kind === 'refused') {
      this.refusals.push({ answer, ask });
      this.onRefusal?.(answer, ask);
    }
    if (answer.kind !== 'admitted') return;
    const windows: Truth['windows'] = [];
    const own = key.state.open.get(ask.hold_id);
    for (const lease of own?.scopes ?? []) {
      const lent = this.scope(lease.name)
        .holders.get(`k${at}`)
        ?.leases.find((one) => one.lease_id === lease.lease_id);
      if (lent === undefined) throw new Error('admitted from a lease that nobody lent');
      for (const id of lent.windows) windows.push({ name: lease.name, id });
    }
    const held = answer.held_usd_nanos;
    const true_cost = Math.min(cost, held);
    const part = ask.scopes?.at(-1);
    const in_scope = part !== undefined && cost % 3 === 0 ? { [part]: Math.floor(true_cost / 2) } : {};
    const truth = { key: at, ask, held, cost: true_cost, in_scope, epoch, windows, settled: false };
    this.truths.push({ ...truth, admitted_ms: this.now_ms, too_late: false });
  }

  onRefusal: ((answer: AdmitAnswer, ask: AdmitAsk) => void) | null = null;

  settle(truth: Truth, released: boolean): void {
    const key = this.key(truth.key);
    if (!truth.settled && released) {
      truth.cost = 0;
      truth.in_scope = {};
    }
    const settlement = settlementOf(truth.ask.hold_id, truth.cost, truth.held);
    settle(
      key.state,
      {
        ...settlement,
        epoch: truth.epoch,
        scopes: truth.ask.scopes ?? [],
        scope_usd_nanos: truth.in_scope,
      },
      this.now_ms,
    );
    truth.too_late ||= !truth.settled && this.now_ms - truth.admitted_ms > LATE_MS;
    truth.settled = true;
    this.#persist(key);
    for (const name of [...key.state.leases_due]) this.report(truth.key, name);
    this.#retry(truth.key);
  }

  /** As the object's timers do. */
  tend(at: number): void {
    const key = this.key(at);
    sweep(key.state, this.now_ms);
    tendLeases(key.state, this.now_ms);
    for (const name of [...key.state.leases_due]) this.report(at, name);
    this.#persist(key);
  }

  report(at: number, name: string): void {
    const key = this.key(at);
    if (key.asking.has(name)) return;
    if (key.state.leases.get(name)?.tight === true) giveBack(key.state, name);
    key.asking.add(name);
    const ask = makeScopeReport(key.state, name, this.now_ms);
    this.#persist(key);
    this.#send({ kind: 'ask', ask, key: at % this.keys.length, name, life: key.life });
  }

  timeOut(at: number): void {
    const key = this.key(at);
    key.asking.clear();
    this.network = this.network.filter((one) => one.kind !== 'answer' || one.key !== at % this.keys.length);
    this.#retry(at % this.keys.length);
  }

  wake(at: number, clean: boolean): void {
    const key = this.key(at);
    if (clean) key.disk = structuredClone(takeSnapshot(key.state, true, 0));
    key.state = (this.#with.load ?? loadSnapshot)(structuredClone(key.disk), this.now_ms);
    key.waiting = [];
    key.asking.clear();
    key.life++;
  }

  /** Behind, as the timer of each second does it. */
  flush(at: number): void {
    const key = this.key(at);
    key.disk = structuredClone(takeSnapshot(key.state, true, 2));
  }

  #send(message: Message): void {
    this.messages++;
    this.network.push(message);
  }

  deliver(index: number, twice = false): void {
    const [message] = twice ? this.network.slice(index, index + 1) : this.network.splice(index, 1);
    if (message !== undefined) this.#receive(structuredClone(message));
  }

  drop(index: number): void {
    this.network.splice(index, 1);
  }

  #receive(message: Message): void {
    const { name, key: at } = message;
    const key = this.key(at);
    const scope = structuredClone(this.scope(name));
    this.scopes.set(name, scope);
    const answer = (given: ScopeAnswer): void =>
      this.#send({ kind: 'answer', answer: given, key: at, name, life: message.life });
    if (message.kind === 'ask') {
      if (this.#with.takes_old_statements === true) forgetOrder(scope, message.ask.statement.key_id);
      const given = (this.#with.answer ?? answerScope)(scope, message.ask, false, this.now_ms);
      if (given !== null) {
        answer(given);
        return;
      }
      const lenders =
        this.#with.without_recall === true ? [] : findLenders(scope, message.ask.statement.key_id);
      for (const lender of lenders) {
        const to = this.keys.findIndex((one) => one.state.policy.key_id === lender);
        this.#send({ kind: 'recall', key: to, name, life: -1 });
      }
      this.#send({ ...message, kind: 'final', gone: [] });
    } else if (message.kind === 'final') {
      const given = answerAgain(scope, message.ask, message.gone, true, this.now_ms);
      if (given !== null) answer(given);
    } else if (message.kind === 'statement') {
      rollScopeWindows(scope, this.now_ms);
      if (this.#with.takes_old_statements === true) forgetOrder(scope, message.statement.key_id);
      applyStatement(scope, message.statement, this.now_ms);
      noticeScopeThresholds(scope, this.now_ms);
    } else if (message.kind === 'recall') {
      sweep(key.state, this.now_ms);
      (this.#with.give_back ?? giveBack)(key.state, name);
      const statement = makeStatement(key.state, name, this.now_ms);
      this.#persist(key);
      this.#send({ kind: 'statement', statement, key: at, name, life: key.life });
    } else {
      if (message.life !== key.life) return;
      key.asking.delete(name);
      applyScopeAnswer(key.state, name, message.answer, this.now_ms);
      this.#persist(key);
      this.#retry(at);
    }
  }

  /** Delivers all that is under way, recalls and their answers before the last word of who waits for them. */
  settleNetwork(): void {
    for (let i = 0; this.network.length > 0; i++) {
      if (i > 10_000) throw new Error('the network never comes to rest');
      const next = this.network.findIndex((one) => one.kind !== 'final');
      this.deliver(Math.max(0, next));
    }
  }

  /** What requests truly cost or may cost in a window; `charged`: those settled too late at their whole hold. */
  committed(name: string, id: string, charged = false): number {
    let sum = 0;
    for (const one of this.truths) {
      if (!one.windows.some((window) => window.name === name && window.id === id)) continue;
      if (charged && one.too_late) sum += one.held;
      else sum += one.settled ? (one.in_scope[name] ?? one.cost) : one.held;
    }
    return sum;
  }
}

function forgetOrder(scope: ScopeLedgerState, key_id: string): void {
  const holder = scope.holders.get(key_id);
  if (holder !== undefined) holder.order = [-1, 0];
}
