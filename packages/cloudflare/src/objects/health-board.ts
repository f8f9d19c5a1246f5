import { DurableObject } from 'cloudflare:workers';
import type {
  BreakerChange,
  BreakerState,
  EventPort,
  HealthSnapshot,
  Outcome,
  ProbePermit,
} from '@sluice/contract';
import {
  createToldEvents,
  findBoardEvents,
  forgetToldEvents,
  type ToldEvents,
} from '@sluice/core/routing/board-events';
import { type BoardHistory, lastStates, noteChanges } from '@sluice/core/routing/board-history';
import { type BoardLoads, type LoadReport, noteLoad, sumLoads } from '@sluice/core/routing/board-load';
import {
  applyOutcome,
  type BoardState,
  type BoardView,
  breakerOf,
  forgetConnection,
  modelsOf,
  noteWaiting,
  probeBoard,
  restoreBoard,
  snapshotBoard,
  viewBoard,
} from '@sluice/core/routing/board-state';
import { NO_NUMBERS } from '@sluice/core/routing/health-stats';
import type { Env } from '../env.ts';
import { createEventPort } from '../queue/event-port.ts';

/** What an isolate gets back for its outcomes: enough to run the same reducers from where the board stands. */
export interface BoardAnswer {
  view: BoardView;
  config_version: number;
  /** What all other isolates have under way, by `targetKey`; absent = nothing. */
  in_flight?: Record<string, number>;
}

/** A target that is to be asked by the board itself, now and then. */
export interface BoardCheck {
  connection_id: string;
  /** Whom the answer speaks for, beside the models of the connection that the board has heard of. */
  models: string[];
  /** The answer speaks for this model only. */
  only_model: boolean;
  every_ms: number;
  /** Asks. Never throws. */
  ask(): Promise<CheckAnswer>;
}

export interface CheckAnswer {
  result: Outcome['result'];
  /** Keep the connection out for so long; `null` = not at all. */
  cool_ms: number | null;
  /** Until the answer began; `null` where that says nothing about the model. */
  ttft_ms: number | null;
  /** Requests in the endpoint's own queue; `null` = it did not say. */
  waiting: number | null;
  /** The provider rejected the connection's credential; absent = it did not. */
  rejected?: boolean;
}

/** What is to be asked in an organization. @throws when that cannot be read: it is tried again. */
export type LoadChecks = (organization_id: string, config_version: number) => Promise<BoardCheck[]>;

/** Under `config_version`: a number. Under `rests`: the `StoredRests`. */
const CONFIG_VERSION = 'config_version';
const RESTS = 'rests';
/** Under `organization_id`: whose board it is, for the alarm, which nobody calls by name. */
const ORGANIZATION = 'organization_id';
/** Under `told`: the `ToldEvents`, so that an eviction tells nothing twice. */
const TOLD = 'told';
/** Under `history`: the `BoardHistory`. */
const HISTORY = 'history';

/** A change of settings is looked at so soon: by then its other writes have ended, too. */
const CHECKS_SOON_MS = 1_000;
const CHECKS_AGAIN_MS = 30_000;
const CHECKS_MS_MIN = 2_000;

/** Breakers that ever opened and connections that are out. The measured numbers are not kept: traffic renews them. */
type StoredRests = Pick<BoardView, 'cooled'> & { targets: Omit<BoardView['targets'][number], 'numbers'>[] };

/**
 * The health of one organization's targets, shared by all isolates, under the organization's id. A thin shell around
 * `core/routing/board-state`: everything is in memory; a breaker that changes its state is written behind, so that
 * an eviction closes none.
 */
