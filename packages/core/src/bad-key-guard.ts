import ipaddr from 'ipaddr.js';
import { createMeter, leak, type Meter, UNIT, waitFor } from './limits/gcra.ts';

/** Bad keys that one address may show at once, and each minute after that. */
const FAILURES = { burst: 300, per_minute: 60 };
/** Keys that this isolate does not know, that look like ours and that storage then does not know either. */
const LOOK_UPS = { burst: 200, per_minute: 300 };
const ADDRESSES_MAX = 5_000;

/** What one address has tried in vain. Waits are in milliseconds; 0 = none. */
export interface BadKeyGuard {
  /** Counts a credential that was no good. @returns how long the address must wait when it has shown too many. */
  failed(address: string | null): number;
  /** How long the address must wait before one more key is looked up in storage for it. */
  lookUpWait(address: string | null): number;
  /** Counts a look-up that found nothing. One that finds a key costs its address nothing. */
  foundNothing(address: string | null): void;
}

/**
 * Slows down whoever tries keys, and nobody else: only failures count, only by address, and a good key is never asked
 * about here. In isolate memory, of bounded size: it shields storage, it is not what makes guessing hopeless; 256
 * random bits are.
 */
export function createBadKeyGuard(
  clock: { now_ms(): number },
  bad_keys: { burst: number; per_minute: number } = FAILURES,
): BadKeyGuard {
  const addresses = new Map<string, { failures: Meter; look_ups: Meter }>();

  function metersOf(address: string | null): { failures: Meter; look_ups: Meter } {
    const name = address === null ? '' : networkOf(address);
    let meters = addresses.get(name);
    if (meters === undefined) {
      if (addresses.size >= ADDRESSES_MAX) {
        const [oldest] = addresses.keys();
        if (oldest !== undefined) addresses.delete(oldest);
      }
      const now_ms = clock.now_ms();
      meters = { failures: createMeter(now_ms), look_ups: createMeter(now_ms) };
      addresses.set(name, meters);
    }
    return meters;
  }

  function waitOf(meter: Meter, { burst, per_minute }: { burst: number; per_minute: number }): number {
    const now_ms = clock.now_ms();
    leak(meter, per_minute, now_ms);
    return waitFor(meter, 1, per_minute, burst, now_ms) ?? 0;
  }

  return {
    failed(address) {
      const { failures } = metersOf(address);
      const wait_ms = waitOf(failures, bad_keys);
      if (wait_ms === 0) failures.closed += UNIT;
      return wait_ms;
    },
    lookUpWait: (address) => waitOf(metersOf(address).look_ups, LOOK_UPS),
    foundNothing(address) {
      metersOf(address).look_ups.closed += UNIT;
    },
  };
}

/** Whoever has one v6 address has the 2^64 around it. */
function networkOf(address: string): string {
  if (!address.includes(':') || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4' ? parsed.toString() : parsed.toNormalizedString().split(':', 4).join(':');
}
