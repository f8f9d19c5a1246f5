import type { Recommendation } from '@sluice/client';
import { ArrowRight } from 'lucide-react';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { formatDay } from '../../ui/format.ts';
import styles from './recommendations.module.css';
import { effectWords } from './render-advice.ts';

const MEASURED_AFTER_MS = 14 * 86_400_000;
const TONES = { better: 'good', worse: 'bad', unclear: 'plain' } as const satisfies Record<string, Tone>;

/** What an applied change came to, or when that will be known. */
export function EffectPart({ advice: { effect, applied_at, measures } }: { advice: Recommendation }) {
  if (effect === null)
    return (
      <p className={styles['effect']}>
        {applied_at === null || measures === null
          ? 'There is nothing to compare before and after this one.'
          : `Its effect is told from ${formatDay(Date.parse(applied_at) + MEASURED_AFTER_MS)}: the 14 days before beside the 14 days after.`}
      </p>
    );
  const { metric, before, after, difference, verdict } = effectWords(effect);
  return (
    <div className={styles['effect']}>
      <span className={styles['metric']}>
        {metric}{' '}
        <Badge tone={TONES[verdict]}>
          {verdict === 'unclear' ? 'No clear change' : verdict === 'better' ? 'Better' : 'Worse'}
        </Badge>
      </span>
      <span className={styles['sides']}>
        <Side name="14 days before" {...before} />
        <ArrowRight aria-hidden="true" />
        <Side name="14 days after" {...after} />
        {difference !== null && <Side name="Difference" {...difference} />}
      </span>
    </div>
  );
}

const Side = ({ name, value, about }: { name: string; value: string; about: string }) => (
  <span className={styles['side']}>
    <span className={styles['per']}>{name}</span>
    <strong className="figures">{value}</strong>
    <span className={styles['range']}>{about}</span>
  </span>
);
