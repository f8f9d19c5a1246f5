import type { Pool } from '@sluice/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { Plus, Server } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { connectionsQuery } from '../../api/use-model-names.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Page, Section, Toolbar } from '../../ui/page.tsx';
import { Empty, Shown } from '../../ui/state.tsx';
import { RangePicker, useRange } from '../../ui/time-range.tsx';
import { toast } from '../../ui/toast.tsx';
import { healthQuery } from '../connections/connections-queries.ts';
import { PoolForm } from './pool-form.tsx';
import { PoolSection } from './pool-section.tsx';
import { deletePool, poolsQuery } from './pools-queries.ts';

export const lazyRoute = createLazyRoute('/pools')({ component: PoolsPage });

function PoolsPage() {
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const may = useMay();
  const queries = useQueryClient();
  const query = useQuery(poolsQuery);
  const connections = useQuery(connectionsQuery);
  const health = useQuery(healthQuery);
  const range = useRange(search, '7d');
  const [deleted, setDeleted] = useState<Pool | null>(null);
  const change = (patch: typeof search) =>
    void navigate({ search: (before: typeof search) => ({ ...before, ...patch }), replace: true });
  const edited = query.data?.pools.find(({ name }) => name === search.open) ?? null;
  const add = may('POST /admin/v1/pools') && (
    <Button look="primary" icon={<Plus aria-hidden="true" />} onClick={() => change({ open: '+' })}>
      New pool
    </Button>
  );
  return (
    <Page
      title="GPU pools"
      about="Endpoints of your own that cost by the hour: how busy they are, and whether they pay off."
      actions={add}
    >
      <Shown query={query}>
        {({ pools }) =>
          pools.length === 0 ? (
            <Section>
              <Empty title="There is no pool" icon={<Server aria-hidden="true" />} action={add}>
                Join connections to vLLM, llama.cpp, Ollama or alike to a pool, say what an hour costs, and
                see from which number of requests on it is cheaper than an API.
              </Empty>
            </Section>
          ) : (
            <>
              <Toolbar label="Filters">
                <RangePicker
                  search={search}
                  standard="7d"
                  onChange={(next) => change({ range: undefined, from: undefined, to: undefined, ...next })}
                />
              </Toolbar>
              {pools.map((pool) => (
                <PoolSection
                  key={pool.name}
                  pool={pool}
                  range={range}
                  connections={connections.data ?? []}
                  health={health.data}
                  onEdit={() => change({ open: pool.name })}
                  onDelete={() => setDeleted(pool)}
                />
              ))}
            </>
          )
        }
      </Shown>
      {query.data !== undefined &&
        connections.data !== undefined &&
        (search.open === '+' || edited !== null) && (
          <PoolForm
            pool={edited}
            etag={query.data.etag}
            connections={connections.data}
            onOpenChange={() => change({ open: undefined })}
          />
        )}
      <Confirm
        open={deleted !== null}
        onOpenChange={() => setDeleted(null)}
        title="Delete this pool?"
        submit="Delete pool"
        name={deleted?.name ?? ''}
        onConfirm={async () => {
          if (deleted === null) return;
          await deletePool(deleted.name);
          // Not its report, which there is no more.
          await queries.invalidateQueries({ queryKey: ['pools'], exact: true });
          toast(`Pool ${deleted.name} is deleted`);
        }}
      >
        Requests that name its model find it no longer. Its connections stay.
      </Confirm>
    </Page>
  );
}
