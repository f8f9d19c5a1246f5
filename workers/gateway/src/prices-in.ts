import type { CataloguePort, OrganizationSettings, Prices } from '@sluice/contract';

/** The organization's own price of a model wins over the catalogue's. `null` = nobody knows. */
export const pricesIn =
  ({ price_overrides }: OrganizationSettings, catalogue: Pick<CataloguePort, 'find'>) =>
  (provider: string, model: string): Prices | null =>
    price_overrides[`${provider}/${model}`] ?? catalogue.find(provider, model)?.prices ?? null;
