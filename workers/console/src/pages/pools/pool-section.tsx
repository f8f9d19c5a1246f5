import type { Connection, Health, Pool } from '@sluice/client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMay } from '../../api/may.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Facts, Figure, Figures, Meter } from '../../ui/figures.tsx';
import { formatCompact, formatCount, formatDuration, formatMoney, formatShare } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { Grid, Section, Stack } from '../../ui/page.tsx';
import { Empty, Failure } from '../../ui/state.tsx';
import type { TimeRange } from '../../ui/time-range.tsx';
import { BREAKERS } from '../connections/connection-rows.ts';
import { BreakEvenPlot, breakEven } from './break-even-plot.tsx';
import { reportQuery } from './pools-queries.ts';

interface PoolSectionProps {
  pool: Pool;
  range: TimeRange;
  connections: readonly Connection[];
  health: Health | undefined;
  onEdit: () => void;
  onDelete: () => void;
}

interface Endpoint {
  id: string;
  name: string;
  in_flight: number;
  breaker: keyof typeof BREAKERS;
  waiting: number | null;
  ttft_ms: number | null;
}

/** One pool: what it costs, whether it pays off, and how its endpoints are doing. */
export function PoolSection({ pool, range, connections, health, onEdit, onDelete }: PoolSectionProps) {
  const may = useMay();
  const query = useQuery({ ...reportQuery(pool.name, range), placeholderData: keepPreviousData });
  const report = query.data;
  const endpoints = pool.connection_ids.map((id): Endpoint => {
    const target = health?.targets[`${id}\n${pool.model}`];
    return {
      id,
      name: connections.find((one) => one.id === id)?.name ?? id,
      in_flight: health?.in_flight?.[`${id}\n${pool.model}`] ?? 0,
      breaker: target?.breaker ?? 'closed',
      waiting: target?.waiting ?? null,
      ttft_ms: target?.ttft_ms_p50 ?? null,
    };
  });
  return (
    <Section
      title={pool.name}
      about={`${pool.model} on ${pool.connection_ids.length} ${pool.connection_ids.length === 1 ? 'endpoint' : 'endpoints'}, ${formatMoney(pool.usd_per_hour)} an hour each`}
      actions={
        <>
          <Button size="small" disabled={!may('PATCH /admin/v1/pools/:name')} onClick={onEdit}>
            Change
          </Button>
          <Button size="small" disabled={!may('DELETE /admin/v1/pools/:name')} onClick={onDelete}>
            Delete
          </Button>
        </>
      }
    >
      {report === undefined && query.error !== null ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Stack>
          <Figures>
            <Figure
              label="Utilization"
              value={report && formatShare(report.utilization)}
              note={report && `${report.gpu_hours.toFixed(1)} busy hours`}
            />
            <Figure label="Cost" value={report && formatMoney(report.gpu_cost_usd)} note="busy or not" />
            <Figure
              label="Requests"
              value={report && formatCompact(report.requests)}
              note={report && `${formatCompact(report.input_tokens + report.output_tokens)} tokens`}
            />
            <Figure
              label="Saved"
              value={report && formatMoney(report.saved_usd)}
              note={
                report &&
                (report.compared_with === null
                  ? 'nothing to compare with'
                  : `against ${report.compared_with}`)
              }
            />
            <Figure
              label="Pays off from"
              value={
                report &&
                (report.break_even_requests_per_day === null
                  ? '–'
                  : formatCompact(report.break_even_requests_per_day))
              }
              note="requests a day"
            />
          </Figures>
          <Grid min="440">
            {report !== undefined && breakEven(report) !== null ? (
              <BreakEvenPlot report={report} />
            ) : (
              <Notice>
                {report === undefined
                  ? 'The report is on its way.'
                  : 'There is no break-even yet: it takes requests in this time, and a model with a price in the overflow to compare with.'}
              </Notice>
            )}
            <Stack>
              <Facts
                rows={[
                  ['Named as', <code key="name">{pool.model_name}</code>],
                  [
                    'Overflow',
                    pool.overflow.length === 0 ? 'none: what is over is refused' : pool.overflow.join(', '),
                  ],
                  ['Health path', pool.health_path ?? '–'],
                  ['Would have cost there', formatMoney(report?.api_cost_usd)],
                  ['Charged to requests', formatMoney(report?.attributed_cost_usd)],
                ]}
              />
              <Meter
                label="Under way"
                parts={[
                  {
                    name: 'under way',
                    value: endpoints.reduce((sum, { in_flight }) => sum + in_flight, 0),
                    tone: 'spent',
                  },
                ]}
                limit={pool.in_flight_max * endpoints.length}
                format={formatCount}
              />
            </Stack>
          </Grid>
          <DataTable
            label={`Endpoints of ${pool.name}`}
            columns={ENDPOINTS}
            rows={endpoints}
            rowId={({ id }) => id}
            empty={<Empty title="No endpoints" />}
          />
        </Stack>
      )}
    </Section>
  );
}

const ENDPOINTS: readonly Column<Endpoint>[] = [
  {
    id: 'name',
    header: 'Endpoint',
    grow: true,
    cell: ({ id, name }) => (
      <Link to="/connections" search={{ open: id }}>
        {name}
      </Link>
    ),
    value: ({ name }) => name,
  },
  {
    id: 'breaker',
    header: 'Breaker',
    cell: ({ breaker }) => (
      <Badge tone={BREAKERS[breaker].tone} dot>
        {BREAKERS[breaker].word}
      </Badge>
    ),
    value: ({ breaker }) => breaker,
  },
  {
    id: 'in_flight',
    header: 'Under way',
    align: 'end',
    cell: ({ in_flight }) => in_flight,
    value: ({ in_flight }) => in_flight,
  },
  {
    id: 'waiting',
    header: 'Its queue',
    align: 'end',
    from: 'tablet',
    cell: ({ waiting }) => waiting ?? '–',
    value: ({ waiting }) => waiting,
  },
  {
    id: 'ttft',
    header: 'First token',
    align: 'end',
    from: 'tablet',
    cell: ({ ttft_ms }) => formatDuration(ttft_ms),
    value: ({ ttft_ms }) => ttft_ms,
  },
];
