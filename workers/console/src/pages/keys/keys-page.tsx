import type { Key } from '@sluice/client';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { KeyRound, Plus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { SearchInput, Select } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Page, Section, Toolbar } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { CreateKey } from './create-key.tsx';
import { stateOf } from './key-state.tsx';
import { keyColumns } from './keys-columns.tsx';
import { useKeys, useProjects, useSpendBy } from './keys-queries.ts';
import { NewSecret } from './new-secret.tsx';

export const lazyRoute = createLazyRoute('/keys')({ component: KeysPage });

const STATES = ['active', 'disabled', 'expired', 'revoked'] as const;

function KeysPage() {
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const may = useMay();
  const keys = useKeys();
  const projects = useProjects();
  const spend = useSpendBy('key');
  const [is_creating, setCreating] = useState(false);
  const [made, setMade] = useState<{ secret: string; id: string } | null>(null);
  const columns = useMemo(() => keyColumns(spend), [spend]);
  const { q, project_id, state } = search;
  const rows = useMemo(
    () => keys.data?.keys.filter((key) => isWanted(key, { q, project_id, state })),
    [keys.data, q, project_id, state],
  );
  const change = (patch: typeof search) =>
    void navigate({ search: (before: typeof search) => ({ ...before, ...patch }), replace: true });
  const create = may('POST /admin/v1/keys') && (
    <Button look="primary" icon={<Plus aria-hidden="true" />} onClick={() => setCreating(true)}>
      New key
    </Button>
  );
  const is_none = keys.data?.keys.length === 0;
  return (
    <Page
      title="Keys"
      about="Virtual keys: what applications call with, each with its own budgets, limits and models."
      actions={create}
    >
      {!is_none && (
        <Toolbar label="Filters">
          <SearchInput label="Name, id or project" value={q} onChange={(next) => change({ q: next })} />
          <Select
            aria-label="Project"
            value={project_id ?? ''}
            placeholder="All projects"
            onChange={({ target }) => change({ project_id: target.value || undefined })}
            options={(projects.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          />
          <Select
            aria-label="State"
            value={state ?? ''}
            onChange={({ target }) => change({ state: target.value || undefined })}
            options={[
              { value: '', label: 'All but revoked' },
              ...STATES.map((one) => ({ value: one, label: `Only ${one}` })),
              { value: 'all', label: 'All' },
            ]}
          />
        </Toolbar>
      )}
      {keys.data?.has_more === true && (
        <Notice tone="info">
          There are more keys than can be shown at once: these are the newest {keys.data.keys.length}.
        </Notice>
      )}
      <Section flush>
        <DataTable
          label="Keys"
          columns={columns}
          rows={rows}
          rowId={({ id }) => id}
          onOpen={({ id }) => void navigate({ to: '/keys/$id', params: { id } })}
          error={keys.error}
          onRetry={() => void keys.refetch()}
          sortable
          empty={
            is_none ? (
              <Empty title="No keys yet" icon={<KeyRound aria-hidden="true" />} action={create}>
                A key is what an application sends in place of a provider’s own: it says who calls, what it
                may spend and which models it may use.
              </Empty>
            ) : (
              <Empty
                title="No key is like that"
                action={<Button onClick={() => void navigate({ search: {} })}>Show all</Button>}
              >
                Take a filter away, or search for something else. Revoked keys show only when asked for.
              </Empty>
            )
          }
        />
      </Section>
      <CreateKey
        open={is_creating}
        onOpenChange={setCreating}
        onCreated={(secret, id) => setMade({ secret, id })}
      />
      <NewSecret
        title="Your new key"
        secret={made?.secret ?? null}
        model="gpt-4o-mini"
        onClose={() => setMade(null)}
        note={
          made !== null && (
            <>
              The gateway keeps only a hash of it. Limits and models are set on{' '}
              <Link to="/keys/$id" params={{ id: made.id }}>
                the page of this key
              </Link>
              .
            </>
          )
        }
      />
    </Page>
  );
}

interface Wanted {
  q: string | undefined;
  project_id: string | undefined;
  state: string | undefined;
}

function isWanted(key: Key, { q, project_id, state }: Wanted): boolean {
  if (project_id !== undefined && key.project_id !== project_id) return false;
  const is = stateOf(key);
  if (state === undefined ? is === 'revoked' : state !== 'all' && state !== is) return false;
  if (q === undefined) return true;
  const words = `${key.name} ${key.id} ${key.prefix} ${key.project ?? ''} ${Object.values(key.metadata).join(' ')}`;
  return words.toLowerCase().includes(q.toLowerCase());
}
