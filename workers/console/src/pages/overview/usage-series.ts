import type { ActivityReport, UsageReport, UsageRow } from '@sluice/client';

/** Moments of a chart, with a value for each of what it shows. */
export interface Timeline<T> {
  at_ms: number[];
  rows: (T | null)[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Days for what is longer than a week, hours for what is longer than six; `null` = finer than the sums know. */
export const grainOf = (span_ms: number): 'hour' | 'day' | null =>
  span_ms > 8 * DAY_MS ? 'day' : span_ms > 8 * HOUR_MS ? 'hour' : null;

/** Every hour or day of a report, those without requests too: a gap would look like a straight line. */
export function timelineOf(
  { data }: UsageReport,
  grain: 'hour' | 'day',
  from_ms: number,
  to_ms: number,
): Timeline<UsageRow> {
  const by = new Map(data.map((row) => [row[grain] ?? '', row]));
  const moments = momentsOf(grain, [...by.keys()], from_ms, to_ms);
  return {
    at_ms: moments.map(({ at_ms }) => at_ms),
    rows: moments.map(({ name }) => by.get(name) ?? null),
  };
}

/**
 * Every hour or day of a span as a report names it, with where it is drawn.
 * @param known names of the report: a day at the edge may be one only in the organization's zone.
 */
export function momentsOf(
  grain: 'hour' | 'day',
  known: string[],
  from_ms: number,
  to_ms: number,
): { name: string; at_ms: number }[] {
  // A day is a name in the organization's zone: drawn at noon of that name here, so that its label is that day.
  if (grain === 'day')
    return daysOf(known, from_ms, to_ms).map((name) => ({
      name,
      at_ms: new Date(`${name}T12:00:00`).getTime(),
    }));
  const moments: { name: string; at_ms: number }[] = [];
  for (let at_ms = from_ms; at_ms < to_ms; at_ms += HOUR_MS)
    moments.push({ name: new Date(at_ms).toISOString(), at_ms });
  return moments;
}

function daysOf(known: string[], from_ms: number, to_ms: number): string[] {
  const nameOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const names = new Set(known.filter((name) => name !== ''));
  for (let at = from_ms; at < to_ms; at += DAY_MS) names.add(nameOf(at));
  return [...names].sort();
}

type Step = ActivityReport['data'][number];

/** The same of a report that was told from traces. */
export function activityTimelineOf({ from, to, step_ms, data }: ActivityReport): Timeline<Step> {
  const by = new Map(data.map((step) => [Date.parse(step.at), step]));
  const at_ms: number[] = [];
  const rows: (Step | null)[] = [];
  for (let at = Date.parse(from); at < Date.parse(to); at += step_ms) {
    at_ms.push(at);
    rows.push(by.get(at) ?? null);
  }
  return { at_ms, rows };
}
