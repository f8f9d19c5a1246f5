import type { AfterPort, ClockPort, LedgerPort, Settlement } from '@sluice/contract';

export interface SettlementOutbox {
  /**
   * Queues one; it leaves with the key's next admission, or by itself a moment later.
   * @param urgent what it held may be missed by others: the moment is short. Absent = it is.
   */
  add(key_id: string, settlement: Settlement, urgent?: boolean): void;
  /** What rides along with an admission of this key. To be restored if that fails. */
  take(key_id: string): Settlement[];
  restore(key_id: string, settled: Settlement[]): void;
  /** Sends what waits, of one key or of all. Never rejects. */
  flush(key_id?: string): Promise<void>;
}

export interface SettlementOutboxOptions {
  ledger: Pick<LedgerPort, 'settle'>;
  after: AfterPort;
  clock: ClockPort;
  /** Gets what could not be delivered in time, and must bring it to the ledger later. */
  undelivered: (key_id: string, settled: Settlement[]) => void;
  sleep?: (ms: number) => Promise<void>;
}

const URGENT_MS = 50;
/** Keys of a team ask seldom: so long their settlements wait for a ride. */
const PATIENT_MS = 200;
const RETRY_MS = 100;
const RETRY_MS_MAX = 5_000;
const GIVE_UP_MS = 20_000;
const NONE: Settlement[] = [];

const sleepFor = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Waiting {
  /** They go by themselves then. */
  due_ms: number;
  settled: Settlement[];
}

/**
 * Collects one isolate's settlements. Delivery is at least once, which the ledger makes once: what an unanswered call
 * carried is sent again.
 */
export function createSettlementOutbox(options: SettlementOutboxOptions): SettlementOutbox {
  const { ledger, after, clock, undelivered, sleep = sleepFor } = options;
  const waiting = new Map<string, Waiting>();
  let due_ms = 0;

  async function deliver(key_id: string, settled: Settlement[]): Promise<void> {
    const give_up_ms = clock.now_ms() + GIVE_UP_MS;
    for (let pause_ms = RETRY_MS; ; pause_ms = Math.min(pause_ms * 2, RETRY_MS_MAX)) {
      try {
        await ledger.settle(key_id, settled);
        return;
      } catch {
        if (clock.now_ms() + pause_ms > give_up_ms) break;
      }
      await sleep(pause_ms);
    }
    undelivered(key_id, settled);
  }

  function take(key_id: string): Settlement[] {
    const found = waiting.get(key_id);
    if (found === undefined) return NONE;
    waiting.delete(key_id);
    return found.settled;
  }

  async function flush(key_id?: string): Promise<void> {
    const sending: Promise<void>[] = [];
    for (const id of key_id === undefined ? [...waiting.keys()] : [key_id]) {
      const settled = take(id);
      if (settled.length > 0) sending.push(deliver(id, settled));
    }
    await Promise.all(sending);
  }

  /** One timer at a time, but for sooner ones. One that died with its request is replaced when it is overdue. */
  function plan(wait_ms: number): void {
    const now_ms = clock.now_ms();
    if (now_ms < due_ms && due_ms <= now_ms + wait_ms) return;
    due_ms = now_ms + wait_ms;
    after('settlements', sleep(wait_ms).then(flushDue));
  }

  /** Sends what has waited its time; what came since the key's last admission may still ride along with the next. */
  async function flushDue(): Promise<void> {
    due_ms = 0;
    const now_ms = clock.now_ms();
    const sending: Promise<void>[] = [];
    let soonest_ms = Number.POSITIVE_INFINITY;
    for (const [key_id, one] of [...waiting]) {
      const left_ms = one.due_ms - now_ms;
      if (left_ms <= 0) sending.push(deliver(key_id, take(key_id)));
      else soonest_ms = Math.min(soonest_ms, left_ms);
    }
    if (soonest_ms <= PATIENT_MS) plan(soonest_ms);
    await Promise.all(sending);
  }

  return {
    add(key_id, settlement, urgent = true) {
      const found = waiting.get(key_id);
      const wait_ms = urgent ? URGENT_MS : PATIENT_MS;
      const due_ms = clock.now_ms() + wait_ms;
      if (found === undefined) waiting.set(key_id, { due_ms, settled: [settlement] });
      else {
        found.settled.push(settlement);
        found.due_ms = Math.min(found.due_ms, due_ms);
      }
      plan(wait_ms);
    },
    take,
    restore(key_id, settled) {
      if (settled.length === 0) return;
      const since = waiting.get(key_id)?.settled ?? NONE;
      waiting.set(key_id, { due_ms: clock.now_ms() + URGENT_MS, settled: [...settled, ...since] });
      plan(URGENT_MS);
    },
    flush,
  };
}
