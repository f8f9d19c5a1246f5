import {
  type AfterPort,
  type BreakerChange,
  type ClockPort,
  type HealthPort,
  type HealthSnapshot,
  type Outcome,
  type ProbePermit,
  type RandomPort,
  targetKey,
} from '@sluice/contract';
import type { LoadReport } from '@sluice/core/routing/board-load';
import {
  adoptView,
  applyOutcome,
  applyVerdict,
  type BoardState,
  createBoard,
  forgetConnection,
  notePermit,
  probeBoard,
  snapshotBoard,
} from '@sluice/core/routing/board-state';
import {
  beginRequest,
  createInFlight,
  endRequest,
  hearOthers,
  type InFlight,
  ownLoad,
} from '@sluice/core/routing/in-flight';
import { availability } from '@sluice/core/routing/target-availability';
import type { BoardAnswer } from './objects/health-board.ts';

/** The calls of `HealthBoard`, as a stub offers them. */
export interface BoardStub {
  report(outcomes: Outcome[], load?: LoadReport): Promise<BoardAnswer>;
  snapshot(): Promise<HealthSnapshot>;
  history(): Promise<BreakerChange[]>;
  probe(connection_id: string, model: string): Promise<ProbePermit | null>;
  bumpConfig(at_least: number, connection_id: string | null): Promise<number>;
}

export interface BoardNamespace {
  getByName(organization_id: string): BoardStub;
}

export interface HealthPortOptions {
  after: AfterPort;
  clock: ClockPort;
  random: RandomPort;
  wait?: (ms: number) => Promise<void>;
}

export interface CloudflareHealthPort extends HealthPort {
  begin: NonNullable<HealthPort['begin']>;
  end: NonNullable<HealthPort['end']>;
  /** The board's own snapshot, for the console. One call. @throws Error when the board cannot be reached. */
  read(organization_id: string): Promise<HealthSnapshot>;
  /** What breakers did, oldest first. One call. @throws Error when the board cannot be reached. */
  history(organization_id: string): Promise<BreakerChange[]>;
  /**
   * To be called after every change of what isolates cache of an organization. One call. Other isolates see the new
   * version about a second later, in `peek().config_version`; this one at once.
   *
   * @param at_least the version under which the change is stored; the board's is never behind it.
   * @param connection_id a connection that was changed: what was held against it is forgotten.
   * @throws Error when the board cannot be reached.
   */
  bumpConfig(organization_id: string, at_least?: number, connection_id?: string): Promise<number>;
}

/** What this isolate knows of one organization. */
interface LocalBoard {
  organization_id: string;
  board: BoardState;
  load: InFlight;
  /** The board was last told of something under way. */
  load_told: boolean;
  /** Something that others wait for began or ended since. */
  load_changed: boolean;
  config_version: number;
  snapshot: HealthSnapshot;
  /** The snapshot no longer shows what the board says. */
  outdated: boolean;
  /** Not sent yet, in order. */
  queued: Outcome[];
  /** In the call that is under way. */
  sending: Outcome[];
  /** `null` = no call is under way. */
  sending_since_ms: number | null;
  /** Numbers the calls, so that one that was given up cannot speak for a later one. */
  turn: number;
  /** Something in the queue should not wait for the call after. */
  urgent: boolean;
  asked_at_ms: number;
  batch_due_ms: number;
  /** Targets whose probes were all taken a moment ago, and until when that is believed. */
  refused_until_ms: Map<string, number>;
}

const REFRESH_MS = 1_000;
const BATCH_MS = 1_000;
const BATCH_OUTCOMES = 50;
const QUEUED_MAX = 500;
/** A request that was cut off takes its pending call with it: after this the call is not waited for any longer. */
const CALL_LOST_MS = 5_000;
const PROBE_WAIT_MS = 1_000;
const REFUSAL_BELIEVED_MS = 200;
const ORGANIZATIONS_MAX = 1_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Health as one isolate sees it: its own outcomes at once, everybody else's about a second later.
 *
 * @param namespace `env.HEALTH_BOARD`, whose objects are `HealthBoard`s.
 */
