import type { ActivityReport, UsageReport } from '@sluice/client';
import { useMemo } from 'react';
import { formatCompact, formatDateTime, formatDuration, formatMoney } from '../../ui/format.ts';
import { Grid, Section } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/state.tsx';
import { type Series, TimeChart } from '../../ui/time-chart.tsx';
import type { Span } from './usage-queries.ts';
import { activityTimelineOf, grainOf, timelineOf } from './usage-series.ts';

interface OverviewChartsProps {
  span: Span;
  usage: UsageReport | undefined;
  activity: ActivityReport | undefined;
  onZoom: (from_ms: number, to_ms: number) => void;
}

interface Chart {
  at_ms: number[];
  requests: Series[];
  spend: Series[];
}

/** Requests, spend and durations over the span. */
export function OverviewCharts({ span, usage, activity, onZoom }: OverviewChartsProps) {
  const durations = useMemo(() => activity && durationsOf(activity), [activity]);
  const counts = useMemo(() => countsOf(span, usage, activity), [span, usage, activity]);
  const is_cut = activity !== undefined && activity.total.requests >= activity.traces_max;
  return (
    <Grid min="440">
      <Section title="Requests">
        {counts === null ? (
          <Skeleton height="chart" />
        ) : (
          <TimeChart
            label="Requests and errors over time"
            at_ms={counts.at_ms}
            series={counts.requests}
            format={formatCompact}
            onZoom={onZoom}
          />
        )}
      </Section>
      <Section title="Spend">
        {counts === null ? (
          <Skeleton height="chart" />
        ) : (
          <TimeChart
            label="Spend over time"
            at_ms={counts.at_ms}
            series={counts.spend}
            format={formatMoney}
            onZoom={onZoom}
          />
        )}
      </Section>
      {(['latency', 'ttft'] as const).map((name) => (
        <Section
          key={name}
          title={name === 'latency' ? 'Latency' : 'Time to first token'}
          about={
            is_cut && activity.oldest_at !== null
              ? `Of the newest ${formatCompact(activity.traces_max)} requests, since ${formatDateTime(activity.oldest_at)}.`
              : undefined
          }
        >
          {durations === undefined ? (
            <Skeleton height="chart" />
          ) : (
            <TimeChart
              label={name === 'latency' ? 'Latency over time' : 'Time to first token over time'}
              at_ms={durations.at_ms}
              series={durations[name]}
              format={formatDuration}
              onZoom={onZoom}
            />
          )}
        </Section>
      ))}
    </Grid>
  );
}

function durationsOf(activity: ActivityReport) {
  const { at_ms, rows } = activityTimelineOf(activity);
  const series = (name: 'latency' | 'ttft'): Series[] =>
    (['p50_ms', 'p95_ms', 'p99_ms'] as const).map((rank, at) => ({
      name: rank.slice(0, 3),
      values: rows.map((row) => row?.[name][rank] ?? null),
      colour: ([1, 2, 3] as const)[at] ?? 1,
    }));
  return { at_ms, latency: series('latency'), ttft: series('ttft') };
}

/** From the sums; from traces where the span is too short for hours. `null` = on its way. */
function countsOf(
  span: Span,
  usage: UsageReport | undefined,
  activity: ActivityReport | undefined,
): Chart | null {
  const grain = grainOf(span.to_ms - span.from_ms);
  if (grain === null)
    return activity === undefined
      ? null
      : chartOf(activityTimelineOf(activity), ({ cost_usd }) => cost_usd, 'bars');
  if (usage === undefined) return null;
  return chartOf(timelineOf(usage, grain, span.from_ms, span.to_ms), ({ total_usd }) => total_usd, 'bars');
}

function chartOf<T extends { requests: number; errors: number }>(
  { at_ms, rows }: { at_ms: number[]; rows: (T | null)[] },
  spend: (row: T) => number,
  draw: 'bars',
): Chart {
  return {
    at_ms,
    requests: [
      { name: 'Requests', values: rows.map((row) => row?.requests ?? 0), draw, colour: 1 },
      { name: 'Errors', values: rows.map((row) => row?.errors ?? 0), draw, colour: 'bad' },
    ],
    spend: [{ name: 'Spend', values: rows.map((row) => (row === null ? 0 : spend(row))), draw, colour: 2 }],
  };
}
