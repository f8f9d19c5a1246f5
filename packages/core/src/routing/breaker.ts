import type { BreakerState, ProbePermit } from '@sluice/contract';

/** One target's breaker. Plain data: it is stored, and sent between the board and the isolates. */
export interface Breaker {
  state: BreakerState;
  failures_in_a_row: number;
  /** Results of the last half minute, oldest first; empty unless closed. */
  samples: SampleSlot[];
  /** When probes are let through; `null` unless open. */
  retry_at_ms: number | null;
  /** How often it opened without having closed in between: each time, the pause doubles. */
  openings: number;
  /** Grows with every set of permits. A result from before this half-open period is ignored. */
  generation: number;
  /** The generation that this half-open period began with: it grows on when permits are lost. */
  first_generation: number;
  probes_out: number;
  probe_successes: number;
  /** Permits that were not heard of by then are lost; `null` unless half open. */
  probes_expire_ms: number | null;
}

interface SampleSlot {
  /** Number of the three-second slot since 1970. */
  slot: number;
  successes: number;
  failures: number;
}

/** What happened, at the breaker's target, at `now_ms`. */
export interface BreakerEvent {
  result: 'success' | 'failure' | 'neutral';
  probe: ProbePermit | null;
}

export const FAILURES_IN_A_ROW = 5;
export const PROBES = 3;
const PROBE_SUCCESSES_TO_CLOSE = 2;
export const PERMIT_MS = 60_000;
const FAILURE_RATIO = 0.5;
const SAMPLES_MIN = 20;
const SLOT_MS = 3_000;
const SLOTS = 10;
const PAUSE_MS = 5_000;
/** And never less after a failure, so that a dead target is not asked by all who wait. */
const PAUSE_MS_MIN = 1_000;
/**
 * However long an outage was, the target is asked again within this of its end, and then two answers bring it back:
 * together less than half a minute. A target that stays dead costs one request in this time.
 */
export const PAUSE_MS_MAX = 25_000;
/** The pause is up to a tenth longer, so that isolates and targets do not come back in step. */
const PAUSE_JITTER = 0.1;

export const CLOSED_BREAKER: Breaker = {
  state: 'closed',
  failures_in_a_row: 0,
  samples: [],
  retry_at_ms: null,
  openings: 0,
  generation: 0,
  first_generation: 0,
  probes_out: 0,
  probe_successes: 0,
  probes_expire_ms: null,
};

/**
 * The breaker after an attempt ended. Returns the same object when nothing was learned.
 *
 * @param random 0 ≤ x < 1, for the jitter of a pause.
 */
export function applyResult(breaker: Breaker, event: BreakerEvent, now_ms: number, random: number): Breaker {
  if (event.probe !== null && isStale(breaker, event.probe)) return breaker;
  switch (breaker.state) {
    case 'closed':
      return event.result === 'neutral' ? breaker : countSample(breaker, event.result, now_ms, random);
    // Attempts that began before it opened may still end: they keep the one reopen time.
    case 'open':
      return breaker;
    case 'half_open':
      return event.probe === null ? breaker : endProbe(breaker, event.probe, event.result, now_ms, random);
  }
}

/**
 * Asks for one of the probes. After the pause the first ask makes the breaker half open; a slot is free again when its
 * probe ends neutral. Permits of which nothing is heard for a minute count as lost, and a new generation begins; an
 * answer that merely took so long still counts, so that a slow model can come back.
 */
export function takeProbe(
  breaker: Breaker,
  now_ms: number,
): { breaker: Breaker; permit: ProbePermit | null } {
  if (breaker.state === 'closed') return { breaker, permit: null };
  if (breaker.state === 'open') {
    const due = breaker.retry_at_ms === null || now_ms >= breaker.retry_at_ms;
    return due ? nextGeneration(breaker, now_ms) : { breaker, permit: null };
  }
  const lost = breaker.probes_expire_ms === null || now_ms >= breaker.probes_expire_ms;
  if (lost && breaker.probes_out > 0) return nextGeneration(breaker, now_ms);
  if (breaker.probes_out + breaker.probe_successes < PROBES) {
    const taken = { ...breaker, probes_out: breaker.probes_out + 1, probes_expire_ms: now_ms + PERMIT_MS };
    return { breaker: taken, permit: { generation: breaker.generation } };
  }
  return { breaker, permit: null };
}

