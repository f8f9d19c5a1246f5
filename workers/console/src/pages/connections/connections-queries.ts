import type { BreakerChange, Connection, ConnectionTest, Health } from '@sluice/client';
import { useQueryClient } from '@tanstack/react-query';
import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';

export const healthQuery = {
  queryKey: ['health'],
  queryFn: (): Promise<Health> => answer(gateway.GET('/admin/v1/health', {})),
  refetchInterval: 5_000,
};

export const historyQuery = {
  queryKey: ['health', 'history'],
  queryFn: async (): Promise<BreakerChange[]> =>
    (await answer(gateway.GET('/admin/v1/health/history', {}))).data,
  refetchInterval: 10_000,
};

/** What can be said of a connection; absent = as it is. */
export interface ConnectionChange {
  name?: string;
  credential?: string;
  base_url?: string | null;
  region?: string | null;
  settings?: Record<string, string>;
  models?: string[] | null;
  weight?: number;
  enabled?: boolean;
  private_allowed?: boolean;
  health_check?: Connection['health_check'];
  verify?: boolean;
  test_model?: string;
}
export type NewConnection = ConnectionChange & { provider: string; credential: string };

export const createConnection = (body: NewConnection) =>
  answer(gateway.POST('/admin/v1/connections', { body }));

export const changeConnection = ({ id, etag }: Connection, body: ConnectionChange): Promise<Connection> =>
  answer(
    gateway.PATCH('/admin/v1/connections/{id}', {
      params: { path: { id }, header: { 'if-match': etag } },
      body,
    }),
  );

export const deleteConnection = ({ id, etag }: Connection) =>
  answer(
    gateway.DELETE('/admin/v1/connections/{id}', { params: { path: { id }, header: { 'if-match': etag } } }),
  );

/** @param id `null` = one that is not stored yet. */
export const testConnection = (
  id: string | null,
  body: NewConnection | { test_model?: string },
): Promise<ConnectionTest> =>
  id === null
    ? answer(gateway.POST('/admin/v1/connections/test', { body: body as NewConnection }))
    : answer(gateway.POST('/admin/v1/connections/{id}/test', { params: { path: { id } }, body }));

/** To be called after every change: what else is shown of connections is asked for again. */
export function useConnectionsChanged(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await Promise.all(
      ['connections', 'providers', 'health', 'models'].map((name) =>
        queries.invalidateQueries({ queryKey: [name] }),
      ),
    );
  };
}
