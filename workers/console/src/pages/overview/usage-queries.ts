import type { ActivityReport, SpendReport, UsageReport } from '@sluice/client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import { useMay } from '../../api/may.ts';
import type { TimeRange } from '../../ui/time-range.tsx';

const HOUR_MS = 3_600_000;

/** Whole hours, as the gateway's sums have them. */
export interface Span {
  from_ms: number;
  to_ms: number;
  /** Whether it ends now. */
  is_live: boolean;
}

export const spanOf = ({ from_ms, to_ms, is_live }: TimeRange): Span => ({
  from_ms: Math.floor(from_ms / HOUR_MS) * HOUR_MS,
  to_ms,
  is_live,
});

/** As many whole hours, right before. */
export const spanBefore = ({ from_ms, to_ms }: Span): Span => {
  const hours = Math.max(1, Math.round((to_ms - from_ms) / HOUR_MS));
  return { from_ms: from_ms - hours * HOUR_MS, to_ms: from_ms, is_live: false };
};

/** Share by which something that adds up with time changed: per hour, since a span that ends now ends within one. */
export function changeOf(now: number, span: Span, before: number, span_before: Span): number | null {
  if (before === 0) return null;
  return now / (span.to_ms - span.from_ms) / (before / (span_before.to_ms - span_before.from_ms)) - 1;
}

/** As the API takes it. What ends now ends when it is asked for. */
export const queryOf = ({ from_ms, to_ms, is_live }: Span) => ({
  from: new Date(from_ms).toISOString(),
  ...(is_live ? {} : { to: new Date(to_ms).toISOString() }),
});

interface Wanted {
  span: Span;
  /** Parted by commas, as `group_by`; empty = one sum. */
  by: string;
  order?: 'cost' | 'requests' | 'errors';
  limit?: number;
  refetch_ms: number | false;
}

const keyOf = ({ span, by, order, limit }: Wanted) => ({ ...span, by, order, limit });

export const useUsage = (wanted: Wanted) =>
  useQuery({
    queryKey: ['usage', keyOf(wanted)],
    queryFn: async () => {
      const { span, by, order, limit } = wanted;
      const query = { ...queryOf(span), group_by: by, order, limit };
      return (await answer(gateway.GET('/admin/v1/usage', { params: { query } }))) as UsageReport;
    },
    placeholderData: keepPreviousData,
    refetchInterval: wanted.refetch_ms,
  });

export const useSpend = (wanted: Wanted) =>
  useQuery({
    queryKey: ['spend', keyOf(wanted)],
    queryFn: async () => {
      const { span, by, order, limit } = wanted;
      const query = { ...queryOf(span), group_by: by, order, limit };
      return (await answer(gateway.GET('/admin/v1/spend', { params: { query } }))) as SpendReport;
    },
    placeholderData: keepPreviousData,
    refetchInterval: wanted.refetch_ms,
  });

export const useActivity = (span: Span, refetch_ms: number | false) =>
  useQuery({
    queryKey: ['activity', span],
    queryFn: async () =>
      (await answer(
        gateway.GET('/admin/v1/activity', { params: { query: queryOf(span) } }),
      )) as ActivityReport,
    placeholderData: keepPreviousData,
    refetchInterval: refetch_ms,
  });

/** Shared budgets as they stand now. */
export const useBudgets = (refetch_ms: number | false = false) =>
  useQuery({
    queryKey: ['budgets', 'standing'],
    queryFn: async () =>
      (await answer(gateway.GET('/admin/v1/budgets', { params: { query: { limit: 50 } } }))).data,
    enabled: useMay()('GET /admin/v1/budgets'),
    refetchInterval: refetch_ms,
  });

/** Names of keys and projects by their ids; an id that is not in it stands for itself. */
export function useNames(): ReadonlyMap<string, string> {
  const may = useMay();
  const { data } = useQuery({
    queryKey: ['keys', 'names'],
    queryFn: async () => {
      const query = { limit: 100 };
      const [keys, projects] = await Promise.all([
        may('GET /admin/v1/keys') ? answer(gateway.GET('/admin/v1/keys', { params: { query } })) : null,
        may('GET /admin/v1/projects') ? answer(gateway.GET('/admin/v1/projects')) : null,
      ]);
      return new Map([...(keys?.data ?? []), ...(projects?.data ?? [])].map(({ id, name }) => [id, name]));
    },
    staleTime: 60_000,
  });
  return data ?? NONE;
}
const NONE: ReadonlyMap<string, string> = new Map();
