import type { ClockPort, KeyPolicy, KeyUsage, LedgerPort, Settlement } from '@sluice/contract';
import type { EpochSettlement } from '@sluice/core/limits/settle';
import { within } from '@sluice/core/limits/within';
import {
  type AnswerWire,
  type AskWire,
  packAsk,
  packSettlement,
  type SettlementWire,
  unpackAnswer,
} from './objects/ledger-wire.ts';

/** The calls of `KeyLedger`, as a stub offers them. */
export interface LedgerStub {
  policy(): Promise<KeyPolicy | null>;
  admit(ask: AskWire, settled: SettlementWire[]): Promise<AnswerWire>;
  settle(settled: EpochSettlement[]): Promise<void>;
  returnLease(lease_id: string, unused: { requests: number; usd_nanos: number }): Promise<void>;
  usage(): Promise<KeyUsage | null>;
  record(request_id: string, wait_ms: number): Promise<string | null>;
  refresh(): Promise<KeyPolicy | null>;
}

export interface LedgerNamespace {
  idFromName(key_id: string): DurableObjectId;
  get(id: DurableObjectId): LedgerStub;
}

export interface LedgerPortOptions {
  clock: ClockPort;
  deadline_ms?: number;
}

export interface CloudflareLedgerPort extends LedgerPort {
  /** To be called after every change of a key. @throws Error when the ledger cannot be reached. */
  refresh(key_id: string): Promise<void>;
}

const DEADLINE_MS = 1_500;
const EPOCHS_MAX = 20_000;
const IDS_MAX = 5_000;

/**
 * The ledger as an isolate reaches it: one call each, within a deadline, tried a second time where the first one
 * broke. Repeating is harmless, as holds and settlements have ids. Stubs are made for each call: one belongs to the
 * request that made it.
 *
 * @param namespace `env.KEY_LEDGER`, whose objects are `KeyLedger`s.
 */
export function createLedgerPort(
  namespace: DurableObjectNamespace | LedgerNamespace,
  options: LedgerPortOptions,
): CloudflareLedgerPort {
  const ledgers = namespace as unknown as LedgerNamespace;
  const { clock, deadline_ms = DEADLINE_MS } = options;
  /** Of admissions that are not settled yet: a crash of the object is corrected by them. */
  const epochs = new Map<string, number>();
  /** An id is a hash of the name, which costs more than the rest of making a stub; unlike a stub it can be kept. */
  const ids = new Map<string, DurableObjectId>();

  function stubOf(key_id: string): LedgerStub {
    let id = ids.get(key_id);
    if (id === undefined) {
      id = ledgers.idFromName(key_id);
      if (ids.size >= IDS_MAX) ids.clear();
      ids.set(key_id, id);
    }
    return ledgers.get(id);
  }

  function call<T>(key_id: string, run: (stub: LedgerStub) => Promise<T>, wait_ms = 0): Promise<T> {
    const until_ms = clock.now_ms() + deadline_ms + wait_ms;
    const asking = async (): Promise<T> => {
      try {
        return await run(stubOf(key_id));
      } catch (error) {
        if (clock.now_ms() >= until_ms) throw error;
        return await run(stubOf(key_id));
      }
    };
    const ms = deadline_ms + wait_ms;
    return within(ms, asking(), `The ledger did not answer within ${ms} ms.`);
  }

  const withEpochs = (settled: Settlement[]): EpochSettlement[] =>
    settled.map((one) => {
      const epoch = epochs.get(one.hold_id);
      return epoch === undefined ? one : { ...one, epoch };
    });

  function forget(settled: Settlement[]): void {
    for (const { hold_id } of settled) epochs.delete(hold_id);
  }

  return {
    policy: (key_id) => call(key_id, (stub) => stub.policy()),

    async admit(key_id, ask, settled) {
      const wire = packAsk(ask);
      const riders = settled.map((one) => packSettlement(one, epochs.get(one.hold_id)));
      const { answer, epoch } = unpackAnswer(
        await call(key_id, (stub) => stub.admit(wire, riders), ask.wait_ms),
      );
      forget(settled);
      if (answer.kind === 'admitted') {
        if (epochs.size >= EPOCHS_MAX) {
          const [oldest] = epochs.keys();
          if (oldest !== undefined) epochs.delete(oldest);
        }
        epochs.set(ask.hold_id, epoch);
      }
      return answer;
    },

    async settle(key_id, settled) {
      const known = withEpochs(settled);
      await call(key_id, (stub) => stub.settle(known));
      forget(settled);
    },

    returnLease: (key_id, lease_id, unused) => call(key_id, (stub) => stub.returnLease(lease_id, unused)),
    usage: (key_id) => call(key_id, (stub) => stub.usage()),
    record: (key_id, request_id, wait_ms) =>
      call(key_id, (stub) => stub.record(request_id, wait_ms), Math.max(0, wait_ms)),
    async refresh(key_id) {
      await call(key_id, (stub) => stub.refresh());
    },
  };
}
