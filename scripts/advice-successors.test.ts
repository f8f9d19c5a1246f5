import { expect, it } from 'vitest';
import { advise } from '../packages/core/src/advice/advise.ts';
import type { AdviceModel, AdviceMonth } from '../packages/core/src/advice/month.ts';
import { monthOfTraffic, UNTIL_MS } from '../packages/core/src/advice/synthetic-month-fixture.ts';
import { createCatalogue } from '../packages/providers/src/catalogue/catalogue.ts';
import { PROVIDERS } from '../packages/providers/src/index.ts';

const now_ms = Date.UTC(2026, 10, 21);
const catalogue = createCatalogue(PROVIDERS, { now_ms: () => now_ms });

/** All rated models of OpenAI and Anthropic, as an organization with a connection to both has them. */
const models: AdviceModel[] = ['openai', 'anthropic'].flatMap((provider) =>
  catalogue
    .list(provider)
    .filter(({ quality }) => quality != null)
    .map(({ model, prices, quality, abilities, retires_on }) => ({
      provider,
      model,
      prices,
      quality: quality?.score ?? null,
      abilities,
      retires_on: retires_on ?? null,
      connection_ids: [`conn_${provider}`],
    })),
);

/** A month until today in which all asked for this one. */
const monthOn = (model: string): AdviceMonth => {
  const month = monthOfTraffic(
    1,
    [
      {
        per_day: 20,
        shape: () => ({
          provider: 'openai',
          model,
          model_requested: model,
          needs_tools: true,
          needs_vision: true,
          asked: { provider: 'openai', model, connection_id: 'conn_openai' },
        }),
      },
    ],
    { models },
  );
  const later_ms = now_ms - UNTIL_MS;
  const requests = month.requests.map((one) => ({ ...one, at_ms: one.at_ms + later_ms }));
  return { ...month, requests, from_ms: month.from_ms + later_ms, until_ms: now_ms };
};

it.each(['gpt-4o', 'gpt-4o-mini', 'gpt-4.1', 'gpt-4.1-mini', 'gpt-5-mini'])(
  'of %s, which retires, the successor is a better model of OpenAI that costs no half more and stays',
  (model) => {
    const advice = advise(monthOn(model)).find(
      ({ kind, subject }) => kind === 'model_retiring' && subject === `openai/${model}`,
    );
    const named = String(advice?.evidence['successor']);
    const [old, next] = [model, named.slice('openai/'.length)].map((name) =>
      models.find((one) => one.provider === 'openai' && one.model === name),
    );
    expect(named).toMatch(/^openai\/gpt-[5-9]/);
    expect(next?.quality ?? 0).toBeGreaterThanOrEqual(old?.quality ?? 1);
    const cost = (one?: AdviceModel) => 4 * (one?.prices?.input ?? 0) + (one?.prices?.output ?? 0);
    expect(cost(next)).toBeGreaterThan(0);
    expect(cost(next)).toBeLessThanOrEqual(1.5 * cost(old));
    expect(next?.retires_on === null || Date.parse(next?.retires_on ?? '') > now_ms + 90 * 86_400_000).toBe(
      true,
    );
    expect(advice?.change?.patch).toEqual({ aliases: { [model]: named } });
  },
);

it('what OpenAI does not serve is advised to nobody', () => {
  const names = models.filter(({ provider }) => provider === 'openai').map(({ model }) => model);
  expect(names.filter((name) => /oss|:/.test(name))).toEqual([]);
});
