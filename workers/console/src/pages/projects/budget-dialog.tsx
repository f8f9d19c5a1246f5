import type { Budget, BudgetUsage } from '@sluice/client';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { BudgetMeter, budgetWords } from '../../ui/budget-meter.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm, Dialog, FormDialog, FormError } from '../../ui/dialog.tsx';
import { Check, Field, FieldRow, Input, Select } from '../../ui/field.tsx';
import { Facts } from '../../ui/figures.tsx';
import { Stack } from '../../ui/page.tsx';
import { readLines, readNumber } from '../../ui/read-form.ts';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { aboutWhom, useProjectNames } from './budgets-tab.tsx';
import { changeBudget, readBudgetUsage, removeBudget, useProjectsChanged } from './projects-queries.ts';

/** One shared budget: how it stands, whose it is, and what can be done to it. */
export function BudgetDialog({ budget, onClose }: { budget: Budget | undefined; onClose: () => void }) {
  const may = useMay();
  const projects = useProjectNames();
  const changed = useProjectsChanged();
  const [asked, setAsked] = useState<'edit' | 'remove' | null>(null);
  const close = (open: boolean) => !open && setAsked(null);
  const whom = budget === undefined ? '' : aboutWhom(budget, projects);
  return (
    <>
      <Dialog
        shape="side"
        open={budget !== undefined}
        onOpenChange={(open) => !open && onClose()}
        title={whom}
        about={budget && `${budgetWords(budget)}${budget.name ? ` · ${budget.name}` : ''}`}
        footer={
          <>
            {may('DELETE /admin/v1/budgets/:id') && (
              <Button onClick={() => setAsked('remove')}>Remove …</Button>
            )}
            {may('PATCH /admin/v1/budgets/:id') && (
              <Button look="primary" onClick={() => setAsked('edit')}>
                Change
              </Button>
            )}
          </>
        }
      >
        {budget !== undefined && (
          <Stack>
            {budget.spent_usd !== null && <BudgetMeter budget={budget} />}
            <Facts
              rows={[
                ['Over it', budget.hard ? 'requests are refused' : 'it only alerts'],
                ['Alerts at', budget.alert_percents.map((percent) => `${percent} %`).join(', ') || 'nothing'],
                ['Starts anew', <Time key="anew" at={budget.resets_at} />],
                ['Made', <Time key="made" at={budget.created_at} />],
                ['Changed', <Time key="changed" at={budget.updated_at} />],
              ]}
            />
            {budget.subject === null &&
              budget.scope !== 'organization' &&
              budget.window !== 'per_request' && <LookUp key={budget.id} budget={budget} />}
          </Stack>
        )}
      </Dialog>
      {budget !== undefined && (
        <>
          <EditBudget budget={budget} open={asked === 'edit'} onOpenChange={close} />
          <Confirm
            open={asked === 'remove'}
            onOpenChange={close}
            title="Remove this budget"
            submit="Remove budget"
            onConfirm={async () => {
              await removeBudget(budget);
              changed();
              onClose();
              toast('Budget removed');
            }}
          >
            {whom}, {budgetWords(budget)}: requests are no longer held to it. What was counted is forgotten.
          </Confirm>
        </>
      )}
    </>
  );
}

/** What one user, model or session has used of a budget that each has by itself. */
function LookUp({ budget }: { budget: Budget }) {
  const [subject, setSubject] = useState('');
  const [found, setFound] = useState<BudgetUsage | null>(null);
  const [error, setError] = useState<unknown>(null);
  const look = async () => {
    try {
      setFound(await readBudgetUsage(budget.id, subject.trim()));
      setError(null);
    } catch (thrown) {
      setFound(null);
      setError(thrown);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void look();
      }}
    >
      <Stack>
        <Field label={`How does one ${budget.scope} stand?`} hint="Id as requests name it, then Enter.">
          <Input value={subject} required onChange={({ target }) => setSubject(target.value)} />
        </Field>
        {found !== null && <BudgetMeter budget={found} />}
        {error !== null && <FormError error={error} />}
      </Stack>
    </form>
  );
}

interface EditProps {
  budget: Budget;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

function EditBudget({ budget, open, onOpenChange }: EditProps) {
  const changed = useProjectsChanged();
  const [draft, change] = useDraft(open, () => ({
    etag: budget.etag,
    name: budget.name ?? '',
    amount: String(budget.limit_amount),
    currency: budget.currency,
    hard: budget.hard,
    alerts: budget.alert_percents.join(', '),
  }));
  const save = async () => {
    const limit = readNumber('Limit', draft.amount);
    if (limit === null) throw new Error('Limit: say how much.');
    await changeBudget(
      { id: budget.id, etag: draft.etag },
      {
        name: draft.name.trim() === '' ? null : draft.name.trim(),
        hard: draft.hard,
        ...(draft.currency === 'usd' ? { limit_usd: limit } : { limit_eur: limit }),
        alert_percents: readLines(draft.alerts).map(
          (text) => readNumber('Alerts', text.replace('%', '')) ?? 0,
        ),
      },
    );
    changed();
    toast('Budget saved', { description: 'In force from the next request on.' });
  };
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title="Change this budget"
      about="What was spent in its window stays counted."
      submit="Save budget"
      onSubmit={save}
    >
      <FieldRow>
        <Field label="Limit">
          <Input
            required
            inputMode="decimal"
            value={draft.amount}
            onChange={({ target }) => change({ amount: target.value })}
          />
        </Field>
        <Field label="Currency">
          <Select
            value={draft.currency}
            onChange={({ target }) => change({ currency: target.value as 'usd' | 'eur' })}
            options={[
              { value: 'usd', label: 'US dollars' },
              { value: 'eur', label: 'Euros' },
            ]}
          />
        </Field>
      </FieldRow>
      <Field label="Name" aside="optional">
        <Input maxLength={100} value={draft.name} onChange={({ target }) => change({ name: target.value })} />
      </Field>
      <Field label="Alert at" hint="Percent of the limit, with commas between.">
        <Input value={draft.alerts} onChange={({ target }) => change({ alerts: target.value })} />
      </Field>
      <Check
        label="Refuse what would go over it"
        hint="Without this it only alerts."
        checked={draft.hard}
        disabled={budget.window === 'per_request'}
        onChange={({ target }) => change({ hard: target.checked })}
      />
    </FormDialog>
  );
}
