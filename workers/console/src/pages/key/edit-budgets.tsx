import type { KeyDetail } from '@sluice/client';
import { Plus, Trash2 } from 'lucide-react';
import { Button, IconButton } from '../../ui/button.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { Check, Field, Input, Select } from '../../ui/field.tsx';
import { readLines, readNumber } from '../../ui/read-form.ts';
import { toast } from '../../ui/toast.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { WINDOWS } from '../keys/create-key.tsx';
import styles from './key-page.module.css';
import { changeKey, type KeyPatch, useKeyChanged } from './key-queries.ts';

type Budget = NonNullable<KeyPatch['budgets']>[number];

interface Line {
  id: number;
  window: Budget['window'];
  currency: 'usd' | 'eur';
  amount: string;
  hard: boolean;
  alerts: string;
}

const linesOf = (key: KeyDetail): Line[] =>
  key.budgets.map((budget, id) => ({
    id,
    window: budget.window,
    currency: budget.currency,
    amount: String(budget.limit_amount),
    hard: budget.hard,
    alerts: budget.alert_percents.join(', '),
  }));

function readLine({ window, currency, amount, hard, alerts }: Line): Budget {
  const limit = readNumber('Limit', amount);
  if (limit === null) throw new Error('Limit: say how much, or take this budget away.');
  return {
    window,
    hard,
    ...(currency === 'usd' ? { limit_usd: limit } : { limit_eur: limit }),
    alert_percents: readLines(alerts).map((percent) => readNumber('Alerts', percent.replace('%', '')) ?? 0),
  };
}

interface EditBudgetsProps {
  of: KeyDetail;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** All budgets of a key at once. What was spent stays counted, whatever the limit becomes. */
export function EditBudgets({ of: key, open, onOpenChange }: EditBudgetsProps) {
  const [{ lines, etag }, change] = useDraft(open, () => ({ lines: linesOf(key), etag: key.etag }));
  const changed = useKeyChanged();
  const set = (id: number, patch: Partial<Line>) =>
    change({ lines: lines.map((line) => (line.id === id ? { ...line, ...patch } : line)) });
  const add = () => {
    const free =
      WINDOWS.find(({ value }) => lines.every(({ window }) => window !== value))?.value ?? 'monthly';
    const id = Math.max(-1, ...lines.map((line) => line.id)) + 1;
    change({
      lines: [...lines, { id, window: free, currency: 'usd', amount: '', hard: true, alerts: '80, 90, 100' }],
    });
  };
  const save = async () => {
    await changeKey({ id: key.id, etag }, { budgets: lines.map(readLine) });
    changed();
    toast('Budgets saved', { description: 'In force from the next request on.' });
  };
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Budgets of ${key.name}`}
      about="What was spent in a window stays counted when its limit changes."
      submit="Save budgets"
      onSubmit={save}
    >
      {lines.length === 0 && <p>No budget: only what is shared limits this key.</p>}
      {lines.map((line) => (
        <div key={line.id} className={styles['row']}>
          <div className={styles['line']}>
            <Field label="Limit">
              <Input
                inputMode="decimal"
                required
                value={line.amount}
                onChange={({ target }) => set(line.id, { amount: target.value })}
              />
            </Field>
            <Field label="Currency">
              <Select
                value={line.currency}
                onChange={({ target }) => set(line.id, { currency: target.value as 'usd' | 'eur' })}
                options={[
                  { value: 'usd', label: 'USD' },
                  { value: 'eur', label: 'EUR' },
                ]}
              />
            </Field>
            <Field label="Window">
              <Select
                value={line.window}
                onChange={({ target }) => set(line.id, { window: target.value as Budget['window'] })}
                options={WINDOWS}
              />
            </Field>
            <IconButton
              label="Take this budget away"
              icon={<Trash2 aria-hidden="true" />}
              onClick={() => change({ lines: lines.filter(({ id }) => id !== line.id) })}
            />
          </div>
          <Check
            label="Refuse what would go over it"
            hint="Without this it only alerts."
            checked={line.hard}
            onChange={({ target }) => set(line.id, { hard: target.checked })}
          />
          <Field label="Alert at" hint="Percent of the limit, with commas between. Webhooks tell of it.">
            <Input
              value={line.alerts}
              placeholder="80, 90, 100"
              onChange={({ target }) => set(line.id, { alerts: target.value })}
            />
          </Field>
        </div>
      ))}
      <div>
        <Button size="small" icon={<Plus aria-hidden="true" />} onClick={add} disabled={lines.length >= 8}>
          Add a budget
        </Button>
      </div>
    </FormDialog>
  );
}
