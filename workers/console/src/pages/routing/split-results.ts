import type { Split, UsageRow } from '@sluice/client';
import type { Tone } from '../../ui/badge.tsx';
import { pValue, SAMPLE_MIN } from './significance.ts';

/** A difference counts from here on. */
const ALPHA = 0.05;

export interface Verdict {
  tone: Tone;
  word: string;
  /** The probability behind it, or why there is none. */
  why: string;
}

/** What one arm of a split came to. `null` = nothing known. */
export interface ArmResult {
  id: string;
  model: string;
  percent: number;
  requests: number;
  /** 0 to 1, of the requests of all arms. */
  share: number | null;
  error_share: number | null;
  latency_ms: number | null;
  ttft_ms: number | null;
  /** US dollars, of a request whose price is known. */
  cost_usd: number | null;
  /** 0 to 1, as clients give it. */
  score: number | null;
  scored: number;
  /** Beside the first arm; empty for the first itself. */
  verdicts: Verdict[];
}

/** @param rows of usage by split; those of other splits, and of arms that are gone, do not count. */
export function armResults({ name, arms }: Split, rows: readonly UsageRow[]): ArmResult[] {
  const found = arms.map((arm) => rows.find(({ split }) => split === `${name}/${arm.id}`) ?? null);
  const all = found.reduce((sum, row) => sum + (row?.requests ?? 0), 0);
  const results = arms.map((arm, at): ArmResult => {
    const row = found[at] ?? null;
    const requests = row?.requests ?? 0;
    const priced = requests - (row?.unpriced_requests ?? 0);
    return {
      ...arm,
      requests,
      share: all === 0 ? null : requests / all,
      error_share: row === null || requests === 0 ? null : row.errors / requests,
      latency_ms: row?.latency_ms_mean ?? null,
      ttft_ms: row?.ttft_ms_mean ?? null,
      cost_usd: row === null || priced === 0 ? null : row.cost_usd / priced,
      score: row?.score_mean ?? null,
      scored: row?.scored_requests ?? 0,
      verdicts: [],
    };
  });
  const [first, ...others] = results;
  if (first === undefined) return results;
  // Each of the others is compared with the first, by errors and by scores.
  const comparisons = others.length * 2;
  for (const arm of others)
    arm.verdicts = [
      verdictOf(
        'errors',
        pValue(
          { count: first.requests, mean: first.error_share },
          { count: arm.requests, mean: arm.error_share },
          comparisons,
        ),
        (arm.error_share ?? 0) - (first.error_share ?? 0),
        'bad',
      ),
      verdictOf(
        'score',
        pValue(
          { count: first.scored, mean: first.score },
          { count: arm.scored, mean: arm.score },
          comparisons,
        ),
        (arm.score ?? 0) - (first.score ?? 0),
        'good',
      ),
    ];
  return results;
}

function verdictOf(
  what: 'errors' | 'score',
  p: number | null,
  difference: number,
  more_is: 'good' | 'bad',
): Verdict {
  const of = what === 'errors' ? 'requests' : 'scored requests';
  if (p === null)
    return {
      tone: 'plain',
      word: `${what}: too early`,
      why: `it takes ${SAMPLE_MIN} ${of} of both arms`,
    };
  const why = p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
  if (p >= ALPHA) return { tone: 'plain', word: `${what}: no difference`, why };
  const word = what === 'errors' ? (difference > 0 ? 'more' : 'fewer') : difference > 0 ? 'higher' : 'lower';
  return {
    tone: difference > 0 === (more_is === 'good') ? 'good' : 'bad',
    word: what === 'errors' ? `${word} errors` : `${word} score`,
    why,
  };
}
