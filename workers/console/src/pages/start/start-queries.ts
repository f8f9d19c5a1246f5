import type { CreatedKey, TraceSummary, UsageReport } from '@sluice/client';
import { useQuery } from '@tanstack/react-query';
import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import { useMay } from '../../api/may.ts';

const YEARS_MS = 9 * 365 * 86_400_000;

/** Whether there was ever a request. The sums say it, which outlive traces; `undefined` = on its way. */
export const useWasEverUsed = () =>
  useQuery({
    queryKey: ['usage', 'ever'],
    queryFn: async () => {
      const query = { group_by: 'month', from: new Date(Date.now() - YEARS_MS).toISOString(), limit: 1 };
      const report = await answer(gateway.GET('/admin/v1/usage', { params: { query } }));
      return (report as UsageReport).totals.requests > 0;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What the gateway can call: the connections of this organization, and how many the deployment brings along. */
export function useProviders() {
  const may = useMay();
  const stored = useQuery({
    queryKey: ['connections'],
    queryFn: async () => (await answer(gateway.GET('/admin/v1/connections'))).data,
    enabled: may('GET /admin/v1/connections'),
  });
  const doctor = useQuery({
    queryKey: ['doctor'],
    queryFn: async () => (await answer(gateway.GET('/admin/v1/doctor'))).checks,
    enabled: may('GET /admin/v1/doctor'),
    staleTime: 60_000,
  });
  const check = doctor.data?.find(({ name }) => name === 'connections');
  return {
    stored: stored.data,
    is_ready: check?.state === 'ok' || (stored.data?.length ?? 0) > 0,
  };
}

export const useKeyCount = () =>
  useQuery({
    queryKey: ['keys', 'some'],
    queryFn: async () => {
      const page = await answer(gateway.GET('/admin/v1/keys', { params: { query: { limit: 20 } } }));
      return { count: page.data.length, has_more: page.next_cursor !== null };
    },
    enabled: useMay()('GET /admin/v1/keys'),
  });

export const createKey = (name: string): Promise<CreatedKey> =>
  answer(gateway.POST('/admin/v1/keys', { body: { name } }));

/** The newest request, asked for again and again until one came after `since_ms`. */
export const useNewestRequest = (since_ms: number) =>
  useQuery({
    queryKey: ['traces', 'newest'],
    queryFn: async (): Promise<TraceSummary | null> => {
      const page = await answer(gateway.GET('/admin/v1/traces', { params: { query: { limit: 1 } } }));
      return page.data[0] ?? null;
    },
    refetchInterval: ({ state: { data } }) => (isSince(data, since_ms) ? false : 1500),
    staleTime: 0,
  });

export const isSince = (trace: TraceSummary | null | undefined, since_ms: number): boolean =>
  trace !== null && trace !== undefined && Date.parse(trace.timestamp) >= since_ms;
