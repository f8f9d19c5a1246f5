import type { Connection, Model, Provider } from '@sluice/client';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { answer } from './answer.ts';
import { gateway } from './gateway.ts';

const MINUTE = 60_000;

/** Whom one can connect to, with the connections that the environment brings. */
export const providersQuery = {
  queryKey: ['providers'],
  queryFn: async (): Promise<Provider[]> => (await answer(gateway.GET('/admin/v1/providers', {}))).data,
  staleTime: MINUTE,
};

export const connectionsQuery = {
  queryKey: ['connections'],
  queryFn: async (): Promise<Connection[]> => {
    const all: Connection[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: 100, cursor };
      const page = await answer(gateway.GET('/admin/v1/connections', { params: { query } }));
      all.push(...page.data);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return all;
  },
};

/** All of a provider's models, as they are used: the catalogue, and the organization over it. */
export const modelsQuery = (provider: string) => ({
  queryKey: ['models', provider],
  queryFn: async (): Promise<Model[]> =>
    (await answer(gateway.GET('/admin/v1/models', { params: { query: { provider } } }))).data as Model[],
  staleTime: 5 * MINUTE,
});

/** Providers that a request can reach now, by stored connections or the environment's. `undefined` = on its way. */
export function useConnectedProviders(): string[] | undefined {
  const providers = useQuery(providersQuery);
  const connections = useQuery(connectionsQuery);
  return useMemo(() => {
    if (providers.data === undefined || connections.data === undefined) return undefined;
    const stored = new Set(connections.data.map(({ provider }) => provider));
    return providers.data
      .filter(({ id, brought }) => brought.length > 0 || stored.has(id))
      .map(({ id }) => id);
  }, [providers.data, connections.data]);
}

/** Names that a request could ask for: of models of connected providers, as `provider/model`, and of what is stored. */
export function useModelNames(stored: readonly ('chain' | 'split' | 'assistant' | 'pool')[] = []): string[] {
  const connected = useConnectedProviders() ?? [];
  const models = useQueries({ queries: connected.map(modelsQuery) });
  const routes = useQuery({
    queryKey: ['organization'],
    queryFn: () => answer(gateway.GET('/admin/v1/organization', {})),
    enabled: stored.length > 0,
  });
  const routing = routes.data?.routing;
  const named = stored.flatMap((kind) =>
    (routing?.[`${kind}s`] ?? []).map(({ name }: { name: string }) => `${kind}/${name}`),
  );
  const listed = models.flatMap(({ data }) =>
    (data ?? []).filter(({ enabled }) => enabled).map(({ provider, model }) => `${provider}/${model}`),
  );
  return ['auto', ...named, ...listed];
}
