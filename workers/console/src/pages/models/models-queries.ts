import type { Model, ModelOverride, PriceChange, Prices } from '@sluice/client';
import { useQueryClient } from '@tanstack/react-query';
import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';

/** What is absent stays as it is; `null` is as in the catalogue. */
export interface ModelChange {
  prices?: Partial<Prices> | null;
  quality?: number | null;
  enabled?: boolean | null;
  aliases?: string[] | null;
  abilities?: Partial<Model['abilities']> | null;
}

const pathOf = ({ provider, model }: { provider: string; model: string }) => ({ path: { provider, model } });

export const changeModel = (
  of: { provider: string; model: string },
  body: ModelChange,
): Promise<ModelOverride> =>
  answer(
    gateway.PUT('/admin/v1/models/{provider}/{model}', {
      params: pathOf(of),
      body: body as Record<string, never>,
    }),
  );

export const resetModel = (of: { provider: string; model: string }): Promise<ModelOverride> =>
  answer(gateway.DELETE('/admin/v1/models/{provider}/{model}', { params: pathOf(of) }));

/** What the organization says of models, with those that no catalogue has. */
export const overridesQuery = {
  queryKey: ['models', 'own'],
  queryFn: async (): Promise<ModelOverride[]> =>
    (await answer(gateway.GET('/admin/v1/models', {}))).data as ModelOverride[],
};

export const listPriceChanges = (state: PriceChange['state'] | undefined, cursor: string | undefined) =>
  answer(gateway.GET('/admin/v1/price-changes', { params: { query: { limit: 50, cursor, state } } }));

export const decidePriceChange = (id: string, verb: 'accept' | 'reject'): Promise<PriceChange> =>
  verb === 'accept'
    ? answer(gateway.POST('/admin/v1/price-changes/{id}/accept', { params: { path: { id } } }))
    : answer(gateway.POST('/admin/v1/price-changes/{id}/reject', { params: { path: { id } } }));

/** To be called after every change of a model or a price. */
export function useModelsChanged(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await Promise.all(
      ['models', 'price-changes'].map((name) => queries.invalidateQueries({ queryKey: [name] })),
    );
  };
}
