import type { Project } from '@sluice/client';
import { createLazyRoute } from '@tanstack/react-router';
import { FolderKanban, Plus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Button } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { formatCount, formatMoney } from '../../ui/format.ts';
import { Page, Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Time } from '../../ui/time.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { useKeys, useProjects, useSpendBy } from '../keys/keys-queries.ts';
import { BudgetCell } from './budget-cell.tsx';
import { BudgetsTab } from './budgets-tab.tsx';
import { CreateBudget } from './create-budget.tsx';
import { ProjectDialog } from './project-dialog.tsx';
import { createProject, useBudgets, useProjectsChanged } from './projects-queries.ts';

export const lazyRoute = createLazyRoute('/projects')({ component: ProjectsPage });

function ProjectsPage() {
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const may = useMay();
  const projects = useProjects();
  const budgets = useBudgets();
  const [asked, setAsked] = useState<'project' | 'budget' | null>(null);
  const tab = search.tab === 'budgets' ? 'budgets' : 'projects';
  const open = projects.data?.find(({ id }) => id === search.open);
  const change = (patch: typeof search) =>
    void navigate({ search: (before: typeof search) => ({ ...before, ...patch }), replace: true });
  const newProject = may('POST /admin/v1/projects') && (
    <Button look="primary" icon={<Plus aria-hidden="true" />} onClick={() => setAsked('project')}>
      New project
    </Button>
  );
  const newBudget = may('POST /admin/v1/budgets') && (
    <Button
      look={tab === 'budgets' ? 'primary' : 'plain'}
      icon={<Plus aria-hidden="true" />}
      onClick={() => setAsked('budget')}
    >
      New budget
    </Button>
  );
  const close = (is_open: boolean) => !is_open && setAsked(null);
  return (
    <Page
      title="Projects"
      about="Keys that belong together, and the budgets that keys share."
      actions={tab === 'projects' ? newProject : newBudget}
    >
      <Tabs
        label="Projects and budgets"
        value={tab}
        onChange={(next) => change({ tab: next === 'projects' ? undefined : next })}
        tabs={[
          {
            value: 'projects',
            label: 'Projects',
            content: (
              <ProjectsTable
                onOpen={(id) => change({ open: id })}
                open_id={search.open ?? null}
                action={newProject}
              />
            ),
          },
          {
            value: 'budgets',
            label: 'Shared budgets',
            ...(budgets.data === undefined ? {} : { count: budgets.data.length }),
            content: <BudgetsTab action={newBudget} />,
          },
        ]}
      />
      <CreateProject
        open={asked === 'project'}
        onOpenChange={close}
        onMade={({ id }) => change({ open: id })}
      />
      <CreateBudget open={asked === 'budget'} onOpenChange={close} />
      <ProjectDialog project={open} onClose={() => change({ open: undefined })} />
    </Page>
  );
}

interface TableProps {
  onOpen: (id: string) => void;
  open_id: string | null;
  action: React.ReactNode;
}

function ProjectsTable({ onOpen, open_id, action }: TableProps) {
  const projects = useProjects();
  const budgets = useBudgets();
  const keys = useKeys();
  const spend = useSpendBy('project');
  const columns = useMemo((): readonly Column<Project>[] => {
    const counts = new Map<string, number>();
    for (const { project_id, state } of keys.data?.keys ?? [])
      if (project_id !== null && state !== 'revoked')
        counts.set(project_id, (counts.get(project_id) ?? 0) + 1);
    const countOf = ({ id }: Project) => (keys.data === undefined ? null : (counts.get(id) ?? 0));
    const spentBy = ({ id }: Project) => (spend === undefined ? null : (spend.get(id)?.total_usd ?? 0));
    const budgetOf = ({ id }: Project) =>
      budgets.data?.find(
        (one) => one.scope === 'project' && one.subject === id && one.window !== 'per_request',
      );
    return [
      {
        id: 'name',
        header: 'Name',
        grow: true,
        cell: ({ name }) => <strong title={name}>{name}</strong>,
        value: ({ name }) => name,
      },
      {
        id: 'keys',
        header: 'Keys',
        align: 'end',
        cell: (project) => countOf(project) ?? '–',
        value: countOf,
      },
      {
        id: 'budget',
        header: 'Budget',
        cell: (project) => <BudgetCell budget={budgetOf(project)} />,
        value: (project) => budgetOf(project)?.remaining_usd ?? null,
      },
      {
        id: 'spent',
        header: 'Spent, 30 days',
        align: 'end',
        from: 'tablet',
        cell: (project) => formatMoney(spentBy(project)),
        value: spentBy,
      },
      {
        id: 'limits',
        header: 'Requests a minute',
        align: 'end',
        from: 'desktop',
        cell: ({ limits }) => (limits?.requests_per_minute ? formatCount(limits.requests_per_minute) : '–'),
        value: ({ limits }) => limits?.requests_per_minute ?? null,
      },
      {
        id: 'made',
        header: 'Made',
        from: 'desktop',
        cell: ({ created_at }) => <Time at={created_at} ago />,
        value: ({ created_at }) => created_at,
      },
    ];
  }, [keys.data, spend, budgets.data]);
  return (
    <Section flush>
      <DataTable
        label="Projects"
        columns={columns}
        rows={projects.data}
        rowId={({ id }) => id}
        onOpen={({ id }) => onOpen(id)}
        open_id={open_id}
        error={projects.error}
        onRetry={() => void projects.refetch()}
        sortable
        empty={
          <Empty title="No projects yet" icon={<FolderKanban aria-hidden="true" />} action={action}>
            A project holds keys of one product or team together: its spend, its limits and its budgets.
          </Empty>
        }
      />
    </Section>
  );
}

interface CreateProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onMade: (project: Project) => void;
}

function CreateProject({ open, onOpenChange, onMade }: CreateProps) {
  const [{ name }, change] = useDraft(open, () => ({ name: '' }));
  const changed = useProjectsChanged();
  const send = async () => {
    const project = await createProject(name.trim());
    changed();
    onMade(project);
  };
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title="New project"
      submit="Create project"
      onSubmit={send}
      disabled={name.trim() === ''}
    >
      <Field label="Name" hint="A product, a team, or a customer.">
        <Input
          required
          maxLength={100}
          value={name}
          onChange={({ target }) => change({ name: target.value })}
        />
      </Field>
    </FormDialog>
  );
}
