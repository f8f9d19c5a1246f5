import type { UsageReport, UsageRow } from '@sluice/client';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Figure, Figures } from '../../ui/figures.tsx';
import { formatCount, formatMoney, formatShare } from '../../ui/format.ts';
import { Grid, Section } from '../../ui/page.tsx';
import { Empty, Failure, Skeleton } from '../../ui/state.tsx';
import { TimeChart } from '../../ui/time-chart.tsx';
import type { TimeRange } from '../../ui/time-range.tsx';
import { type Named, nameIn, useKeyNames } from '../requests/requests-queries.ts';
import { stepOf, useCacheUsage } from './cache-queries.ts';

const rateOf = ({ cache_hits, requests }: Pick<UsageRow, 'cache_hits' | 'requests'>): number | null =>
  requests === 0 ? null : cache_hits / requests;

/** How often answers came from the cache, and what that saved. */
export function CacheOverview({ range }: { range: TimeRange }) {
  const over_time = useCacheUsage(range, stepOf(range));
  const totals = over_time.data?.totals;
  return (
    <>
      <Figures>
        <Figure
          label="Hit rate"
          value={totals && formatShare(rateOf(totals))}
          note="of all requests, also those that may not be cached"
        />
        <Figure label="From the cache" value={totals && formatCount(totals.cache_hits)} note="requests" />
        <Figure
          label="Saved"
          value={totals && formatMoney(totals.cache_saved_usd)}
          note="what asking a provider would have cost"
        />
        <Figure label="Requests" value={totals && formatCount(totals.requests)} />
      </Figures>
      <Grid min="440">
        <OverTime report={over_time.data} error={over_time.error} onRetry={() => void over_time.refetch()} />
      </Grid>
      <ByKey range={range} />
    </>
  );
}

/** Days stand at their midnight where they are looked at, so that each is shown under its own date. */
const momentOf = ({ hour, day }: UsageRow): number => Date.parse(hour ?? `${day ?? ''}T00:00:00`);

interface OverTimeProps {
  report: UsageReport | undefined;
  error: unknown;
  onRetry: () => void;
}

function OverTime({ report, error, onRetry }: OverTimeProps) {
  const data = useMemo(() => {
    const rows = (report?.data ?? [])
      .map((row) => ({ row, at: momentOf(row) }))
      .filter(({ at }) => Number.isFinite(at))
      .sort((a, b) => a.at - b.at);
    return {
      at_ms: rows.map(({ at }) => at),
      rate: [{ name: 'Hit rate', values: rows.map(({ row }) => rateOf(row)), draw: 'area' as const }],
      saved: [
        {
          name: 'Saved',
          values: rows.map(({ row }) => row.cache_saved_usd),
          draw: 'bars' as const,
          colour: 2 as const,
        },
      ],
    };
  }, [report]);
  const show = (chart: ReactNode) =>
    error !== null && report === undefined ? (
      <Failure error={error} onRetry={onRetry} />
    ) : report === undefined ? (
      <Skeleton height="chart" />
    ) : data.at_ms.length === 0 ? (
      <Empty title="No requests in this time">Choose a longer range.</Empty>
    ) : (
      chart
    );
  return (
    <>
      <Section title="Hit rate">
        {show(
          <TimeChart
            label="Hit rate"
            at_ms={data.at_ms}
            series={data.rate}
            format={formatShare}
            height={180}
          />,
        )}
      </Section>
      <Section title="Saved">
        {show(
          <TimeChart
            label="Saved by the cache"
            at_ms={data.at_ms}
            series={data.saved}
            format={(value) => formatMoney(value)}
            height={180}
          />,
        )}
      </Section>
    </>
  );
}

const columnsWith = (keys: readonly Named[]): readonly Column<UsageRow>[] => [
  {
    id: 'key',
    header: 'Key',
    grow: true,
    cell: ({ key }) =>
      key ? (
        <Link to="/keys/$id" params={{ id: key }}>
          {nameIn(keys, key)}
        </Link>
      ) : (
        '–'
      ),
    value: ({ key }) => nameIn(keys, key ?? null),
  },
  {
    id: 'requests',
    header: 'Requests',
    align: 'end',
    from: 'tablet',
    cell: ({ requests }) => formatCount(requests),
    value: ({ requests }) => requests,
  },
  {
    id: 'hits',
    header: 'From the cache',
    align: 'end',
    cell: ({ cache_hits }) => formatCount(cache_hits),
    value: ({ cache_hits }) => cache_hits,
  },
  {
    id: 'rate',
    header: 'Hit rate',
    align: 'end',
    cell: (row) => formatShare(rateOf(row)),
    value: rateOf,
  },
  {
    id: 'saved',
    header: 'Saved',
    align: 'end',
    cell: ({ cache_saved_usd }) => formatMoney(cache_saved_usd),
    value: ({ cache_saved_usd }) => cache_saved_usd,
  },
];

function ByKey({ range }: { range: TimeRange }) {
  const usage = useCacheUsage(range, 'key');
  const keys = useKeyNames();
  const columns = useMemo(() => columnsWith(keys), [keys]);
  const rows = useMemo(
    () => usage.data?.data.toSorted((a, b) => b.cache_saved_usd_nanos - a.cache_saved_usd_nanos),
    [usage.data],
  );
  return (
    <Section title="By key" flush>
      <DataTable
        label="Cache by key"
        columns={columns}
        rows={rows}
        rowId={({ key }) => key ?? ''}
        sortable
        error={usage.error}
        onRetry={() => void usage.refetch()}
        empty={<Empty title="No requests in this time">Choose a longer range.</Empty>}
      />
    </Section>
  );
}
