import { createLazyRoute } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { useMemo } from 'react';
import { useMay } from '../../api/may.ts';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/field.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Page, Toolbar } from '../../ui/page.tsx';
import { Segments, Tabs } from '../../ui/tabs.tsx';
import { RangePicker, useRange } from '../../ui/time-range.tsx';
import { spanOf } from '../overview/usage-queries.ts';
import { Reconciliations } from './reconciliations.tsx';
import { SpendExplore } from './spend-explore.tsx';
import { SpendFigures } from './spend-figures.tsx';
import { Anomalies, Statements } from './spend-lists.tsx';
import { DIMENSIONS, type Dimension, spendExportUrl, useDays, useMoney } from './spend-queries.ts';

export const lazyRoute = createLazyRoute('/spend')({ component: SpendPage });

function SpendPage() {
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const may = useMay();
  const money = useMoney(search.currency);
  const days = useDays();
  const range = useRange(search, '30d');
  const span = useMemo(() => spanOf(range), [range]);
  const by: Dimension =
    search.by !== undefined && Object.hasOwn(DIMENSIONS, search.by) ? (search.by as Dimension) : 'key';
  const change = (patch: typeof search) =>
    void navigate({ search: (was: typeof search) => ({ ...was, ...patch }), replace: true });
  const tabs = [
    {
      value: 'explore',
      label: 'Explore',
      content: (
        <>
          <Toolbar label="What is shown">
            <RangePicker
              search={search}
              standard="30d"
              onChange={(next) => change({ range: undefined, from: undefined, to: undefined, ...next })}
            />
            <Select
              aria-label="By"
              value={by}
              onChange={({ target }) => change({ by: target.value })}
              options={Object.entries(DIMENSIONS).map(([value, word]) => ({
                value,
                label: `By ${word.toLowerCase()}`,
              }))}
            />
          </Toolbar>
          <SpendExplore span={span} search={search} by={by} money={money} />
        </>
      ),
    },
    { value: 'anomalies', label: 'Anomalies', content: <Anomalies money={money} /> },
    ...(may('GET /admin/v1/statements')
      ? [{ value: 'statements', label: 'Statements', content: <Statements money={money} /> }]
      : []),
    ...(may('GET /admin/v1/reconciliations')
      ? [
          {
            value: 'reconciliation',
            label: 'Reconciliation',
            content: (
              <Reconciliations money={money} open_id={search.open} onOpen={(open) => change({ open })} />
            ),
          },
        ]
      : []),
  ];
  return (
    <Page
      title="Spend"
      actions={
        <>
          {money.can_change && (
            <Segments
              label="Currency"
              value={money.currency}
              onChange={(currency) => change({ currency })}
              options={[
                { value: 'usd', label: 'USD' },
                { value: 'eur', label: 'EUR' },
              ]}
            />
          )}
          <Menu
            trigger={<Button icon={<Download aria-hidden="true" />}>Export</Button>}
            items={[by, `day,${by}`, `month,${by}`, 'day,key,model'].map((groups) => ({
              label: `CSV by ${groups.split(',').join(', ')}`,
              onSelect: () => location.assign(spendExportUrl(span, groups)),
            }))}
          />
        </>
      }
    >
      <SpendFigures days={days} money={money} />
      <Tabs
        label="Spend"
        value={tabs.some(({ value }) => value === search.tab) ? (search.tab ?? 'explore') : 'explore'}
        onChange={(tab) => change({ tab: tab === 'explore' ? undefined : tab, open: undefined })}
        tabs={tabs}
      />
    </Page>
  );
}
