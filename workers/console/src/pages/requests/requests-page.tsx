import { createLazyRoute } from '@tanstack/react-router';
import { Download, Pause, Play, RefreshCw } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { stringifySearch } from '../../app/search.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { SearchInput, Select } from '../../ui/field.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Page, Section, Toolbar } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { RangePicker, readRange } from '../../ui/time-range.tsx';
import { FilterChips } from './filter-chips.tsx';
import { LIST_ADDRESS } from './list-address.ts';
import { MoreFilters } from './more-filters.tsx';
import { filtersOf, type RequestSearch } from './request-filters.ts';
import { useRequestColumns } from './requests-columns.tsx';
import styles from './requests-page.module.css';
import { tracesExportUrl } from './requests-queries.ts';
import { SavedViews } from './saved-views.tsx';
import { useRequestList } from './use-request-list.ts';

export const lazyRoute = createLazyRoute('/requests')({ component: RequestsPage });

const STATUSES = [
  { value: '', label: 'Any status' },
  { value: '2xx', label: 'Answered (2xx)' },
  { value: '4xx', label: 'Refused (4xx)' },
  { value: '429', label: 'Limited (429)' },
  { value: '5xx', label: 'Failed (5xx)' },
];

function RequestsPage() {
  const search: RequestSearch = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const box = useRef<HTMLDivElement>(null);
  const [is_at_top, setAtTop] = useState(true);
  // A stretch of one's own has ended: nothing new comes into it.
  const can_live = readRange(search, '24h', 0).is_live;
  const live = can_live && search.live === '1';
  const list = useRequestList(search, live, is_at_top);
  const columns = useRequestColumns();
  useEffect(() => sessionStorage.setItem(LIST_ADDRESS, stringifySearch({ ...search })), [search]);
  const change = (patch: RequestSearch) =>
    void navigate({ search: (before: RequestSearch) => ({ ...before, ...patch }), replace: true });
  const toTop = () => {
    list.take();
    box.current?.scrollTo({ top: 0 });
    setAtTop(true);
  };
  const is_filtered = Object.keys(filtersOf(search)).length > 0;
  const statuses = STATUSES.some(({ value }) => value === (search.status ?? ''))
    ? STATUSES
    : [...STATUSES, { value: search.status ?? '', label: `Status ${search.status}` }];
  return (
    <Page
      title="Requests"
      about="Every request with what it cost, how it was routed and what was tried for it."
      actions={
        <>
          <SavedViews search={search} onChange={change} />
          <Menu
            trigger={<Button icon={<Download aria-hidden="true" />}>Export</Button>}
            items={(['csv', 'json'] as const).map((format) => ({
              label: `All that match, as ${format.toUpperCase()}`,
              onSelect: () => location.assign(tracesExportUrl(search, format)),
            }))}
          />
          <IconButton
            label="Look for new requests"
            look="plain"
            icon={<RefreshCw aria-hidden="true" />}
            busy={list.is_refreshing && !live}
            disabled={live || !can_live}
            onClick={list.refresh}
          />
          <Button
            aria-pressed={live}
            disabled={!can_live}
            title={can_live ? undefined : 'The time that is looked at has ended.'}
            icon={live ? <Pause aria-hidden="true" /> : <Play aria-hidden="true" />}
            onClick={() => change({ live: live ? undefined : '1' })}
          >
            {live ? 'Pause' : 'Live'}
          </Button>
        </>
      }
    >
      <Toolbar label="Filters">
        <SearchInput
          label="Words, ids, errors …"
          value={search.q}
          onChange={(q) => change({ q, view: search.view })}
        />
        <RangePicker
          search={search}
          onChange={(next) => change({ range: undefined, from: undefined, to: undefined, ...next })}
        />
        <Select
          aria-label="Status"
          value={search.status ?? ''}
          options={statuses}
          onChange={({ target }) => change({ status: target.value || undefined })}
        />
        <MoreFilters search={search} onChange={change} />
        <span className={styles['state']} role="status">
          {live && (
            <>
              <i className={styles['pulse']} aria-hidden="true" /> Live
            </>
          )}
          {list.is_old && 'Searching …'}
        </span>
      </Toolbar>
      <FilterChips search={search} onChange={change} />
      <Section flush>
        <div className={styles['table']}>
          {list.unseen_count > 0 && (
            <div className={styles['unseen']}>
              <Button size="small" look="primary" onClick={toTop}>
                {`${list.unseen_count}${list.unseen_is_all ? '' : '+'} new ${list.unseen_count === 1 ? 'request' : 'requests'}`}
              </Button>
            </div>
          )}
          <DataTable
            label="Requests"
            tall
            columns={columns}
            rows={list.rows}
            rowId={({ request_id }) => request_id}
            onOpen={({ request_id }) => void navigate({ to: '/requests/$id', params: { id: request_id } })}
            isNew={({ request_id }) => list.fresh.has(request_id)}
            onTop={setAtTop}
            box_ref={box}
            error={list.error}
            onRetry={list.onRetry}
            more={list.more}
            empty={
              is_filtered ? (
                <Empty title="No request matches">Choose a longer time, or take a filter away.</Empty>
              ) : (
                <Empty title="No requests in this time">
                  Each request through the gateway is listed here seconds after it ended.
                </Empty>
              )
            }
          />
        </div>
      </Section>
    </Page>
  );
}