export class HealthBoard extends DurableObject {
  /** The only clock; a property, and so out of reach for callers, so that tests can turn it. */
  now_ms: () => number = () => Date.now();
  /** Set by whoever wires the class to providers; `null` = nothing is asked. */
  readonly loadChecks: LoadChecks | null = null;
  /** Takes what happened off to whoever wants to know. */
  emit: EventPort['emit'] = (events) => createEventPort((this.env as Env).EVENTS).emit(events);
  readonly #board: BoardState;
  readonly #told: ToldEvents;
  readonly #history: BoardHistory;
  /** States of the breakers that are not closed, as the history has them. */
  readonly #last: Map<string, BreakerState>;
  readonly #loads: BoardLoads = new Map();
  /** When each connection was last asked. */
  readonly #asked_ms = new Map<string, number>();
  #config_version: number;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    const stored = ctx.storage.kv.get<StoredRests>(RESTS) ?? { targets: [], cooled: {} };
    const targets = stored.targets.map((target) => ({ ...target, numbers: NO_NUMBERS }));
    this.#board = restoreBoard({ targets, cooled: stored.cooled }, this.now_ms());
    this.#told = ctx.storage.kv.get<ToldEvents>(TOLD) ?? createToldEvents();
    this.#history = ctx.storage.kv.get<BoardHistory>(HISTORY) ?? [];
    this.#last = lastStates(this.#history);
    this.#config_version = ctx.storage.kv.get<number>(CONFIG_VERSION) ?? 0;
  }

  /**
   * Takes in what an isolate saw, in its order. With no outcomes it is how an isolate refreshes itself.
   *
   * @param load what it has under way; absent = as before.
   */
  report(outcomes: Outcome[], load?: LoadReport): BoardAnswer {
    const now_ms = this.now_ms();
    let changed = false;
    for (const outcome of outcomes) {
      if (this.#learn(outcome, now_ms)) changed = true;
    }
    if (changed) this.#writeBehind(now_ms);
    if (load !== undefined) noteLoad(this.#loads, load, now_ms);
    const view = viewBoard(this.#board, now_ms);
    const in_flight = sumLoads(this.#loads, load?.isolate ?? null, now_ms);
    return { view, config_version: this.#config_version, in_flight };
  }

  snapshot(): HealthSnapshot {
    const now_ms = this.now_ms();
    const in_flight = sumLoads(this.#loads, null, now_ms);
    return { ...snapshotBoard(this.#board, this.#config_version, now_ms), in_flight };
  }

  /** What breakers did, oldest first; the newest few hundred changes. */
  history(): BreakerChange[] {
    return this.#history;
  }

  /** One of the few probes of a target whose pause is over; `null` when all are taken. */
  probe(connection_id: string, model: string): ProbePermit | null {
    const now_ms = this.now_ms();
    const permit = probeBoard(this.#board, connection_id, model, now_ms);
    if (permit !== null) this.#writeBehind(now_ms);
    return permit;
  }

  /**
   * Tells isolates that something they cache of the organization has changed. The answer waits for the disk.
   *
   * @param at_least the version under which the change is stored, so that this one is never behind it.
   * @param connection_id a connection that was changed: its breakers close and its cooling ends.
   * @returns the new version.
   */
  bumpConfig(at_least = 0, connection_id: string | null = null): number {
    this.#config_version = Math.max(this.#config_version + 1, at_least);
    this.ctx.storage.kv.put(CONFIG_VERSION, this.#config_version);
    this.#planChecks();
    if (connection_id !== null) {
      forgetConnection(this.#board, connection_id);
      forgetToldEvents(this.#told, connection_id);
      this.ctx.storage.kv.put(TOLD, this.#told);
      this.#writeBehind(this.now_ms());
    }
    return this.#config_version;
  }

  /** Asks what is due, and comes back for the next. Without anything to ask there is no next. */
  override async alarm(): Promise<void> {
    const organization_id = this.ctx.storage.kv.get<string>(ORGANIZATION);
    if (this.loadChecks === null || organization_id === undefined) return;
    let checks: BoardCheck[];
    try {
      checks = await this.loadChecks(organization_id, this.#config_version);
    } catch (error) {
      console.error(
        JSON.stringify({ event: 'health_checks_unreadable', organization_id, error: String(error) }),
      );
      await this.ctx.storage.setAlarm(this.now_ms() + CHECKS_AGAIN_MS);
      return;
    }
    await Promise.all(checks.filter((check) => this.#isDue(check)).map((check) => this.#ask(check)));
    const now_ms = this.now_ms();
    let next_ms = Number.POSITIVE_INFINITY;
    for (const check of checks) {
      const asked_ms = this.#asked_ms.get(checkId(check)) ?? now_ms;
      next_ms = Math.min(next_ms, asked_ms + Math.max(CHECKS_MS_MIN, check.every_ms));
    }
    if (checks.length > 0) await this.ctx.storage.setAlarm(Math.max(now_ms + CHECKS_SOON_MS, next_ms));
  }

  /** @returns as `applyOutcome`. */
  #learn(outcome: Outcome, now_ms: number): boolean {
    const { connection_id, model } = outcome;
    const before = breakerOf(this.#board, connection_id, model)?.state ?? 'closed';
    const changed = applyOutcome(this.#board, outcome, now_ms, Math.random());
    const organization_id = this.ctx.id.name ?? this.ctx.storage.kv.get<string>(ORGANIZATION);
    if (organization_id === undefined) return changed;
    const breaker = breakerOf(this.#board, connection_id, model);
    const events = findBoardEvents(this.#told, organization_id, outcome, before, breaker, now_ms);
    if (events.length > 0) {
      this.ctx.storage.kv.put(TOLD, this.#told);
      this.ctx.waitUntil(
        this.emit(events).catch((error: unknown) => {
          // What happens next is told anew.
          forgetToldEvents(this.#told, connection_id);
          console.error(JSON.stringify({ event: 'event_not_sent', connection_id, error: String(error) }));
        }),
      );
    }
    return changed;
  }

  #planChecks(): void {
    const organization_id = this.ctx.id.name;
    if (this.loadChecks === null || organization_id === undefined) return;
    this.ctx.storage.kv.put(ORGANIZATION, organization_id);
    this.ctx.waitUntil(this.ctx.storage.setAlarm(this.now_ms() + CHECKS_SOON_MS));
  }

  #isDue(check: BoardCheck): boolean {
    const asked_ms = this.#asked_ms.get(checkId(check));
    return asked_ms === undefined || this.now_ms() - asked_ms >= check.every_ms - CHECKS_SOON_MS;
  }

  /** What is learned goes the way of all outcomes; a target whose pause is over gets one of its probes. */
  async #ask(check: BoardCheck): Promise<void> {
    const { connection_id } = check;
    const started_ms = this.now_ms();
    this.#asked_ms.set(checkId(check), started_ms);
    const known = check.only_model ? [] : modelsOf(this.#board, connection_id);
    const models = [...new Set([...check.models, ...known])];
    const probes = models.map((model) => probeBoard(this.#board, connection_id, model, started_ms));
    const { result, cool_ms, ttft_ms, waiting, rejected = false } = await check.ask();
    const at_ms = this.now_ms();
    let changed = probes.some((probe) => probe !== null);
    models.forEach((model, at) => {
      const outcome: Outcome = {
        connection_id,
        model,
        result,
        cool_until_ms: cool_ms === null ? null : at_ms + cool_ms,
        probe: probes[at] ?? null,
        ttft_ms,
        latency_ms: null,
        output_tokens: null,
        at_ms,
        rejected,
      };
      if (this.#learn(outcome, at_ms)) changed = true;
      if (waiting !== null) noteWaiting(this.#board, connection_id, model, waiting, at_ms);
    });
    if (changed) this.#writeBehind(at_ms);
  }

  /** The write must not hold back the answer: if it is lost with the machine, five more failures open it again. */
  #writeBehind(now_ms: number): void {
    const { targets, cooled } = viewBoard(this.#board, now_ms);
    const is_news = noteChanges(this.#history, this.#last, targets, now_ms);
    const rests: StoredRests = { targets: [], cooled };
    for (const { connection_id, model, breaker } of targets) {
      // A closed one is kept for its generation: a permit from before must not fit a period from after.
      if (breaker.generation > 0 || breaker.state !== 'closed') {
        rests.targets.push({ connection_id, model, breaker: { ...breaker, samples: [] } });
      }
    }
    const written = { [RESTS]: rests, ...(is_news ? { [HISTORY]: this.#history } : {}) };
    this.ctx.waitUntil(this.ctx.storage.put(written, { allowUnconfirmed: true }));
  }
}

const checkId = ({ connection_id, models, only_model }: BoardCheck): string =>
  `${connection_id}\n${only_model ? models.join() : ''}`;
