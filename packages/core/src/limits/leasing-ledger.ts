import type { AdmitAnswer, AdmitAsk, AfterPort, ClockPort, LedgerPort, Settlement } from '@sluice/contract';
import { LEASE_MS, leasedHoldId } from './lease.ts';
import { admitLocally, type HeldLease, holdLease } from './lease-holder.ts';
import type { SettlementOutbox } from './outbox.ts';

export interface LeasingLedger {
  /** Out of a lease at once, else by one call that carries the key's waiting settlements. @throws what the ledger throws. */
  admit(key_id: string, ask: AdmitAsk): AdmitAnswer | Promise<AdmitAnswer>;
  /** Queues a settlement under the id that the ledger knows its hold by. */
  settle(key_id: string, settlement: Settlement, urgent?: boolean): void;
}

export interface LeasingLedgerOptions {
  ledger: Pick<LedgerPort, 'admit' | 'returnLease'>;
  settlements: SettlementOutbox;
  after: AfterPort;
  clock: ClockPort;
  sleep?: (ms: number) => Promise<void>;
}

interface LocalHold {
  lease_id: string;
  answer: AdmitAnswer;
}

/** Holds that were never settled are charged with their lease; nobody asks for them again. */
const LOCAL_HOLDS_MAX = 20_000;

/** A request that was cut off never comes back with the lease that it went for: then the next one goes. */
const FETCHING_MS_MAX = 500;

const sleepFor = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The isolate's side of admission: spends leases of hot keys by itself and gives back what it did not use. */
export function createLeasingLedger(options: LeasingLedgerOptions): LeasingLedger {
  const { ledger, settlements, after, clock, sleep = sleepFor } = options;
  const leases = new Map<string, HeldLease>();
  const local = new Map<string, LocalHold>();
  const fetching_ms = new Map<string, number>();

  async function ask(key_id: string, asked: AdmitAsk, asked_ms: number): Promise<AdmitAnswer> {
    const riders = settlements.take(key_id);
    const lease_wanted =
      asked.token === undefined &&
      asked_ms - (fetching_ms.get(key_id) ?? Number.NEGATIVE_INFINITY) > FETCHING_MS_MAX;
    if (lease_wanted) fetching_ms.set(key_id, asked_ms);
    let answer: AdmitAnswer;
    try {
      answer = await ledger.admit(key_id, { ...asked, lease_wanted }, riders);
    } catch (error) {
      settlements.restore(key_id, riders);
      throw error;
    } finally {
      if (lease_wanted) fetching_ms.delete(key_id);
    }
    if (answer.kind === 'admitted' && answer.lease !== null) {
      const before = leases.get(key_id);
      const held = holdLease(answer.lease, answer.limits, asked, asked_ms, LEASE_MS);
      leases.set(key_id, held);
      // A replaced slice goes back now; its own timer then finds nothing.
      if (before !== undefined) after('return lease', giveBack(key_id, before));
      after('return lease', giveBackLater(key_id, held));
    } else if (answer.kind === 'policy_changed') {
      const held = leases.get(key_id);
      if (held !== undefined) held.until_ms = 0;
    }
    return answer;
  }

  async function giveBackLater(key_id: string, held: HeldLease): Promise<void> {
    await sleep(LEASE_MS);
    await giveBack(key_id, held);
  }

  async function giveBack(key_id: string, held: HeldLease): Promise<void> {
    if (leases.get(key_id) === held) leases.delete(key_id);
    if (held.until_ms < 0) return;
    held.until_ms = -1;
    const { requests, tokens, usd_nanos } = held;
    await ledger.returnLease(key_id, held.lease.lease_id, { requests, tokens, usd_nanos });
  }

  return {
    admit(key_id, asked) {
      const now_ms = clock.now_ms();
      const known = local.get(asked.hold_id);
      if (known !== undefined) return known.answer;
      // A token's limits are known to the ledger alone.
      const held = asked.token === undefined ? leases.get(key_id) : undefined;
      if (held !== undefined) {
        const answer = admitLocally(held, asked, now_ms);
        if (answer !== null) {
          if (local.size >= LOCAL_HOLDS_MAX) {
            const [oldest] = local.keys();
            if (oldest !== undefined) local.delete(oldest);
          }
          local.set(asked.hold_id, { lease_id: held.lease.lease_id, answer });
          return answer;
        }
      }
      return ask(key_id, asked, now_ms);
    },

    settle(key_id, settlement, urgent = true) {
      const known = local.get(settlement.hold_id);
      if (known === undefined) {
        settlements.add(key_id, settlement, urgent);
        return;
      }
      local.delete(settlement.hold_id);
      const hold_id = leasedHoldId(known.lease_id, settlement.hold_id);
      settlements.add(key_id, { ...settlement, hold_id }, urgent);
    },
  };
}
