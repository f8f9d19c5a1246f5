import type { Model, ModelOverride } from '@sluice/client';

/** What a model can do, and the word for it. */
export const ABILITIES = {
  tools: 'Tools',
  vision: 'Images',
  json_schema: 'JSON schema',
  reasoning: 'Thinking',
  audio: 'Sound',
  prefill: 'Prefill',
  prompt_cache: 'Prompt cache',
} as const;
export type Ability = keyof typeof ABILITIES;

export const idOf = ({ provider, model }: { provider: string; model: string }): string =>
  `${provider}/${model}`;

/** A model that no catalogue has, and of which only the organization says something. */
const ownModel = (own: ModelOverride): Model => ({
  provider: own.provider,
  model: own.model,
  prices: own.prices,
  price_source: own.prices === null ? null : 'organization',
  abilities: {
    context_tokens: null,
    output_tokens_max: null,
    tools: null,
    vision: null,
    json_schema: null,
    reasoning: null,
    ...own.abilities,
  },
  quality: own.quality,
  quality_source: own.quality === null ? null : 'organization',
  quality_read_on: null,
  enabled: own.enabled,
  aliases: own.aliases,
  released_on: null,
  retires_on: null,
  overridden: true,
});

/** The best known first. @param provider `undefined` = all of what is there. */
export function modelRows(
  catalogue: readonly Model[],
  overrides: readonly ModelOverride[],
  provider: string | undefined,
): Model[] {
  const known = new Set(catalogue.map(idOf));
  const own = overrides
    .filter((one) => !known.has(idOf(one)) && (provider === undefined || one.provider === provider))
    .map(ownModel);
  return [...own, ...catalogue].sort(
    (a, b) =>
      (b.quality ?? -1) - (a.quality ?? -1) || (b.released_on ?? '').localeCompare(a.released_on ?? ''),
  );
}

export type Show = 'all' | 'priced' | 'own' | 'off';

/** @param q words that must all be in a name or an alias. */
export function filterModels(rows: readonly Model[], q: string, show: Show): Model[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const text = [idOf(row), ...row.aliases].join(' ').toLowerCase();
    if (!words.every((word) => text.includes(word))) return false;
    if (show === 'priced') return row.prices !== null;
    return show === 'all' || (show === 'own' ? row.overridden : !row.enabled);
  });
}

/** Whether it can no longer be called, or soon not: `null` = nobody said so. */
export const daysLeft = ({ retires_on }: Model, now_ms: number): number | null =>
  retires_on === null ? null : Math.ceil((Date.parse(retires_on) - now_ms) / 86_400_000);
