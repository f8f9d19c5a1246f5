import type { Model } from '@sluice/client';
import { type UseQueryResult, useQueries, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { modelsQuery, providersQuery, useConnectedProviders } from '../../api/use-model-names.ts';
import { Badge } from '../../ui/badge.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SearchInput, Select } from '../../ui/field.tsx';
import { formatCompact, formatMoney, formatShare } from '../../ui/format.ts';
import { Section, Stack, Toolbar } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { ModelDetail } from './model-detail.tsx';
import { ModelForm } from './model-form.tsx';
import { ABILITIES, type Ability, daysLeft, filterModels, idOf, modelRows, type Show } from './model-rows.ts';
import { overridesQuery } from './models-queries.ts';

interface Search {
  q?: string;
  provider?: string;
  show?: string;
  open?: string;
}

const SHOWS = [
  { value: 'all', label: 'All models' },
  { value: 'priced', label: 'With a price' },
  { value: 'own', label: 'Changed by us' },
  { value: 'off', label: 'Turned off' },
];
const isShow = (show: string | undefined): show is Show => SHOWS.some(({ value }) => value === show);

/** One list of many providers' models; `undefined` until all are there. */
function joinLists(lists: UseQueryResult<Model[]>[]) {
  return {
    data: lists.every(({ data }) => data !== undefined) ? lists.flatMap(({ data }) => data ?? []) : undefined,
    error: lists.find((list) => list.error !== null)?.error ?? null,
    refetch: () => Promise.all(lists.map((list) => list.refetch())),
  };
}

/** The models of connected providers, or of one: as they are used. */
export function Catalogue({ search, change }: { search: Search; change: (patch: Search) => void }) {
  const [edited, setEdited] = useState(false);
  const providers = useQuery(providersQuery);
  const connected = useConnectedProviders();
  const overrides = useQuery(overridesQuery);
  const asked = search.provider === undefined ? (connected ?? []) : [search.provider];
  const catalogue = useQueries({ queries: asked.map(modelsQuery), combine: joinLists });
  const show = isShow(search.show) ? search.show : 'all';
  const is_known = search.provider !== undefined || connected !== undefined;
  const all = useMemo(
    () =>
      !is_known || catalogue.data === undefined || overrides.data === undefined
        ? undefined
        : modelRows(catalogue.data, overrides.data, search.provider),
    [is_known, catalogue.data, overrides.data, search.provider],
  );
  const rows = useMemo(
    () => (all === undefined ? undefined : filterModels(all, search.q ?? '', show)),
    [all, search.q, show],
  );
  const error = overrides.error ?? providers.error ?? catalogue.error;
  const retry = () => void Promise.all([overrides.refetch(), catalogue.refetch()]);
  const model = all?.find((one) => idOf(one) === search.open);
  return (
    <Stack>
      <Toolbar label="Filters">
        <SearchInput label="Find a model" value={search.q} onChange={(q) => change({ q })} />
        <Select
          aria-label="Provider"
          value={search.provider ?? ''}
          placeholder="Connected providers"
          options={(providers.data ?? []).map(({ id, name, models }) => ({
            value: id,
            label: `${name} (${models})`,
          }))}
          onChange={({ target }) => change({ provider: target.value || undefined })}
        />
        <Select
          aria-label="Which models"
          value={show}
          options={SHOWS}
          onChange={({ target }) => change({ show: target.value === 'all' ? undefined : target.value })}
        />
      </Toolbar>
      <Section flush>
        <DataTable
          label="Models"
          tall
          sortable
          columns={COLUMNS}
          rows={rows}
          rowId={idOf}
          onOpen={(row) => change({ open: idOf(row) })}
          open_id={search.open ?? null}
          error={error}
          onRetry={retry}
          empty={
            <Empty title="No such model">
              Change the search, or choose another provider. What is not listed can still be asked for by its
              name.
            </Empty>
          }
        />
      </Section>
      <Dialog
        shape="side"
        open={model !== undefined && !edited}
        onOpenChange={() => change({ open: undefined })}
        title={model?.model ?? ''}
        about={providers.data?.find(({ id }) => id === model?.provider)?.name}
      >
        {model !== undefined && <ModelDetail model={model} onEdit={() => setEdited(true)} />}
      </Dialog>
      {edited && model !== undefined && <ModelForm model={model} onOpenChange={() => setEdited(false)} />}
    </Stack>
  );
}

const price = (id: 'input_usd_per_mtok' | 'output_usd_per_mtok', header: string): Column<Model> => ({
  id,
  header,
  align: 'end',
  cell: ({ prices }) => formatMoney(prices?.[id]),
  value: ({ prices }) => prices?.[id] ?? null,
});

const COLUMNS: readonly Column<Model>[] = [
  {
    id: 'model',
    header: 'Model',
    grow: true,
    cell: (model) => (
      <>
        <strong>{model.model}</strong> <State model={model} />
      </>
    ),
    value: ({ model }) => model,
  },
  {
    id: 'provider',
    header: 'Provider',
    from: 'tablet',
    cell: ({ provider }) => provider,
    value: ({ provider }) => provider,
  },
  price('input_usd_per_mtok', 'Input / M'),
  price('output_usd_per_mtok', 'Output / M'),
  {
    id: 'context',
    header: 'Context',
    align: 'end',
    from: 'tablet',
    cell: ({ abilities: { context_tokens } }) =>
      context_tokens === null ? '–' : formatCompact(context_tokens),
    value: ({ abilities }) => abilities.context_tokens,
  },
  {
    id: 'quality',
    header: 'Quality',
    align: 'end',
    from: 'tablet',
    cell: ({ quality }) => formatShare(quality),
    value: ({ quality }) => quality,
  },
  {
    id: 'abilities',
    header: 'Can',
    from: 'desktop',
    cell: (model) => able(model) || '–',
    value: able,
  },
];

function able({ abilities }: Model): string {
  return (['tools', 'vision', 'reasoning'] as Ability[])
    .filter((name) => abilities[name] === true)
    .map((name) => ABILITIES[name])
    .join(', ');
}

function State({ model }: { model: Model }) {
  const days = daysLeft(model, Date.now());
  if (!model.enabled) return <Badge tone="warn">off</Badge>;
  if (days !== null && days <= 0) return <Badge tone="bad">retired</Badge>;
  if (days !== null && days <= 90) return <Badge tone="warn">{`retires in ${days} days`}</Badge>;
  return model.overridden ? <Badge tone="info">changed</Badge> : null;
}
