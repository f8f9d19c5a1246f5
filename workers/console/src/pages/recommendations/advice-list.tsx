import type { Recommendation } from '@sluice/client';
import { useQueryClient } from '@tanstack/react-query';
import { Sparkles } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import { useNames } from '../overview/usage-queries.ts';
import { AdviceCard } from './advice-card.tsx';
import { ApplyDialog, UndoDialog } from './decide-dialogs.tsx';
import styles from './recommendations.module.css';
import { applyRecommendation, dismissRecommendation, undoRecommendation } from './recommendations-queries.ts';

/** Recommendations, and the windows that ask before something is decided. */
export function AdviceList({
  rows,
  none,
  open_id,
}: {
  rows: Recommendation[];
  none: string;
  open_id: string | undefined;
}) {
  const queries = useQueryClient();
  const names = useNames();
  const [applied, setApplied] = useState<Recommendation | null>(null);
  const [undone, setUndone] = useState<Recommendation | null>(null);
  useEffect(() => {
    if (open_id !== undefined) document.getElementById(open_id)?.scrollIntoView();
  }, [open_id]);
  // What is applied changes a key, a connection or the organization: all of it is asked for again.
  const refresh = () => queries.invalidateQueries();
  const undo = async (advice: Recommendation) => {
    await undoRecommendation(advice.id);
    await refresh();
    toast('Open again', { description: advice.title });
  };
  const apply = async (advice: Recommendation) => {
    await applyRecommendation(advice.id);
    await refresh();
    toast('Applied', {
      description: advice.title,
      action: { label: 'Undo', onSelect: () => void undo(advice).catch(toastError) },
    });
  };
  const dismiss = async (advice: Recommendation, snooze_days: number | null) => {
    await dismissRecommendation(advice.id, snooze_days);
    await refresh();
    toast(snooze_days === null ? 'Dismissed' : `Put off for ${snooze_days} days`, {
      description: advice.title,
      action: { label: 'Undo', onSelect: () => void undo(advice).catch(toastError) },
    });
  };
  const targetOf = (advice: Recommendation | null): string => {
    const change = advice?.change ?? null;
    if (change === null) return '';
    if (change.id === null) return 'the settings of the organization';
    return `the ${change.target} ${names.get(change.id) ?? change.id}`;
  };
  if (rows.length === 0)
    return (
      <Section>
        <Empty title="None here" icon={<Sparkles aria-hidden="true" />}>
          {none}
        </Empty>
      </Section>
    );
  return (
    <>
      <ul className={styles['list']}>
        {rows.map((advice) => (
          <AdviceCard
            key={advice.id}
            advice={advice}
            is_open={advice.id === open_id}
            target={targetOf(advice)}
            onApply={() => setApplied(advice)}
            onDismiss={(days) => void dismiss(advice, days).catch(toastError)}
            onUndo={() =>
              advice.state === 'applied' ? setUndone(advice) : void undo(advice).catch(toastError)
            }
          />
        ))}
      </ul>
      <ApplyDialog
        advice={applied}
        target={targetOf(applied)}
        onClose={() => setApplied(null)}
        onDone={apply}
      />
      <UndoDialog advice={undone} target={targetOf(undone)} onClose={() => setUndone(null)} onDone={undo} />
    </>
  );
}
