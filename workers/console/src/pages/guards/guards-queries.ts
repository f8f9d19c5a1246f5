import type { Guard, GuardTrial, GuardWithSecret, TraceSummary } from '@sluice/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, answerWithEtag } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import { useMay } from '../../api/may.ts';
import type { TimeRange } from '../../ui/time-range.tsx';

export const GUARDS = ['guards'] as const;

export interface GuardList {
  /** In the order in which they run. */
  guards: Guard[];
  /** Of all of them together: they are stored with the organization. */
  etag: string | null;
}

export const useGuards = () =>
  useQuery({
    queryKey: GUARDS,
    queryFn: async (): Promise<GuardList> => {
      const { data, etag } = await answerWithEtag(gateway.GET('/admin/v1/guards', {}));
      return { guards: data.data.toSorted(inOrder), etag };
    },
  });

/** As the gateway runs them. */
const inOrder = (a: Guard, b: Guard): number =>
  a.position - b.position || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

const headerOf = (etag: string | null) => (etag === null ? {} : { 'if-match': etag });

/** Changes to guards; the list is read again after each. */
export function useGuardChanges() {
  const queries = useQueryClient();
  const changed = async <T>(change: Promise<T>): Promise<T> => {
    try {
      return await change;
    } finally {
      await queries.invalidateQueries({ queryKey: GUARDS });
    }
  };
  const patch = (name: string, body: Partial<Guard>, etag: string | null) =>
    answerWithEtag(
      gateway.PATCH('/admin/v1/guards/{name}', {
        params: { path: { name }, header: headerOf(etag) },
        body: body as never,
      }),
    );
  return {
    create: (guard: Guard): Promise<GuardWithSecret> =>
      changed(answer(gateway.POST('/admin/v1/guards', { body: guard as never })) as Promise<GuardWithSecret>),
    change: (name: string, body: Partial<Guard>, etag: string | null): Promise<GuardWithSecret> =>
      changed(patch(name, body, etag).then(({ data }) => data as GuardWithSecret)),
    remove: (name: string, etag: string | null) =>
      changed(
        answer(
          gateway.DELETE('/admin/v1/guards/{name}', { params: { path: { name }, header: headerOf(etag) } }),
        ),
      ),
    rotate: (name: string, overlap_seconds: number) =>
      changed(
        answer(
          gateway.POST('/admin/v1/guards/{name}/rotate', {
            params: { path: { name } },
            body: { overlap_seconds },
          }),
        ),
      ),
    /** Gives each guard the place that it has in the list; those that have it already are left alone. */
    order: (guards: readonly Guard[], etag: string | null) =>
      changed(
        (async () => {
          let based_on = etag;
          for (const { name, position } of placesOf(guards))
            based_on = (await patch(name, { position }, based_on)).etag;
        })(),
      ),
  };
}

/** Where two neighbours only change places, two numbers change; else all are numbered anew, by tens. */
export function placesOf(guards: readonly Guard[]): { name: string; position: number }[] {
  const numbers = guards.map(({ position }) => position).sort((a, b) => a - b);
  const are_distinct = new Set(numbers).size === numbers.length;
  return guards
    .map(({ name, position }, at) => ({
      name,
      before: position,
      position: are_distinct ? (numbers[at] ?? 0) : (at + 1) * 10,
    }))
    .filter(({ before, position }) => before !== position)
    .map(({ name, position }) => ({ name, position }));
}

export interface Trial {
  text: string;
  side: 'input' | 'output';
  /** Stored ones; absent = all that are enabled, or `rule`. */
  guards?: string[];
  rule?: Guard['rule'];
  action?: Guard['action'];
}

/** What guards would make of a text; nothing is kept. @throws Refusal */
export const tryGuards = (trial: Trial): Promise<GuardTrial> =>
  answer(gateway.POST('/admin/v1/guards/try', { body: trial as never }));

/** Requests on which a guard acted or failed. @param guard a name; `undefined` = any. */
export async function listGuarded(
  range: TimeRange,
  guard: string | undefined,
  cursor: string | undefined,
): Promise<{ data: TraceSummary[]; next_cursor: string | null }> {
  const query = {
    guard: guard ?? '*',
    since: new Date(range.from_ms).toISOString(),
    until: range.is_live ? undefined : new Date(range.to_ms).toISOString(),
    limit: 100,
    cursor,
  };
  return await answer(gateway.GET('/admin/v1/traces', { params: { query: query as never } }));
}

/** Names of the organization's assistants; none where they may not be seen. */
export function useAssistantNames(): readonly string[] {
  const may = useMay();
  const { data } = useQuery({
    queryKey: ['assistants', 'names'],
    queryFn: async () => (await answer(gateway.GET('/admin/v1/assistants', {}))).data.map(({ name }) => name),
    enabled: may('GET /admin/v1/assistants'),
    staleTime: 60_000,
  });
  return data ?? NONE;
}
const NONE: readonly string[] = [];

/** Connections that a moderation guard can ask. */
export function useConnectionNames(): readonly { id: string; name: string; provider: string }[] {
  const may = useMay();
  const { data } = useQuery({
    queryKey: ['connections', 'names'],
    queryFn: async () => (await answer(gateway.GET('/admin/v1/connections', {}))).data,
    enabled: may('GET /admin/v1/connections'),
    staleTime: 60_000,
  });
  return data ?? NO_CONNECTIONS;
}
const NO_CONNECTIONS: readonly { id: string; name: string; provider: string }[] = [];