export function createHealthPort(
  namespace: DurableObjectNamespace | BoardNamespace,
  options: HealthPortOptions,
): CloudflareHealthPort {
  const { after, clock, random, wait = sleep } = options;
  const boards = namespace as BoardNamespace;
  const locals = new Map<string, LocalBoard>();
  let isolate = '';

  function requireLocal(organization_id: string): LocalBoard {
    const known = locals.get(organization_id);
    if (known !== undefined) return known;
    if (locals.size >= ORGANIZATIONS_MAX) {
      const [oldest] = locals.keys();
      if (oldest !== undefined) locals.delete(oldest);
    }
    const made = createLocal(organization_id);
    locals.set(organization_id, made);
    return made;
  }

  function currentSnapshot(local: LocalBoard): HealthSnapshot {
    if (local.outdated) {
      const known = snapshotBoard(local.board, local.config_version, clock.now_ms());
      local.snapshot = { ...known, in_flight: local.load.sums };
      local.outdated = false;
    }
    return local.snapshot;
  }

  /** Starts a call unless one is under way. */
  function startSending(local: LocalBoard): void {
    const now_ms = clock.now_ms();
    if (local.sending_since_ms !== null) {
      if (now_ms - local.sending_since_ms < CALL_LOST_MS) return;
      requeue(local);
    }
    local.sending_since_ms = now_ms;
    local.asked_at_ms = now_ms;
    after('health report', send(local, ++local.turn));
  }

  async function send(local: LocalBoard, turn: number): Promise<void> {
    do {
      local.sending = local.queued;
      local.queued = [];
      local.urgent = false;
      let answer: BoardAnswer | null = null;
      try {
        const load = takeLoad(local);
        const board = boards.getByName(local.organization_id);
        answer = await (load === null ? board.report(local.sending) : board.report(local.sending, load));
      } catch {
        // Unreachable: what this isolate knows by itself has to do, and the outcomes go with the next call.
      }
      if (turn !== local.turn) return;
      if (answer === null) {
        requeue(local);
        break;
      }
      local.sending = [];
      local.sending_since_ms = clock.now_ms();
      adopt(local, answer);
    } while (local.urgent);
    local.sending_since_ms = null;
  }

  function adopt(local: LocalBoard, answer: BoardAnswer): void {
    const now_ms = clock.now_ms();
    adoptView(local.board, answer.view, now_ms);
    hearOthers(local.load, answer.in_flight ?? NOTHING, now_ms);
    for (const outcome of local.queued) applyVerdict(local.board, outcome, now_ms, random.number());
    local.config_version = Math.max(local.config_version, answer.config_version);
    local.outdated = true;
  }

  /** `null` = the board has been told that there is nothing, and it is still so. */
  function takeLoad(local: LocalBoard): LoadReport | null {
    const in_flight = ownLoad(local.load);
    const some = Object.keys(in_flight).length > 0;
    local.load_changed = false;
    if (!some && !local.load_told) return null;
    local.load_told = some;
    if (isolate === '') isolate = random.id(16);
    return { isolate, in_flight };
  }

  function planBatch(local: LocalBoard, now_ms: number): void {
    if (now_ms < local.batch_due_ms) return;
    local.batch_due_ms = now_ms + BATCH_MS;
    const due = wait(BATCH_MS).then(() => {
      if (local.queued.length > 0 || local.load_changed) startSending(local);
    });
    after('health batch', due);
  }

  return {
    peek(organization_id) {
      const local = requireLocal(organization_id);
      if (clock.now_ms() - local.asked_at_ms >= REFRESH_MS) startSending(local);
      return currentSnapshot(local);
    },

    report(organization_id, outcome) {
      const urgent = outcome.result === 'failure' || outcome.probe !== null || outcome.cool_until_ms !== null;
      if (!urgent && outcome.result === 'neutral') return;
      const local = requireLocal(organization_id);
      const now_ms = clock.now_ms();
      if (applyOutcome(local.board, outcome, now_ms, random.number())) local.outdated = true;
      if (local.queued.length >= QUEUED_MAX) local.queued.shift();
      local.queued.push(outcome);
      if (urgent) local.urgent = true;
      if (urgent || local.queued.length >= BATCH_OUTCOMES) startSending(local);
      else planBatch(local, now_ms);
    },

    begin(organization_id, connection_id, model, announce) {
      const local = requireLocal(organization_id);
      const now_ms = clock.now_ms();
      if (announce) {
        local.load_changed = true;
        planBatch(local, now_ms);
      }
      return beginRequest(local.load, connection_id, model, now_ms);
    },

    end(organization_id, connection_id, model) {
      const local = requireLocal(organization_id);
      const now_ms = clock.now_ms();
      const share_ms = endRequest(local.load, connection_id, model, now_ms);
      if (local.load_told) {
        local.load_changed = true;
        planBatch(local, now_ms);
      }
      return share_ms;
    },

    async probe(organization_id, connection_id, model) {
      const local = requireLocal(organization_id);
      const asked_ms = clock.now_ms();
      const key = targetKey(connection_id, model);
      if ((local.refused_until_ms.get(key) ?? 0) > asked_ms) return null;
      if (availability(currentSnapshot(local), connection_id, model, asked_ms).kind === 'open') return null;
      const answer = await Promise.race([
        boards
          .getByName(organization_id)
          .probe(connection_id, model)
          .catch(() => 'unreachable' as const),
        wait(PROBE_WAIT_MS).then(() => 'unreachable' as const),
      ]);
      const now_ms = clock.now_ms();
      local.outdated = true;
      if (answer === 'unreachable') return probeBoard(local.board, connection_id, model, now_ms);
      if (answer === null) {
        refuseForAMoment(local, key, now_ms);
        return null;
      }
      notePermit(local.board, connection_id, model, answer, now_ms);
      return { generation: answer.generation };
    },

    read: (organization_id) => boards.getByName(organization_id).snapshot(),
    history: (organization_id) => boards.getByName(organization_id).history(),

    async bumpConfig(organization_id, at_least = 0, connection_id) {
      const local = requireLocal(organization_id);
      const version = await boards.getByName(organization_id).bumpConfig(at_least, connection_id ?? null);
      local.config_version = Math.max(local.config_version, version);
      if (connection_id !== undefined) forgetConnection(local.board, connection_id);
      local.outdated = true;
      return version;
    },
  };
}

const NOTHING: Readonly<Record<string, number>> = {};

function createLocal(organization_id: string): LocalBoard {
  const load = createInFlight();
  return {
    organization_id,
    board: createBoard(),
    load,
    load_told: false,
    load_changed: false,
    config_version: 0,
    snapshot: { targets: {}, in_flight: load.sums, config_version: 0, read_at_ms: 0 },
    outdated: false,
    queued: [],
    sending: [],
    sending_since_ms: null,
    turn: 0,
    urgent: false,
    asked_at_ms: Number.NEGATIVE_INFINITY,
    batch_due_ms: 0,
    refused_until_ms: new Map(),
  };
}

/** Puts what a lost or failed call carried back in front. A call lost on its way back is then counted twice. */
function requeue(local: LocalBoard): void {
  const all = [...local.sending, ...local.queued];
  local.queued = all.slice(-QUEUED_MAX);
  local.sending = [];
}

function refuseForAMoment(local: LocalBoard, key: string, now_ms: number): void {
  if (local.refused_until_ms.size >= 100) local.refused_until_ms.clear();
  local.refused_until_ms.set(key, now_ms + REFUSAL_BELIEVED_MS);
}
