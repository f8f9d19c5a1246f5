import type { SavedFilter, TraceSummary } from '@sluice/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import { useMay } from '../../api/may.ts';
import { stringifySearch } from '../../app/search.ts';
import { apiQuery, type RequestSearch } from './request-filters.ts';

export const PAGE_ROWS = 100;

export interface TracePage {
  data: TraceSummary[];
  next_cursor: string | null;
}

export const listTraces = (search: RequestSearch, cursor: string | undefined): Promise<TracePage> =>
  answer(
    gateway.GET('/admin/v1/traces', {
      params: { query: { ...apiQuery(search), limit: PAGE_ROWS, cursor } as never },
    }),
  );

/** Of the file with everything that the filters let through. */
export const tracesExportUrl = (search: RequestSearch, format: 'csv' | 'json'): string =>
  `/admin/v1/traces/export${stringifySearch({ ...apiQuery(search), format })}`;

export const VIEWS = ['saved-filters'] as const;

export const useViews = () =>
  useQuery({
    queryKey: VIEWS,
    queryFn: async (): Promise<SavedFilter[]> => (await answer(gateway.GET('/admin/v1/saved-filters'))).data,
  });

type ViewContent = Pick<SavedFilter, 'name' | 'query' | 'shared'>;

/** Changes to saved views; the list is read again after each. */
export function useViewChanges() {
  const queries = useQueryClient();
  const changed = async <T>(change: Promise<T>): Promise<T> => {
    const done = await change;
    await queries.invalidateQueries({ queryKey: VIEWS });
    return done;
  };
  return {
    create: ({ name, query, shared }: ViewContent) =>
      changed(answer(gateway.POST('/admin/v1/saved-filters', { body: { name, query, shared } }))),
    change: ({ id, etag }: SavedFilter, body: Partial<ViewContent>) =>
      changed(
        answer(
          gateway.PATCH('/admin/v1/saved-filters/{id}', {
            params: { path: { id }, header: { 'if-match': etag } },
            body,
          }),
        ),
      ),
    remove: ({ id, etag }: SavedFilter) =>
      changed(
        answer(
          gateway.DELETE('/admin/v1/saved-filters/{id}', {
            params: { path: { id }, header: { 'if-match': etag } },
          }),
        ),
      ),
  };
}

export interface Named {
  id: string;
  name: string;
}

/** The first hundred keys, to choose from and to name; more are known by their ids. */
export function useKeyNames(): readonly Named[] {
  const may = useMay();
  const { data } = useQuery({
    queryKey: ['keys', 'names'],
    queryFn: async (): Promise<Named[]> =>
      (await answer(gateway.GET('/admin/v1/keys', { params: { query: { limit: 100 } } }))).data,
    enabled: may('GET /admin/v1/keys'),
    staleTime: 60_000,
  });
  return data ?? NONE;
}

/** As {@link useKeyNames}. */
export function useProjectNames(): readonly Named[] {
  const may = useMay();
  const { data } = useQuery({
    queryKey: ['projects', 'names'],
    queryFn: async (): Promise<Named[]> => (await answer(gateway.GET('/admin/v1/projects', {}))).data,
    enabled: may('GET /admin/v1/projects'),
    staleTime: 60_000,
  });
  return data ?? NONE;
}

const NONE: readonly Named[] = [];
export const nameIn = (names: readonly Named[], id: string | null): string | null =>
  id === null ? null : (names.find((one) => one.id === id)?.name ?? id);
