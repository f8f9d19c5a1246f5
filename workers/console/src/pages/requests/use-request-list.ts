import type { TraceSummary } from '@sluice/client';
import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { filtersOf, type RequestSearch } from './request-filters.ts';
import { listTraces, PAGE_ROWS, type TracePage } from './requests-queries.ts';

type Loaded = InfiniteData<TracePage, string | undefined>;

/** How often the newest are asked for while the list is live. */
const LIVE_MS = 2_000;
/** With more rows than this, a live list that nobody scrolls begins again. */
const LIVE_ROWS_MAX = 5_000;

/**
 * Requests page by page, and the newest on top of them: at once while the reader is at the top, else only counted, so
 * that nothing moves under their eyes. Pages that are there are never asked for again.
 */
export function useRequestList(search: RequestSearch, live: boolean, is_at_top: boolean) {
  const queries = useQueryClient();
  const { range, from, to } = search;
  const key = useMemo(
    () => ['traces', 'list', { ...filtersOf(search), range, from, to }],
    [search, range, from, to],
  );
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => listTraces(search, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: (before: Loaded | undefined) => before,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const newest = useQuery({
    queryKey: ['traces', 'newest', key[2]],
    queryFn: () => listTraces(search, undefined),
    enabled: live && query.isSuccess && !query.isPlaceholderData,
    refetchInterval: LIVE_MS,
    staleTime: 0,
    gcTime: 0,
  });
  const { refetch } = newest;
  const [read_at_ms] = useState(query.dataUpdatedAt);
  useEffect(() => {
    // Back from a request: the list stands where it was left, with what came meanwhile on top.
    if (read_at_ms > 0 && Date.now() - read_at_ms > LIVE_MS) void refetch();
  }, [read_at_ms, refetch]);
  const rows = useMemo(() => query.data?.pages.flatMap(({ data }) => data), [query.data]);
  const known = useMemo(() => new Set(rows?.map(({ request_id }) => request_id)), [rows]);
  const unseen = useMemo(
    () =>
      query.isPlaceholderData
        ? []
        : (newest.data?.data ?? []).filter(({ request_id }) => !known.has(request_id)),
    [newest.data, known, query.isPlaceholderData],
  );
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());

  const take = useCallback(() => {
    const page = newest.data;
    if (page === undefined || unseen.length === 0) return;
    setFresh(new Set(unseen.map(({ request_id }) => request_id)));
    queries.setQueryData<Loaded>(key, (before) => merge(before, page, unseen));
  }, [newest.data, unseen, queries, key]);
  useEffect(() => {
    if (is_at_top) take();
  }, [is_at_top, take]);

  return {
    rows,
    fresh,
    /** That came while the reader was further down; {@link take} puts them on top. */
    unseen_count: is_at_top ? 0 : unseen.length,
    unseen_is_all: unseen.length < PAGE_ROWS,
    take,
    refresh: () => void refetch(),
    is_refreshing: newest.isFetching,
    /** Of an earlier search, while the one asked for is on its way. */
    is_old: query.isPlaceholderData,
    error: query.error,
    onRetry: () => void query.refetch(),
    more: {
      has_more: query.hasNextPage,
      is_loading: query.isFetchingNextPage,
      load: () => void query.fetchNextPage(),
    },
  };
}

/** On top of what is there; in its place where there is a gap between the two, or where it has become too much. */
function merge(before: Loaded | undefined, page: TracePage, unseen: readonly TraceSummary[]): Loaded {
  const [first, ...others] = before?.pages ?? [];
  const count = before?.pages.reduce((sum, { data }) => sum + data.length, 0) ?? 0;
  if (
    before === undefined ||
    first === undefined ||
    unseen.length === page.data.length ||
    count > LIVE_ROWS_MAX
  )
    return { pages: [page], pageParams: [undefined] };
  // What was stored late stands where it belongs in time, not on top.
  const data = [...unseen, ...first.data].sort((a, b) => Date.parse(b.timestamp) - Date.parse(a.timestamp));
  return { ...before, pages: [{ ...first, data }, ...others] };
}
