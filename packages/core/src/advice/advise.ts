import type { Advice } from '@sluice/contract';
import { fnv1a } from '../limits/fnv1a.ts';
import { adviseCache, advisePromptCache } from './advise-cache.ts';
import { adviseKeys } from './advise-keys.ts';
import { adviseHolds, adviseTightLimits } from './advise-limits.ts';
import { adviseCheaperModels, adviseRetiring } from './advise-models.ts';
import { advisePools } from './advise-pools.ts';
import { adviseFallback, adviseRetryStorms } from './advise-reliability.ts';
import { adviseFasterConnections } from './advise-speed.ts';
import { type AdviceMonth, DAYS_MIN, daysOf } from './month.ts';

const ADVISERS: readonly ((month: AdviceMonth) => Advice[])[] = [
  adviseCheaperModels,
  adviseCache,
  advisePromptCache,
  advisePools,
  adviseFasterConnections,
  adviseFallback,
  adviseRetryStorms,
  adviseRetiring,
  adviseTightLimits,
  adviseHolds,
  adviseKeys,
];

/**
 * All that a month lets advise. Pure: the same month gives the same advice. `docs/recommendations.md` has the rule of
 * each kind; where there is too little to be sure, nothing is said.
 */
export const advise = (month: AdviceMonth): Advice[] =>
  daysOf(month) < DAYS_MIN ? [] : ADVISERS.flatMap((adviser) => adviser(month));

const hex = (text: string): string => fnv1a(text).toString(16).padStart(8, '0');

/** The same for the same advice of the same organization, in every run. */
export function adviceId(
  organization_id: string,
  { kind, subject }: Pick<Advice, 'kind' | 'subject'>,
): string {
  const name = `${organization_id}\n${kind}\n${subject}`;
  return `rec_${hex(name)}${hex(`2\n${name}`)}`;
}
