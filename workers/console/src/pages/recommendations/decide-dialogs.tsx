import type { Recommendation } from '@sluice/client';
import type { ReactNode } from 'react';
import { Confirm, FormDialog } from '../../ui/dialog.tsx';
import { DiffView } from '../../ui/json-view.tsx';

interface DecideProps {
  advice: Recommendation | null;
  target: ReactNode;
  onClose: () => void;
  onDone: (advice: Recommendation) => Promise<void>;
}

/** Asks before a setting is changed, and shows which. */
export function ApplyDialog({ advice, target, onClose, onDone }: DecideProps) {
  const change = advice?.change ?? null;
  return (
    <FormDialog
      open={advice !== null}
      onOpenChange={onClose}
      title="Apply this recommendation?"
      about={advice?.title}
      submit="Apply"
      onSubmit={async () => (advice === null ? false : await onDone(advice))}
    >
      {change !== null && (
        <>
          <p>
            This changes <strong>{target}</strong>, as by hand and with your role:
          </p>
          <DiffView before={change.before} after={change.patch} />
          <p>
            It is in force at once and can be undone here.
            {advice?.measures !== null && ' What it came to is measured after 14 days.'}
          </p>
        </>
      )}
    </FormDialog>
  );
}

/** Asks before what was applied is as it was. */
export function UndoDialog({ advice, target, onClose, onDone }: DecideProps) {
  const change = advice?.change ?? null;
  return (
    <Confirm
      open={advice !== null}
      onOpenChange={onClose}
      title="Undo this change?"
      about={advice?.title}
      submit="Undo the change"
      onConfirm={async () => (advice === null ? false : await onDone(advice))}
    >
      {change !== null && (
        <>
          <p>
            <strong>{target}</strong> will be as it was before, and the recommendation is open again:
          </p>
          <DiffView before={change.patch} after={change.before} />
        </>
      )}
    </Confirm>
  );
}
