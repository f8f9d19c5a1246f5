import { FormDialog } from '../../ui/dialog.tsx';
import { Check, Field, FieldRow, Input, Select } from '../../ui/field.tsx';
import { readLines, readNumber } from '../../ui/read-form.ts';
import { toast } from '../../ui/toast.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { useProjects } from '../keys/keys-queries.ts';
import { type BudgetBody, createBudget, useProjectsChanged } from './projects-queries.ts';

type Scope = Exclude<BudgetBody['scope'], 'key'>;

const SCOPES: readonly { value: Scope; label: string }[] = [
  { value: 'organization', label: 'The organization' },
  { value: 'project', label: 'A project' },
  { value: 'user', label: 'Users' },
  { value: 'model', label: 'Models' },
  { value: 'session', label: 'Sessions' },
];

const SUBJECT_HINTS: Partial<Record<Scope, string>> = {
  user: 'Id as requests name it. Empty: each user has this budget by themselves.',
  model: 'E.g. gpt-4o. Empty: each model has this budget by itself.',
  session: 'Id as requests name it. Empty: each session has this budget by itself.',
};

export const SHARED_WINDOWS: readonly { value: BudgetBody['window']; label: string }[] = [
  { value: 'daily', label: 'A day' },
  { value: 'weekly', label: 'A week' },
  { value: 'monthly', label: 'A month' },
  { value: 'total', label: 'In all' },
  { value: 'per_request', label: 'A request' },
];

interface CreateBudgetProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Id of the project that it is for; absent = asked. */
  project_id?: string;
}

/** A budget that several keys share. */
export function CreateBudget({ open, onOpenChange, project_id }: CreateBudgetProps) {
  const projects = useProjects();
  const changed = useProjectsChanged();
  const [draft, change] = useDraft(open, () => ({
    scope: (project_id === undefined ? 'organization' : 'project') as Scope,
    subject: project_id ?? '',
    name: '',
    amount: '',
    currency: 'usd' as 'usd' | 'eur',
    window: 'monthly' as BudgetBody['window'],
    hard: true,
    alerts: '80, 90, 100',
  }));
  const send = async () => {
    const limit = readNumber('Limit', draft.amount);
    if (limit === null) throw new Error('Limit: say how much.');
    const subject = draft.subject.trim();
    const { in_force } = await createBudget({
      scope: draft.scope,
      subject: draft.scope === 'organization' || subject === '' ? null : subject,
      name: draft.name.trim() === '' ? null : draft.name.trim(),
      window: draft.window,
      hard: draft.hard,
      ...(draft.currency === 'usd' ? { limit_usd: limit } : { limit_eur: limit }),
      alert_percents: readLines(draft.alerts).map((text) => readNumber('Alerts', text.replace('%', '')) ?? 0),
    });
    changed();
    toast('Budget made', {
      description: in_force ? 'In force from the next request on.' : 'In force everywhere within a minute.',
    });
  };
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title="New shared budget"
      about="Every request that it is about has to fit into it, whichever key it comes with."
      submit="Create budget"
      onSubmit={send}
    >
      {project_id === undefined && (
        <FieldRow>
          <Field label="For">
            <Select
              value={draft.scope}
              onChange={({ target }) => change({ scope: target.value as Scope, subject: '' })}
              options={SCOPES}
            />
          </Field>
          {draft.scope === 'project' && (
            <Field label="Project">
              <Select
                value={draft.subject}
                placeholder="Each project by itself"
                onChange={({ target }) => change({ subject: target.value })}
                options={(projects.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
              />
            </Field>
          )}
          {SUBJECT_HINTS[draft.scope] !== undefined && (
            <Field label="Which one" aside="optional" hint={SUBJECT_HINTS[draft.scope]}>
              <Input
                maxLength={256}
                placeholder="each one"
                value={draft.subject}
                onChange={({ target }) => change({ subject: target.value })}
              />
            </Field>
          )}
        </FieldRow>
      )}
      <FieldRow>
        <Field label="Limit">
          <Input
            required
            inputMode="decimal"
            placeholder="100"
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
        <Field label="Window">
          <Select
            value={draft.window}
            onChange={({ target }) => change({ window: target.value as BudgetBody['window'], hard: true })}
            options={SHARED_WINDOWS}
          />
        </Field>
      </FieldRow>
      <Field label="Name" aside="optional">
        <Input maxLength={100} value={draft.name} onChange={({ target }) => change({ name: target.value })} />
      </Field>
      <Field label="Alert at" hint="Percent of the limit, with commas between. Webhooks tell of it.">
        <Input value={draft.alerts} onChange={({ target }) => change({ alerts: target.value })} />
      </Field>
      <Check
        label="Refuse what would go over it"
        hint="Without this it only alerts."
        checked={draft.hard}
        disabled={draft.window === 'per_request'}
        onChange={({ target }) => change({ hard: target.checked })}
      />
    </FormDialog>
  );
}
