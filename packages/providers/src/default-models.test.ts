import { expect, it } from 'vitest';
import { createCatalogue } from './catalogue/catalogue.ts';
import { PROVIDERS } from './index.ts';

it('every default model has a price, so that `auto` works under a budget', () => {
  const catalogue = createCatalogue(PROVIDERS, { now_ms: () => Date.UTC(2026, 10, 21) });
  const unpriced = PROVIDERS.filter(
    ({ id, default_model }) =>
      default_model !== undefined && (catalogue.find(id, default_model)?.prices ?? null) === null,
  );
  expect(unpriced.map(({ id, default_model }) => `${id}/${default_model}`)).toEqual([]);
});
