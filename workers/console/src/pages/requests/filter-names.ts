/**
 * What a list of requests can be narrowed by, as it stands in the address of the page. The API calls two of them
 * otherwise: {@link API_NAMES}.
 */
export const FILTER_NAMES = [
  'q',
  'status',
  'model',
  'provider',
  'key_id',
  'project_id',
  'user',
  'session',
  'token',
  'connection',
  'model_requested',
  'door',
  'error_code',
  'finish_reason',
  'ending',
  'cache',
  'cache_kind',
  'guard',
  'split',
  'strategy',
  'stream',
  'min_cost_usd',
  'max_cost_usd',
  'min_latency_ms',
  'max_latency_ms',
  'min_score',
  'max_score',
  'metadata',
] as const;

export type FilterName = (typeof FILTER_NAMES)[number];
export type Filters = { [Name in FilterName]?: string | undefined };

/** Of those that the API of traces and of saved filters calls otherwise. */
export const API_NAMES: Readonly<Record<string, string>> = { key_id: 'key', project_id: 'project' };
