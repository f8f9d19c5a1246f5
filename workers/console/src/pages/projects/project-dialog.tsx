import type { Project } from '@sluice/client';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { BudgetMeter, budgetWords } from '../../ui/budget-meter.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { Dialog, FormDialog } from '../../ui/dialog.tsx';
import { Field, FieldRow, Input, Select } from '../../ui/field.tsx';
import { Facts } from '../../ui/figures.tsx';
import { formatCount, formatMoney } from '../../ui/format.ts';
import { Stack } from '../../ui/page.tsx';
import { readNumber, renderNumber } from '../../ui/read-form.ts';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { useKeys, useSpendBy } from '../keys/keys-queries.ts';
import { CreateBudget } from './create-budget.tsx';
import { changeProject, useBudgets, useProjectsChanged } from './projects-queries.ts';

/** One project: what it used, its budgets and limits. */
export function ProjectDialog({ project, onClose }: { project: Project | undefined; onClose: () => void }) {
  const may = useMay();
  const [asked, setAsked] = useState<'edit' | 'budget' | null>(null);
  const close = (open: boolean) => !open && setAsked(null);
  return (
    <>
      <Dialog
        shape="side"
        open={project !== undefined}
        onOpenChange={(open) => !open && onClose()}
        title={project?.name ?? ''}
        footer={
          <>
            {may('POST /admin/v1/budgets') && (
              <Button onClick={() => setAsked('budget')}>Add a budget</Button>
            )}
            {may('PATCH /admin/v1/projects/:id') && (
              <Button look="primary" onClick={() => setAsked('edit')}>
                Name and limits
              </Button>
            )}
          </>
        }
      >
        {project !== undefined && <Shown project={project} />}
      </Dialog>
      {project !== undefined && (
        <>
          <EditProject project={project} open={asked === 'edit'} onOpenChange={close} />
          <CreateBudget open={asked === 'budget'} onOpenChange={close} project_id={project.id} />
        </>
      )}
    </>
  );
}

function Shown({ project }: { project: Project }) {
  const keys = useKeys();
  const budgets = useBudgets();
  const spend = useSpendBy('project');
  const row = spend?.get(project.id);
  const count = keys.data?.keys.filter(
    ({ project_id, state }) => project_id === project.id && state !== 'revoked',
  );
  const own =
    budgets.data?.filter(({ scope, subject }) => scope === 'project' && subject === project.id) ?? [];
  const { limits } = project;
  return (
    <Stack>
      <Facts
        rows={[
          ['Id', <CopyText key="id" text={project.id} />],
          ['Made', <Time key="made" at={project.created_at} />],
          [
            'Keys',
            count === undefined ? (
              '–'
            ) : (
              <Link key="keys" to="/keys" search={{ project_id: project.id }}>
                {formatCount(count.length)} {count.length === 1 ? 'key' : 'keys'}
              </Link>
            ),
          ],
          ['Spent, 30 days', spend === undefined ? '–' : formatMoney(row?.total_usd ?? 0)],
          ['Requests, 30 days', spend === undefined ? '–' : formatCount(row?.requests ?? 0)],
        ]}
      />
      <h3>Budgets</h3>
      {own.length === 0 && <p>None of its own. Budgets of the organization hold all the same.</p>}
      {own.map((budget) => (
        <div key={budget.id}>
          <strong>{budgetWords(budget)}</strong>
          {budget.spent_usd !== null && <BudgetMeter budget={budget} />}
        </div>
      ))}
      <h3>Limits</h3>
      <Facts
        rows={[
          ['Plan', project.plan ?? 'as the organization has it'],
          ['Requests a minute', words(limits?.requests_per_minute)],
          ['Tokens a minute', words(limits?.tokens_per_minute)],
          ['Requests a day', words(limits?.requests_per_day)],
          ['In flight together', words(limits?.concurrency)],
        ]}
      />
    </Stack>
  );
}

const words = (limit: number | null | undefined): string =>
  limit === null || limit === undefined ? 'as its plan has it' : formatCount(limit);

const PLANS = ['free', 'starter', 'pro', 'enterprise'].map((value) => ({ value, label: value }));

interface EditProps {
  project: Project;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

function EditProject({ project, open, onOpenChange }: EditProps) {
  const changed = useProjectsChanged();
  const { limits } = project;
  const [draft, change] = useDraft(open, () => ({
    name: project.name,
    plan: project.plan ?? '',
    requests_per_minute: renderNumber(limits?.requests_per_minute),
    tokens_per_minute: renderNumber(limits?.tokens_per_minute),
    requests_per_day: renderNumber(limits?.requests_per_day),
    concurrency: renderNumber(limits?.concurrency),
  }));
  const save = async () => {
    const after = {
      requests_per_minute: readNumber('Requests a minute', draft.requests_per_minute),
      tokens_per_minute: readNumber('Tokens a minute', draft.tokens_per_minute),
      requests_per_day: readNumber('Requests a day', draft.requests_per_day),
      concurrency: readNumber('In flight together', draft.concurrency),
    };
    await changeProject(project.id, {
      name: draft.name.trim(),
      plan: draft.plan === '' ? null : draft.plan,
      limits: after,
    });
    changed();
    toast('Project saved');
  };
  const input = (name: 'requests_per_minute' | 'tokens_per_minute' | 'requests_per_day' | 'concurrency') => (
    <Input
      inputMode="numeric"
      placeholder="as the plan has it"
      value={draft[name]}
      onChange={({ target }) => change({ [name]: target.value })}
    />
  );
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Name and limits of ${project.name}`}
      about="Limits hold for all keys of the project together."
      submit="Save project"
      onSubmit={save}
    >
      <FieldRow>
        <Field label="Name">
          <Input
            required
            maxLength={100}
            value={draft.name}
            onChange={({ target }) => change({ name: target.value })}
          />
        </Field>
        <Field label="Plan">
          <Select
            value={draft.plan}
            placeholder="as the organization has it"
            onChange={({ target }) => change({ plan: target.value })}
            options={PLANS}
          />
        </Field>
      </FieldRow>
      <FieldRow>
        <Field label="Requests a minute">{input('requests_per_minute')}</Field>
        <Field label="Tokens a minute">{input('tokens_per_minute')}</Field>
      </FieldRow>
      <FieldRow>
        <Field label="Requests a day">{input('requests_per_day')}</Field>
        <Field label="In flight together">{input('concurrency')}</Field>
      </FieldRow>
    </FormDialog>
  );
}
