import { DurableObject } from 'cloudflare:workers';
import type { HealthSnapshot, Outcome, ProbePermit } from '@sluice/contract';
import {
  applyOutcome,
  type BoardState,
  type BoardView,
  forgetConnection,
  probeBoard,
  restoreBoard,
  snapshotBoard,
  viewBoard,
} from '@sluice/core/routing/board-state';

/** What an isolate gets back for its outcomes: enough to run the same reducers from where the board stands. */
export interface BoardAnswer {
  view: BoardView;
  config_version: number;
}

/** Under `config_version`: a number. Under `rests`: the `StoredRests`. */
const CONFIG_VERSION = 'config_version';
const RESTS = 'rests';

/** Breakers that ever opened and connections that are out. The measured numbers are not kept: traffic renews them. */
type StoredRests = Pick<BoardView, 'cooled'> & { targets: Omit<BoardView['targets'][number], 'numbers'>[] };

const NO_NUMBERS = { ttft_ms_p50: null, latency_ms_p50: null, tokens_per_second: null, error_ratio: null };

/**
 * The health of one organization's targets, shared by all isolates, under the organization's id. A thin shell around
 * `core/routing/board-state`: everything is in memory; a breaker that changes its state is written behind, so that
 * an eviction closes none.
 */
export class HealthBoard extends DurableObject {
  /** The only clock; a property, and so out of reach for callers, so that tests can turn it. */
  now_ms: () => number = () => Date.now();
  readonly #board: BoardState;
  #config_version: number;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    const stored = ctx.storage.kv.get<StoredRests>(RESTS) ?? { targets: [], cooled: {} };
    const targets = stored.targets.map((target) => ({ ...target, numbers: NO_NUMBERS }));
    this.#board = restoreBoard({ targets, cooled: stored.cooled }, this.now_ms());
    this.#config_version = ctx.storage.kv.get<number>(CONFIG_VERSION) ?? 0;
  }

  /** Takes in what an isolate saw, in its order. With no outcomes it is how an isolate refreshes itself. */
  report(outcomes: Outcome[]): BoardAnswer {
    const now_ms = this.now_ms();
    let changed = false;
    for (const outcome of outcomes) {
      if (applyOutcome(this.#board, outcome, now_ms, Math.random())) changed = true;
    }
    if (changed) this.#writeBehind(now_ms);
    return { view: viewBoard(this.#board, now_ms), config_version: this.#config_version };
  }

  snapshot(): HealthSnapshot {
    return snapshotBoard(this.#board, this.#config_version, this.now_ms());
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
    if (connection_id !== null) {
      forgetConnection(this.#board, connection_id);
      this.#writeBehind(this.now_ms());
    }
    return this.#config_version;
  }

  /** The write must not hold back the answer: if it is lost with the machine, five more failures open it again. */
  #writeBehind(now_ms: number): void {
    const { targets, cooled } = viewBoard(this.#board, now_ms);
    const rests: StoredRests = { targets: [], cooled };
    for (const { connection_id, model, breaker } of targets) {
      // A closed one is kept for its generation: a permit from before must not fit a period from after.
      if (breaker.generation > 0 || breaker.state !== 'closed') {
        rests.targets.push({ connection_id, model, breaker: { ...breaker, samples: [] } });
      }
    }
    this.ctx.waitUntil(this.ctx.storage.put(RESTS, rests, { allowUnconfirmed: true }));
  }
}
