import type { Assistant } from '@sluice/client';
import { useQuery } from '@tanstack/react-query';
import { Bot, Plus } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Button } from '../../ui/button.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { formatCount } from '../../ui/format.ts';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { toast } from '../../ui/toast.tsx';
import { AssistantForm } from './assistant-form.tsx';
import type { RoutingTabProps } from './routing-page.tsx';
import { assistantsQuery, deleteAssistant, useRoutingChanged } from './routing-queries.ts';
import { RowActions } from './row-actions.tsx';

/** Stored ways to ask: a prompt, a model and rules by one name. */
export function AssistantsTab({ search, change }: RoutingTabProps) {
  const may = useMay();
  const query = useQuery(assistantsQuery);
  const [deleted, setDeleted] = useState<Assistant | null>(null);
  const changed = useRoutingChanged();
  const edited = query.data?.rows.find(({ name }) => name === search.open) ?? null;
  const add = may('POST /admin/v1/assistants') && (
    <Button look="primary" icon={<Plus aria-hidden="true" />} onClick={() => change({ open: '+' })}>
      New assistant
    </Button>
  );
  const columns: readonly Column<Assistant>[] = [
    ...COLUMNS,
    {
      id: 'actions',
      header: '',
      align: 'end',
      cell: (assistant) => (
        <RowActions
          name={assistant.name}
          may_change={may('PATCH /admin/v1/assistants/:name')}
          may_delete={may('DELETE /admin/v1/assistants/:name')}
          onChange={() => change({ open: assistant.name })}
          onDelete={() => setDeleted(assistant)}
        />
      ),
    },
  ];
  return (
    <>
      <Section
        title="Assistants"
        about="A prompt, a model and rules, which clients use by one name."
        actions={(query.data?.rows.length ?? 0) > 0 && add}
        flush
      >
        <DataTable
          label="Assistants"
          columns={columns}
          rows={query.data?.rows}
          rowId={({ name }) => name}
          onOpen={({ name }) => change({ open: name })}
          error={query.error}
          onRetry={() => void query.refetch()}
          sortable
          empty={
            <Empty title="There is no assistant" icon={<Bot aria-hidden="true" />} action={add}>
              Keep a system prompt and its model here: then both can be changed without the clients that use
              them.
            </Empty>
          }
        />
      </Section>
      {query.data !== undefined && (search.open === '+' || edited !== null) && (
        <AssistantForm
          key={search.open}
          assistant={edited}
          etag={query.data.etag}
          onOpenChange={() => change({ open: undefined })}
        />
      )}
      <Confirm
        open={deleted !== null}
        onOpenChange={() => setDeleted(null)}
        title={`Delete ${deleted?.model_name}?`}
        submit="Delete assistant"
        name={deleted?.name ?? ''}
        onConfirm={async () => {
          if (deleted === null) return;
          await deleteAssistant(deleted.name);
          await changed();
          toast(`Assistant ${deleted.name} is deleted`);
        }}
      >
        Requests that name it are refused from now on, and its prompt is gone.
      </Confirm>
    </>
  );
}

const COLUMNS: readonly Column<Assistant>[] = [
  {
    id: 'name',
    header: 'Name',
    cell: ({ model_name }) => <CopyText text={model_name} />,
    value: ({ model_name }) => model_name,
  },
  { id: 'model', header: 'Model', cell: ({ model }) => model, value: ({ model }) => model },
  {
    id: 'prompt',
    header: 'Prompt',
    grow: true,
    from: 'tablet',
    cell: ({ system_prompt }) => system_prompt ?? '–',
    value: ({ system_prompt }) => system_prompt,
  },
  {
    id: 'strategy',
    header: 'Strategy',
    from: 'desktop',
    cell: ({ rules }) => rules.strategy ?? '–',
    value: ({ rules }) => rules.strategy,
  },
  {
    id: 'output',
    header: 'Tokens at most',
    align: 'end',
    from: 'desktop',
    cell: ({ output_tokens_max }) => (output_tokens_max === null ? '–' : formatCount(output_tokens_max)),
    value: ({ output_tokens_max }) => output_tokens_max,
  },
];
