import type { AnswerLogPort, CachedAnswer, CachePort } from '@sluice/contract';
import { withinOrNull } from '../limits/within.ts';

/** After this long others no longer wait for whoever was first. */
const LEASE_MS = 120_000;
/** So long a claim is remembered when its answer is in the cache: for who missed it by a moment. */
const DONE_MS = 5_000;
const CLAIM_MS = 300;

export type Flight =
  /** Nobody else asks the same now. `land` tells those who come meanwhile whether the answer was kept. */
  | { kind: 'first'; land: (kept: boolean) => Promise<void> }
  /** Somebody did, and this came of it. */
  | { kind: 'shared'; entry: CachedAnswer }
  /** Everybody for himself: the first one's answer was not to be kept, or nobody could be asked. */
  | { kind: 'alone' };

/**
 * Of identical requests at the same time one asks the provider; the others wait for its answer, which they find in the
 * exact cache. Never throws.
 * @param wait_ms how long this request can wait for another one's answer
 */
export async function joinFlight(
  organization_id: string,
  fingerprint: string,
  wait_ms: number,
  ports: { cache: CachePort; logs: AnswerLogPort },
): Promise<Flight> {
  // The fingerprint has the organization in it, so no two of them share a flight.
  const name = `flight/${fingerprint}`;
  const { cache, logs } = ports;
  try {
    const claim = await withinOrNull(CLAIM_MS, logs.claim(name, fingerprint, LEASE_MS));
    if (claim === null || claim.kind === 'conflict') return ALONE;
    if (claim.kind === 'first') {
      const { token } = claim;
      return {
        kind: 'first',
        land: (kept) => (kept ? logs.close(name, token, 'kept', DONE_MS) : logs.abandon(name, token)),
      };
    }
    const head = claim.kind === 'done' ? claim.head : await logs.wait(name, wait_ms);
    const entry = head === null ? null : await cache.find(organization_id, fingerprint);
    return entry === null ? ALONE : { kind: 'shared', entry };
  } catch {
    return ALONE;
  }
}

const ALONE: Flight = { kind: 'alone' };