function nextGeneration(breaker: Breaker, now_ms: number): { breaker: Breaker; permit: ProbePermit } {
  const generation = breaker.generation + 1;
  const goes_on = breaker.state === 'half_open';
  return {
    breaker: {
      ...breaker,
      state: 'half_open',
      retry_at_ms: null,
      generation,
      first_generation: goes_on ? breaker.first_generation : generation,
      probes_out: 1,
      probes_expire_ms: now_ms + PERMIT_MS,
    },
    permit: { generation },
  };
}

function isStale(breaker: Breaker, probe: ProbePermit): boolean {
  const oldest = breaker.state === 'half_open' ? breaker.first_generation : breaker.generation;
  return probe.generation < oldest || probe.generation > breaker.generation;
}

function endProbe(
  breaker: Breaker,
  probe: ProbePermit,
  result: BreakerEvent['result'],
  now_ms: number,
  random: number,
): Breaker {
  if (result === 'failure') {
    // A probe that waited long for nothing has told of the time when it began: the pause counts from then.
    const asked_ms = breaker.probes_expire_ms === null ? now_ms : breaker.probes_expire_ms - PERMIT_MS;
    return open(breaker, now_ms, random, Math.min(now_ms, asked_ms));
  }
  // The slot of a permit that had counted as lost is free already.
  const freed = probe.generation === breaker.generation && breaker.probes_out > 0 ? 1 : 0;
  const probes_out = breaker.probes_out - freed;
  if (result === 'neutral') return { ...breaker, probes_out };
  const probe_successes = breaker.probe_successes + 1;
  if (probe_successes < PROBE_SUCCESSES_TO_CLOSE) return { ...breaker, probes_out, probe_successes };
  return { ...CLOSED_BREAKER, generation: breaker.generation };
}

function countSample(
  breaker: Breaker,
  result: 'success' | 'failure',
  now_ms: number,
  random: number,
): Breaker {
  const samples = addSample(breaker.samples, result, now_ms);
  if (result === 'success') return { ...breaker, failures_in_a_row: 0, samples };
  const failures_in_a_row = breaker.failures_in_a_row + 1;
  if (failures_in_a_row >= FAILURES_IN_A_ROW || tooManyFailed(samples)) return open(breaker, now_ms, random);
  return { ...breaker, failures_in_a_row, samples };
}

function open(breaker: Breaker, now_ms: number, random: number, since_ms = now_ms): Breaker {
  // 2 ** 20 is far above the cap already: keeps the power finite however often it opened.
  const doubled_ms = PAUSE_MS * 2 ** Math.min(breaker.openings, 20);
  const pause_ms = Math.min(PAUSE_MS_MAX, Math.round(doubled_ms * (1 + PAUSE_JITTER * random)));
  return {
    ...CLOSED_BREAKER,
    state: 'open',
    retry_at_ms: Math.max(now_ms + PAUSE_MS_MIN, since_ms + pause_ms),
    openings: breaker.openings + 1,
    generation: breaker.generation,
  };
}

function addSample(samples: SampleSlot[], result: 'success' | 'failure', now_ms: number): SampleSlot[] {
  // A clock that goes back counts into the newest slot.
  const slot = Math.max(Math.floor(now_ms / SLOT_MS), samples.at(-1)?.slot ?? 0);
  const kept = samples.filter((one) => one.slot > slot - SLOTS);
  const newest = kept.at(-1);
  const added = newest?.slot === slot ? { ...newest } : { slot, successes: 0, failures: 0 };
  if (result === 'success') added.successes++;
  else added.failures++;
  if (newest?.slot === slot) kept[kept.length - 1] = added;
  else kept.push(added);
  return kept;
}

function tooManyFailed(samples: SampleSlot[]): boolean {
  let total = 0;
  let failures = 0;
  for (const one of samples) {
    total += one.successes + one.failures;
    failures += one.failures;
  }
  return total >= SAMPLES_MIN && failures >= FAILURE_RATIO * total;
}
