import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

interface PageOf<T> {
  data: readonly T[];
  next_cursor: string | null;
}

/**
 * A list of the API page by page, as {@link DataTable} takes it: spread `table` into it.
 * @param key of the query, with everything that the list depends on.
 * @param ask for the page at a cursor; `undefined` = the first.
 */
export function usePages<T>(
  key: readonly unknown[],
  ask: (cursor: string | undefined) => Promise<PageOf<T>>,
  options: { refetch_ms?: number; enabled?: boolean } = {},
) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => ask(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    enabled: options.enabled ?? true,
    ...(options.refetch_ms === undefined ? {} : { refetchInterval: options.refetch_ms }),
  });
  const rows = useMemo(() => query.data?.pages.flatMap(({ data }) => data), [query.data]);
  return {
    query,
    table: {
      rows,
      error: query.error,
      onRetry: () => void query.refetch(),
      more: {
        has_more: query.hasNextPage,
        is_loading: query.isFetchingNextPage,
        load: () => void query.fetchNextPage(),
      },
    },
  };
}
