import type { Chain } from '@sluice/client';
import { useQuery } from '@tanstack/react-query';
import { Link2, Plus } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Button } from '../../ui/button.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { toast } from '../../ui/toast.tsx';
import { ChainForm } from './chain-form.tsx';
import type { RoutingTabProps } from './routing-page.tsx';
import { chainsQuery, deleteChain, useRoutingChanged } from './routing-queries.ts';
import { RowActions } from './row-actions.tsx';

/** Stored fallback chains: who is asked after whom. */
export function ChainsTab({ search, change }: RoutingTabProps) {
  const may = useMay();
  const query = useQuery(chainsQuery);
  const [deleted, setDeleted] = useState<Chain | null>(null);
  const changed = useRoutingChanged();
  const edited = query.data?.rows.find(({ name }) => name === search.open) ?? null;
  const add = may('POST /admin/v1/chains') && (
    <Button look="primary" icon={<Plus aria-hidden="true" />} onClick={() => change({ open: '+' })}>
      New chain
    </Button>
  );
  const columns: readonly Column<Chain>[] = [
    ...COLUMNS,
    {
      id: 'actions',
      header: '',
      align: 'end',
      cell: (chain) => (
        <RowActions
          name={chain.name}
          may_change={may('PATCH /admin/v1/chains/:name')}
          may_delete={may('DELETE /admin/v1/chains/:name')}
          onChange={() => change({ open: chain.name })}
          onDelete={() => setDeleted(chain)}
        />
      ),
    },
  ];
  return (
    <>
      <Section
        title="Chains"
        about="Models that are asked one after the other, by one name."
        actions={(query.data?.rows.length ?? 0) > 0 && add}
        flush
      >
        <DataTable
          label="Chains"
          columns={columns}
          rows={query.data?.rows}
          rowId={({ name }) => name}
          onOpen={({ name }) => change({ open: name })}
          error={query.error}
          onRetry={() => void query.refetch()}
          sortable
          empty={
            <Empty title="There is no chain" icon={<Link2 aria-hidden="true" />} action={add}>
              A chain says who is asked when a model fails, after which failures, and how long each is waited
              for. Requests name it in place of a model.
            </Empty>
          }
        />
      </Section>
      {query.data !== undefined && (search.open === '+' || edited !== null) && (
        <ChainForm
          key={search.open}
          chain={edited}
          etag={query.data.etag}
          onOpenChange={() => change({ open: undefined })}
        />
      )}
      <Confirm
        open={deleted !== null}
        onOpenChange={() => setDeleted(null)}
        title={`Delete ${deleted?.model_name}?`}
        submit="Delete chain"
        onConfirm={async () => {
          if (deleted === null) return;
          await deleteChain(deleted.name);
          await changed();
          toast(`Chain ${deleted.name} is deleted`);
        }}
      >
        Requests that name it are refused from now on. It is not deleted where anything else names it.
      </Confirm>
    </>
  );
}

const COLUMNS: readonly Column<Chain>[] = [
  {
    id: 'name',
    header: 'Name',
    cell: ({ model_name }) => <CopyText text={model_name} />,
    value: ({ model_name }) => model_name,
  },
  {
    id: 'links',
    header: 'Asked in this order',
    grow: true,
    cell: (chain) => <span title={linksOf(chain)}>{linksOf(chain)}</span>,
    value: (chain) => linksOf(chain),
  },
];

const linksOf = ({ links }: Chain): string => links.map(({ model }) => model).join(' → ');
