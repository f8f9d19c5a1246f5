import type { Recommendation } from '@sluice/client';
import { ChevronDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { useMay } from '../../api/may.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Facts } from '../../ui/figures.tsx';
import { formatDay, formatName } from '../../ui/format.ts';
import { DiffView } from '../../ui/json-view.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Time } from '../../ui/time.tsx';
import { EffectPart } from './effect-part.tsx';
import styles from './recommendations.module.css';
import { evidenceRows, savingWords } from './render-advice.ts';

const SNOOZES = [7, 30, 90];

interface AdviceCardProps {
  advice: Recommendation;
  is_open: boolean;
  /** Whose setting it changes: "Key shop". */
  target: ReactNode;
  onApply: () => void;
  /** @param snooze_days `null` = for good. */
  onDismiss: (snooze_days: number | null) => void;
  onUndo: () => void;
}

/** One advice: what, why, for how much, and what can be done about it. */
export function AdviceCard({ advice, is_open, target, onApply, onDismiss, onUndo }: AdviceCardProps) {
  const may = useMay();
  const { id, state, area, title, explanation, saving, change } = advice;
  const is_undecided = state === 'open' || state === 'snoozed';
  return (
    <li className={styles['card']} id={id}>
      <div className={styles['head']}>
        <div className={styles['badges']}>
          <Badge>{formatName(area)}</Badge>
          <StateWords advice={advice} />
        </div>
        <h2>{title}</h2>
        <p className={styles['words']}>{explanation}</p>
      </div>
      {saving !== null && <SavingPart saving={saving} />}
      {state === 'applied' && <EffectPart advice={advice} />}
      <div className={styles['more']}>
        <Disclosure title={change === null ? 'Evidence' : 'Evidence and change'} open={is_open}>
          <Facts columns={2} rows={evidenceRows(advice)} />
          {change !== null && (
            <div>
              <h3 className={styles['changes']}>
                What {state === 'applied' ? 'was changed' : 'it changes'}: {target}
              </h3>
              <DiffView before={change.before} after={change.patch} />
            </div>
          )}
        </Disclosure>
      </div>
      <div className={styles['foot']}>
        {is_undecided && change !== null && may('POST /admin/v1/recommendations/:id/apply') && (
          <Button look="primary" onClick={onApply}>
            Apply …<span className="visually-hidden"> {title}</span>
          </Button>
        )}
        {is_undecided && change === null && (
          <span className={styles['by-hand']}>No setting of the gateway does this.</span>
        )}
        {is_undecided && may('POST /admin/v1/recommendations/:id/dismiss') && (
          <Menu
            align="start"
            trigger={
              <Button icon={<ChevronDown aria-hidden="true" />}>
                Dismiss<span className="visually-hidden"> {title}</span>
              </Button>
            }
            items={[
              ...SNOOZES.map((days) => ({
                label: `Remind me in ${days} days`,
                onSelect: () => onDismiss(days),
              })),
              null,
              { label: 'Dismiss for good', onSelect: () => onDismiss(null) },
            ]}
          />
        )}
        {!is_undecided && state !== 'gone' && may('POST /admin/v1/recommendations/:id/undo') && (
          <Button onClick={onUndo}>
            {state === 'applied' ? 'Undo …' : 'Open again'}
            <span className="visually-hidden"> {title}</span>
          </Button>
        )}
      </div>
    </li>
  );
}

function StateWords({ advice }: { advice: Recommendation }) {
  const { state, applied_at, snoozed_until, first_seen_at, seen_at } = advice;
  if (state === 'applied')
    return (
      <span className={styles['when']}>
        Applied <Time at={applied_at} ago />
      </span>
    );
  if (state === 'snoozed' && snoozed_until !== null)
    return <span className={styles['when']}>Again on {formatDay(snoozed_until)}</span>;
  if (state === 'gone')
    return (
      <span className={styles['when']}>
        Last found <Time at={seen_at} ago />
      </span>
    );
  return (
    <span className={styles['when']}>
      First found <Time at={first_seen_at} ago />
    </span>
  );
}

function SavingPart({ saving }: { saving: NonNullable<Recommendation['saving']> }) {
  const { expected, per, range } = savingWords(saving);
  return (
    <div className={styles['saving']}>
      <span className={classes(styles['amount'], 'figures')}>{expected}</span>
      <span className={styles['per']}>{per}</span>
      <span className={classes(styles['range'], 'figures')} title="In 95 of 100 cases">
        {range}
      </span>
    </div>
  );
}
