import type { SpendRow } from '@sluice/client';
import { useMemo } from 'react';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { formatCount, formatShare } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { Section, Stack } from '../../ui/page.tsx';
import { Empty, Shown, Skeleton } from '../../ui/state.tsx';
import { type Series, TimeChart } from '../../ui/time-chart.tsx';
import type { RangeSearch } from '../../ui/time-range.tsx';
import { GroupLink } from '../overview/group-link.tsx';
import { type Span, useNames, useSpend } from '../overview/usage-queries.ts';
import { momentsOf } from '../overview/usage-series.ts';
import { DIMENSIONS, type Dimension, type Money } from './spend-queries.ts';

const HOUR_MS = 3_600_000;
const TOP = 5;

interface SpendExploreProps {
  span: Span;
  /** The span as it stands in the address. */
  search: RangeSearch;
  by: Dimension;
  money: Money;
}

/** Spend of a span by one dimension: over time and as a table. */
export function SpendExplore({ span, search, by, money }: SpendExploreProps) {
  const names = useNames();
  const groups = useSpend({ span, by, order: 'cost', limit: 500, refetch_ms: false });
  const top = useMemo(
    () => (groups.data?.data ?? []).slice(0, TOP).map((row) => row[by] ?? null),
    [groups.data, by],
  );
  const columns = useMemo(
    () => columnsOf(by, names, money, groups.data?.totals.total_usd ?? 0, search),
    [by, names, money, groups.data, search],
  );
  return (
    <>
      <Section title="Over time">
        {groups.data === undefined ? (
          <Skeleton height="chart" />
        ) : (
          <OverTime span={span} by={by} money={money} names={names} top={top} />
        )}
      </Section>
      <Section flush>
        <DataTable
          label={`Spend by ${DIMENSIONS[by].toLowerCase()}`}
          columns={columns}
          rows={groups.data?.data}
          rowId={(row) => row[by] ?? ''}
          error={groups.error}
          onRetry={() => void groups.refetch()}
          sortable
          empty={<Empty title="Nothing was spent in this time">Choose a longer range.</Empty>}
        />
      </Section>
    </>
  );
}

const nameOf = (by: Dimension, id: string | null, names: ReadonlyMap<string, string>): string =>
  id === null ? `No ${DIMENSIONS[by].toLowerCase()}` : (names.get(id) ?? id);

function columnsOf(
  by: Dimension,
  names: ReadonlyMap<string, string>,
  money: Money,
  total_usd: number,
  search: RangeSearch,
): readonly Column<SpendRow>[] {
  const amount = (
    id: 'total_usd' | 'platform_fee_usd' | 'savings_usd' | 'cache_saved_usd',
    header: string,
    from: 'phone' | 'tablet' | 'desktop',
  ): Column<SpendRow> => ({
    id,
    header,
    align: 'end',
    from,
    cell: (row) => money.format(row[id]),
    value: (row) => row[id] / money.rate,
  });
  return [
    {
      id: by,
      header: DIMENSIONS[by],
      grow: true,
      cell: (row) => {
        const id = row[by] ?? null;
        const name = nameOf(by, id, names);
        return id === null ? name : <GroupLink by={by} id={id} name={name} search={search} standard="30d" />;
      },
      value: (row) => nameOf(by, row[by] ?? null, names),
    },
    {
      id: 'requests',
      header: 'Requests',
      align: 'end',
      from: 'tablet',
      cell: ({ requests }) => formatCount(requests),
      value: ({ requests }) => requests,
    },
    amount('total_usd', 'Spend', 'phone'),
    {
      id: 'share',
      header: 'Share',
      align: 'end',
      from: 'tablet',
      cell: (row) => formatShare(total_usd === 0 ? null : row.total_usd / total_usd),
      value: (row) => (total_usd === 0 ? null : row.total_usd / total_usd),
    },
    amount('savings_usd', 'Saved by routing', 'desktop'),
    amount('cache_saved_usd', 'Saved by cache', 'desktop'),
    amount('platform_fee_usd', 'Platform fee', 'desktop'),
    {
      id: 'unpriced',
      header: 'Without a price',
      align: 'end',
      from: 'desktop',
      cell: (row) => formatCount(row.unpriced_requests),
      value: (row) => row.unpriced_requests,
    },
  ];
}

interface OverTimeProps {
  span: Span;
  by: Dimension;
  money: Money;
  names: ReadonlyMap<string, string>;
  /** The dearest; all others are one. */
  top: readonly (string | null)[];
}

function OverTime({ span, by, money, names, top }: OverTimeProps) {
  const grain = span.to_ms - span.from_ms > 80 * HOUR_MS ? 'day' : 'hour';
  const query = useSpend({ span, by: `${grain},${by}`, limit: 5_000, refetch_ms: false });
  const { data } = query;
  const chart = useMemo(() => {
    const rows = data?.data ?? [];
    const known = [...new Set(rows.map((row) => row[grain] ?? ''))];
    const moments = momentsOf(grain, known, span.from_ms, span.to_ms);
    const place = new Map(moments.map(({ name }, at) => [name, at]));
    const names_of = [...top.map((id) => nameOf(by, id, names)), 'All others'];
    const values = names_of.map(() => moments.map(() => 0));
    for (const row of rows) {
      const line = top.indexOf(row[by] ?? null);
      const into = values[line === -1 ? top.length : line];
      const at = place.get(row[grain] ?? '');
      if (into !== undefined && at !== undefined) into[at] = (into[at] ?? 0) + row.total_usd;
    }
    const series: Series[] = names_of
      .map((name, at) => ({ name, values: values[at] ?? [], draw: 'bars' as const }))
      .filter((one) => one.values.some((usd) => usd > 0));
    const at_ms = moments.map((moment) => moment.at_ms);
    return { at_ms, series };
  }, [data, grain, by, top, names, span]);
  return (
    <Shown query={query} waiting={<Skeleton height="chart" />}>
      {() =>
        chart.series.length === 0 ? (
          <Empty title="Nothing was spent in this time" />
        ) : (
          <Stack>
            <TimeChart
              label="Spend over time"
              at_ms={chart.at_ms}
              series={chart.series}
              format={money.format}
              stacked
            />
            {(data?.next_cursor ?? null) !== null && (
              <Notice tone="warn">
                There is more than can be drawn: only the first days are. Choose a shorter range, or export
                it.
              </Notice>
            )}
          </Stack>
        )
      }
    </Shown>
  );
}
