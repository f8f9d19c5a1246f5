import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { Field, FieldGroup, FieldRow, Input, Select, TextArea } from '../../ui/field.tsx';
import { readLines, readLocalTime, readNumber } from '../../ui/read-form.ts';
import { useDraft } from '../../ui/use-draft.ts';
import { type CreateKeyBody, createKey, KEYS, PROJECTS, useProjects } from './keys-queries.ts';

const EMPTY = {
  name: '',
  project: '',
  environment: 'live' as 'live' | 'dev',
  amount: '',
  currency: 'usd' as 'usd' | 'eur',
  window: 'monthly' as Window,
  rate_limit: '',
  expires: '',
  models: '',
  origins: '',
};
type Window = NonNullable<CreateKeyBody['budgets']>[number]['window'];

interface CreateKeyProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Name of the project that it begins with. */
  project?: string;
  onCreated: (secret: string, id: string) => void;
}

/** The few things that most keys need; everything else is set on the key's own page. */
export function CreateKey({ open, onOpenChange, project = '', onCreated }: CreateKeyProps) {
  const [draft, change] = useDraft(open, () => ({ ...EMPTY, project }));
  const [is_more, setMore] = useState(false);
  const queries = useQueryClient();
  const projects = useProjects();
  const send = async () => {
    const amount = readNumber('Budget', draft.amount);
    const created = await createKey({
      name: draft.name.trim(),
      environment: draft.environment,
      project: draft.project.trim() === '' ? null : draft.project.trim(),
      budgets:
        amount === null
          ? null
          : [
              {
                window: draft.window,
                ...(draft.currency === 'usd' ? { limit_usd: amount } : { limit_eur: amount }),
              },
            ],
      rate_limit: readNumber('Requests a minute', draft.rate_limit),
      expires_at: readLocalTime('Expires', draft.expires),
      model_allowlist: readLines(draft.models),
      origins: readLines(draft.origins),
    });
    void queries.invalidateQueries({ queryKey: KEYS });
    void queries.invalidateQueries({ queryKey: PROJECTS });
    onCreated(created.secret, created.id);
  };
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title="New key"
      about="Its secret is shown once, right after this."
      submit="Create key"
      onSubmit={send}
      disabled={draft.name.trim() === ''}
    >
      <Field label="Name" hint="Who or what calls with it, e.g. “Production backend”.">
        <Input
          required
          maxLength={100}
          value={draft.name}
          onChange={({ target }) => change({ name: target.value })}
        />
      </Field>
      <FieldRow>
        <Field label="Project" aside="optional" hint="A new name makes a new project.">
          <Input
            list="projects-known"
            maxLength={100}
            value={draft.project}
            onChange={({ target }) => change({ project: target.value })}
          />
        </Field>
        <Field label="Environment" hint="Stands in the secret: slu_live_… or slu_dev_….">
          <Select
            value={draft.environment}
            onChange={({ target }) => change({ environment: target.value as 'live' | 'dev' })}
            options={[
              { value: 'live', label: 'Live' },
              { value: 'dev', label: 'Development' },
            ]}
          />
        </Field>
      </FieldRow>
      <datalist id="projects-known">
        {projects.data?.map(({ id, name }) => (
          <option key={id} value={name} />
        ))}
      </datalist>
      <FieldRow>
        <Field label="Budget" aside="optional" hint="A request that would go over it is refused.">
          <Input
            inputMode="decimal"
            placeholder="no limit"
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
            onChange={({ target }) => change({ window: target.value as Window })}
            options={WINDOWS}
          />
        </Field>
      </FieldRow>
      {is_more ? (
        <FieldGroup>
          <FieldRow>
            <Field label="Requests a minute" aside="optional">
              <Input
                inputMode="numeric"
                placeholder="as the plan has it"
                value={draft.rate_limit}
                onChange={({ target }) => change({ rate_limit: target.value })}
              />
            </Field>
            <Field label="Expires" aside="optional" hint="In your zone.">
              <Input
                type="datetime-local"
                value={draft.expires}
                onChange={({ target }) => change({ expires: target.value })}
              />
            </Field>
          </FieldRow>
          <Field
            label="Models"
            aside="optional"
            hint="One a line: gpt-4o-mini, anthropic/*. None means all of them."
          >
            <TextArea
              mono
              rows={3}
              value={draft.models}
              onChange={({ target }) => change({ models: target.value })}
            />
          </Field>
          <Field
            label="Origins"
            aside="optional"
            hint="Web pages that may call with it, one a line: https://shop.example."
          >
            <TextArea
              mono
              rows={2}
              value={draft.origins}
              onChange={({ target }) => change({ origins: target.value })}
            />
          </Field>
        </FieldGroup>
      ) : (
        <div>
          <Button look="quiet" size="small" onClick={() => setMore(true)}>
            Rate limit, expiry, models, origins …
          </Button>
        </div>
      )}
    </FormDialog>
  );
}

export const WINDOWS = [
  { value: 'daily', label: 'A day' },
  { value: 'weekly', label: 'A week' },
  { value: 'monthly', label: 'A month' },
  { value: 'total', label: 'In all' },
] as const;
