import { type RangeSearch, readRange } from '../../ui/time-range.tsx';
import { API_NAMES, FILTER_NAMES, type FilterName, type Filters } from './filter-names.ts';

export type RequestSearch = Filters & RangeSearch & { live?: string | undefined; view?: string | undefined };

const PAGE_NAMES = Object.fromEntries(Object.entries(API_NAMES).map(([page, api]) => [api, page]));

/** How filters are called, in the order in which they are shown. */
export const FILTER_LABELS: Readonly<Record<FilterName, string>> = {
  q: 'Words',
  status: 'Status',
  model: 'Model',
  model_requested: 'Model asked for',
  provider: 'Provider',
  key_id: 'Key',
  project_id: 'Project',
  user: 'User',
  session: 'Session',
  error_code: 'Error code',
  ending: 'Ending',
  finish_reason: 'Finish reason',
  cache: 'Cache',
  cache_kind: 'Cached as',
  guard: 'Guard',
  stream: 'Streamed',
  strategy: 'Strategy',
  split: 'Experiment arm',
  min_latency_ms: 'At least, ms',
  max_latency_ms: 'At most, ms',
  min_cost_usd: 'At least, USD',
  max_cost_usd: 'At most, USD',
  min_score: 'Score from',
  max_score: 'Score to',
  metadata: 'Metadata',
  connection: 'Connection',
  token: 'Browser token',
  door: 'Door',
};

/** Those that are set, without the time. */
export const filtersOf = (search: RequestSearch): Filters =>
  Object.fromEntries(
    FILTER_NAMES.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]])),
  );

/** As the API takes them; also what a saved view keeps. */
export const apiFilters = (search: RequestSearch): Record<string, string> =>
  Object.fromEntries(
    Object.entries(filtersOf(search)).flatMap(([name, value]) =>
      value === undefined ? [] : [[API_NAMES[name] ?? name, value]],
    ),
  );

/** The address of what a saved view keeps: every filter that it does not name is taken away. */
export function searchOfView(query: Readonly<Record<string, string>>): RequestSearch {
  const search: RequestSearch = {};
  for (const name of FILTER_NAMES) search[name] = undefined;
  for (const [api, value] of Object.entries(query)) {
    const name = PAGE_NAMES[api] ?? api;
    if ((FILTER_NAMES as readonly string[]).includes(name)) search[name as FilterName] = value;
  }
  if (query['since'] !== undefined && query['until'] !== undefined)
    return { ...search, range: undefined, from: query['since'], to: query['until'] };
  return search;
}

/** What a view of this search keeps: of the time, only a stretch of one's own. */
export const viewOf = (search: RequestSearch): Record<string, string> => ({
  ...apiFilters(search),
  ...(search.from !== undefined && search.to !== undefined ? { since: search.from, until: search.to } : {}),
});

export const isSameView = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>) =>
  JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

/** With the time; a named range ends now, and so has no end. */
export function apiQuery(search: RequestSearch): Record<string, string> {
  const range = readRange(search, '24h', Date.now());
  return {
    ...apiFilters(search),
    since: new Date(range.from_ms).toISOString(),
    ...(range.is_live ? {} : { until: new Date(range.to_ms).toISOString() }),
  };
}
