import type { TraceSummary, UsageReport } from '@sluice/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import type { TimeRange } from '../../ui/time-range.tsx';
import { toast, toastError } from '../../ui/toast.tsx';

const HOUR_MS = 3_600_000;

const spanOf = ({ from_ms, to_ms }: TimeRange) => ({
  from: new Date(from_ms).toISOString(),
  to: new Date(to_ms).toISOString(),
});

/** Hours for two days, else days. */
export const stepOf = ({ from_ms, to_ms }: TimeRange): 'hour' | 'day' =>
  to_ms - from_ms <= 48 * HOUR_MS ? 'hour' : 'day';

export const useCacheUsage = (range: TimeRange, group: 'hour' | 'day' | 'key') =>
  useQuery({
    queryKey: ['usage', 'cache', { range, group }],
    queryFn: async (): Promise<UsageReport> =>
      (await answer(
        gateway.GET('/admin/v1/usage', {
          params: { query: { ...spanOf(range), group_by: group, limit: 1_000 } as never },
        }),
      )) as UsageReport,
  });

export const useCacheSetup = () =>
  useQuery({ queryKey: ['cache', 'setup'], queryFn: () => answer(gateway.GET('/admin/v1/cache', {})) });

export const MATCHES = ['semantic', 'near_miss', 'exact', 'flight'] as const;
export type MatchKind = (typeof MATCHES)[number];

/** Requests that were answered from the cache, or nearly were. */
export async function listMatches(
  range: TimeRange,
  kind: MatchKind,
  cursor: string | undefined,
): Promise<{ data: TraceSummary[]; next_cursor: string | null }> {
  const query = {
    cache_kind: kind,
    since: new Date(range.from_ms).toISOString(),
    until: range.is_live ? undefined : new Date(range.to_ms).toISOString(),
    limit: 100,
    cursor,
  };
  return await answer(gateway.GET('/admin/v1/traces', { params: { query: query as never } }));
}

/** Changes to the cache; what depends on it is read again. */
export function useCacheChanges() {
  const queries = useQueryClient();
  const read = () =>
    Promise.all(['cache', 'organization'].map((name) => queries.invalidateQueries({ queryKey: [name] })));
  const add = async (body: { pair: string } | { first: string; second: string }): Promise<string> => {
    const { pair } = await answer(gateway.POST('/admin/v1/cache/never-match', { body }));
    await read();
    return pair;
  };
  const remove = async (pair: string): Promise<void> => {
    await answer(gateway.DELETE('/admin/v1/cache/never-match/{pair}', { params: { path: { pair } } }));
    await read();
  };
  return {
    add,
    /** Says so, and offers to take it back. */
    async part(pair: string): Promise<void> {
      try {
        await add({ pair });
        toast('These two never answer each other again', {
          action: { label: 'Undo', onSelect: () => void remove(pair).catch(toastError) },
        });
      } catch (error) {
        toastError(error);
      }
    },
    async join(pair: string): Promise<void> {
      try {
        await remove(pair);
        toast('They may answer each other again', {
          action: { label: 'Undo', onSelect: () => void add({ pair }).catch(toastError) },
        });
      } catch (error) {
        toastError(error);
      }
    },
    async clear(): Promise<number> {
      const { cleared } = await answer(gateway.DELETE('/admin/v1/cache', {}));
      await read();
      return cleared;
    },
  };
}
