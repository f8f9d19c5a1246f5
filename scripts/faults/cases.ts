/** One way in which a provider misbehaves, and what must come of it. */
export interface Case {
  id: string;
  /** What the simulator does where a model is so called. */
  fault: string;
  /** In the user's message: how the simulator's answer is made and where it breaks. */
  directive?: string;
  fallback?: string;
  /** Who must have answered, at last; `either` = a retry may have done. */
  by: 'fallback' | 'first' | 'either' | 'nobody';
  /** The longest it may take, streamed and whole. */
  within_ms: [stream: number, whole: number];
  /** Calls to the failing provider, at most. */
  calls_max?: number;
  /** Takes long by its nature: not part of the short run. */
  long?: boolean;
}

/** Refuses a turn of its own to go on with, as its vendor's models do since Claude Opus 4.6. */
export const NO_PREFILL = 'claude-opus-4-7';
export const FALLBACK = 'claude-sonnet-4-5';
const SIXTY = '[sim tokens=60 chunks=60';

export const CASES: readonly Case[] = [
  { id: '429 with Retry-After', fault: '429-retry', by: 'fallback', within_ms: [6_000, 6_000] },
  { id: 'persistent 429', fault: '429', by: 'fallback', within_ms: [3_000, 3_000] },
  { id: '500 once', fault: '500-once', by: 'either', within_ms: [3_000, 3_000] },
  { id: 'persistent 503', fault: '503', by: 'fallback', within_ms: [4_000, 4_000] },
  { id: 'reset before headers', fault: 'reset', by: 'fallback', within_ms: [4_000, 4_000] },
  {
    id: 'no response',
    fault: 'silence',
    by: 'fallback',
    within_ms: [100_000, 100_000],
    calls_max: 1,
    long: true,
  },
  // A whole answer may take as long: only a stream shows that nothing has begun.
  {
    id: 'first token after 20 s',
    fault: 'slow-20000',
    by: 'either',
    within_ms: [15_000, 25_000],
    long: true,
  },
  {
    id: 'cut after 40 of 60 tokens',
    fault: 'cut-fin',
    directive: `${SIXTY} cut_after=40]`,
    by: 'fallback',
    within_ms: [5_000, 5_000],
  },
  {
    id: 'stall of 30 s',
    fault: 'stall',
    directive: `${SIXTY} cut_after=40]`,
    by: 'fallback',
    within_ms: [45_000, 45_000],
    long: true,
  },
  {
    id: 'malformed event',
    fault: 'malformed',
    directive: `${SIXTY}]`,
    by: 'fallback',
    within_ms: [5_000, 5_000],
  },
  { id: 'no [DONE]', fault: 'no-done', by: 'first', within_ms: [5_000, 5_000] },
  { id: 'context length', fault: 'context', by: 'fallback', within_ms: [3_000, 3_000], calls_max: 1 },
  { id: 'content filter', fault: 'filter-400', by: 'nobody', within_ms: [3_000, 3_000], calls_max: 1 },
  {
    id: 'cut, and the fallback refuses prefill',
    fault: 'cut-rst',
    directive: `${SIXTY} cut_after=40]`,
    fallback: NO_PREFILL,
    by: 'fallback',
    within_ms: [5_000, 5_000],
  },
];

export const modelOf = (one: Case, stream: boolean): string =>
  `fault-run-${stream ? 's' : 'w'}-${CASES.indexOf(one)}-sim-${one.fault}`;

export const OUTAGE_MODELS = [6, 60].map((seconds) => `fault-run-outage-sim-flap-${seconds}`);
export const ACCOUNTS_MODEL = 'fault-run-accounts-sim-cut-fin';

/** A connection of its own for each: what rests or opens is then nobody else's. */
export function faultRunUpstreams(simulator_url: string): Record<string, unknown>[] {
  const models = CASES.flatMap((one) => [modelOf(one, true), modelOf(one, false)]);
  return [...models, ...OUTAGE_MODELS, ACCOUNTS_MODEL].map((model, i) => ({
    id: `conn_fault_run_${i}`,
    provider: 'openai',
    base_url: `${simulator_url}/v1`,
    credential: 'simulator',
    models: [model],
  }));
}
