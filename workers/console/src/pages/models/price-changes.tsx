import type { PriceChange } from '@sluice/client';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { usePages } from '../../api/use-pages.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Dialog, FormError } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/figures.tsx';
import { formatName } from '../../ui/format.ts';
import { DiffView } from '../../ui/json-view.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Section, Stack, Toolbar } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Segments } from '../../ui/tabs.tsx';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.tsx';
import { decidePriceChange, listPriceChanges, useModelsChanged } from './models-queries.ts';

const TONES: Record<PriceChange['state'], Tone> = {
  pending: 'warn',
  applied: 'good',
  accepted: 'good',
  rejected: 'plain',
  replaced: 'plain',
};

interface PriceChangesProps {
  search: { show?: string; open?: string };
  change: (patch: { show?: string; open?: string }) => void;
}

/** What the nightly look at the public price list found: what is odd waits here for a person. */
export function PriceChanges({ search, change }: PriceChangesProps) {
  const state = search.show === 'everything' ? undefined : ('pending' as const);
  const { table } = usePages(['price-changes', state ?? 'everything'], (cursor) =>
    listPriceChanges(state, cursor),
  );
  const opened = table.rows?.find(({ id }) => id === search.open);
  return (
    <Stack>
      <Toolbar label="Filters">
        <Segments
          label="Which price changes"
          value={state ?? 'everything'}
          options={[
            { value: 'pending', label: 'Waiting' },
            { value: 'everything', label: 'All' },
          ]}
          onChange={(show) => change({ show: show === 'pending' ? undefined : show })}
        />
      </Toolbar>
      <Section flush>
        <DataTable
          label="Price changes"
          columns={COLUMNS}
          rowId={({ id }) => id}
          onOpen={({ id }) => change({ open: id })}
          open_id={search.open ?? null}
          empty={
            <Empty title={state === undefined ? 'No price has changed yet' : 'Nothing waits for you'}>
              Each night the public price list is read. What is plain is put in force; what is odd, as a price
              that doubled, waits here.
            </Empty>
          }
          {...table}
        />
      </Section>
      <Dialog
        shape="side"
        open={opened !== undefined}
        onOpenChange={() => change({ open: undefined })}
        title={opened?.model ?? ''}
        about={opened?.price_provider}
      >
        {opened !== undefined && <Decision key={opened.id} found={opened} />}
      </Dialog>
    </Stack>
  );
}

function Decision({ found }: { found: PriceChange }) {
  const may = useMay();
  const changed = useModelsChanged();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState<'accept' | 'reject' | null>(null);
  const decide = async (verb: 'accept' | 'reject') => {
    setBusy(verb);
    setError(null);
    try {
      await decidePriceChange(found.id, verb);
      await changed();
      toast(
        verb === 'accept' ? `The new price of ${found.model} is in force` : `${found.model} keeps its price`,
      );
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(null);
    }
  };
  const may_decide = may('POST /admin/v1/price-changes/:id/accept');
  return (
    <Stack>
      {found.doubt !== null && (
        <Notice tone="warn" title="Why it waits">
          {found.doubt}
        </Notice>
      )}
      {found.state === 'pending' && (
        <Toolbar label="Decide">
          <Button
            look="primary"
            busy={busy === 'accept'}
            disabled={!may_decide || busy !== null}
            onClick={() => void decide('accept')}
          >
            Accept
          </Button>
          <Button
            busy={busy === 'reject'}
            disabled={!may_decide || busy !== null}
            onClick={() => void decide('reject')}
          >
            Keep the old price
          </Button>
        </Toolbar>
      )}
      {error !== null && <FormError error={error} />}
      <Facts
        rows={[
          ['State', formatName(found.state)],
          ['Found', <Time key="at" at={found.at} />],
          ['Source', found.source],
          found.decided_at === null ? null : ['Decided', <Time key="decided" at={found.decided_at} />],
          found.decided_by === null ? null : ['By', found.decided_by],
        ]}
      />
      <h3>What differs</h3>
      <DiffView before={found.before} after={found.after} />
    </Stack>
  );
}

const COLUMNS: readonly Column<PriceChange>[] = [
  { id: 'at', header: 'Found', cell: ({ at }) => <Time at={at} />, value: ({ at }) => at },
  {
    id: 'model',
    header: 'Model',
    cell: ({ model, before }) => (
      <>
        <strong>{model}</strong> {before === null && <Badge tone="info">new</Badge>}
      </>
    ),
    value: ({ model }) => model,
  },
  {
    id: 'provider',
    header: 'Price list',
    from: 'tablet',
    cell: ({ price_provider }) => price_provider,
    value: ({ price_provider }) => price_provider,
  },
  {
    id: 'doubt',
    header: 'Why it waits',
    grow: true,
    from: 'tablet',
    cell: ({ doubt }) => doubt ?? '–',
    value: ({ doubt }) => doubt,
  },
  {
    id: 'state',
    header: 'State',
    cell: ({ state }) => <Badge tone={TONES[state]}>{formatName(state)}</Badge>,
    value: ({ state }) => state,
  },
];
