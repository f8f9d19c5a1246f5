import type { AfterPort, AnswerLogPort, CachedAnswer, CachePort, UnsafeAnswer } from '@sluice/contract';
import { withinOrNull } from '../limits/within.ts';
import { type LiveFlight, readLive } from './flight-reader.ts';
import { FlightWriter } from './flight-writer.ts';

/** After this long others no longer wait for whoever was first. */
const LEASE_MS = 120_000;
const CLAIM_MS = 1_000;

export type Flight =
  /** Nobody else asks the same now. */
  | { kind: 'first'; writer: FlightWriter }
  /** Somebody does, and this is what has come so far. */
  | { kind: 'live'; live: LiveFlight }
  /** Somebody did, and this came of it. */
  | { kind: 'shared'; entry: CachedAnswer }
  /** Everybody for himself: the first one's answer was not to be kept, or nobody could be asked. */
  | { kind: 'alone' };

export interface Joining {
  organization_id: string;
  fingerprint: string;
  request_id: string;
  client_gone: AbortSignal;
  /** How long this request can wait for another one's answer. */
  wait_ms: number;
  /** The answer may be told while it is made, since what is in it can be seen at its beginning. */
  live: boolean;
  also: readonly UnsafeAnswer[];
}

/**
 * Of identical requests at the same time one asks the provider; the others get its answer, as it is made or out of
 * the exact cache. Never throws.
 */
export async function joinFlight(
  { organization_id, fingerprint, request_id, client_gone, wait_ms, live, also }: Joining,
  ports: { cache: CachePort; logs: AnswerLogPort; after: AfterPort },
): Promise<Flight> {
  // The fingerprint has the organization in it, too; should it ever not, no two of them share a flight.
  const name = `flight/${fingerprint}/${organization_id}`;
  const { cache, logs, after } = ports;
  try {
    const claim = await withinOrNull(CLAIM_MS, logs.claim(name, fingerprint, LEASE_MS));
    if (claim === null || claim.kind === 'conflict') return ALONE;
    if (claim.kind === 'first') {
      const { token } = claim;
      const writer = new FlightWriter({ name, token, logs, after, client_gone, request_id, live, also });
      return { kind: 'first', writer };
    }
    if (claim.kind === 'running') {
      const come = await readLive(logs, name, { wait_ms, live, client_gone });
      if (come === 'given up') return ALONE;
      if (come !== null) return { kind: 'live', live: come };
    }
    const entry = await cache.find(organization_id, fingerprint);
    return entry === null ? ALONE : { kind: 'shared', entry };
  } catch {
    return ALONE;
  }
}

const ALONE: Flight = { kind: 'alone' };
