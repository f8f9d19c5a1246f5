import { ROUTE_TABLE } from '@sluice/http/admin/route-table';
import { ANSWERS } from '@sluice/http/described/answers/answers';
import type { RouteEntry } from '@sluice/http/described/entry';

const ROUTES = ROUTE_TABLE.map((entry) => ({ entry, pattern: patternOf(entry) }))
  // `/webhooks/dead-events` before `/webhooks/:id`.
  .sort((a, b) => a.entry.path.split(':').length - b.entry.path.split(':').length);

/** Ids of operations whose answers were compared with their description. */
export const compared = new Set<string>();

function patternOf({ path }: RouteEntry): RegExp {
  const source = path.replaceAll(/:\w+\{\.\+\}/g, '.+').replaceAll(/:\w+/g, '[^/]+');
  return new RegExp(`^${source.replace('*', '.+')}$`);
}

/**
 * @param path with or without `/admin/v1`, with or without a query.
 * @throws Error when a successful JSON answer is not exactly what the description says: a member that it does not
 *   name, one that is missing, or another type.
 */
export function checkAnswer(method: string, path: string, response: Response, text: string): void {
  if (!response.ok || !response.headers.get('content-type')?.startsWith('application/json')) return;
  const bare = path.split('?')[0] ?? '';
  const whole = bare.startsWith('/v1/') || bare.startsWith('/admin/') ? bare : `/admin/v1${bare}`;
  const entry = ROUTES.find((one) => one.entry.method === method && one.pattern.test(whole))?.entry;
  const schema = entry === undefined ? undefined : ANSWERS[entry.id];
  if (entry === undefined || schema === undefined) return;
  const { error } = schema.safeParse(JSON.parse(text));
  if (error !== undefined)
    throw new Error(
      `${entry.id} does not answer what is described: ${error.message}\n${text.slice(0, 2_000)}`,
    );
  if (response.status !== entry.status)
    throw new Error(`${entry.id} is described with status ${entry.status}, and answers ${response.status}`);
  compared.add(entry.id);
}
