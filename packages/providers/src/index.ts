import type { Provider } from '@sluice/contract';
import * as list from './list.ts';
import { withTokenCounts } from './token-counts.ts';

/** Whose models others serve too: a bare model name means theirs, in this order. */
const FIRST: readonly Provider[] = [
  list.openai,
  list.anthropic,
  list.gemini,
  list.mistral,
  list.groq,
  list.together,
  list.deepseek,
  list.xai,
];

/** Everyone the gateway can call, best known first, then by name. */
export const PROVIDERS: readonly Provider[] = [
  ...FIRST,
  ...Object.values<Provider>(list).filter((provider) => !FIRST.includes(provider)),
].map(withTokenCounts);

const BY_ID: ReadonlyMap<string, Provider> = new Map(PROVIDERS.map((provider) => [provider.id, provider]));

export const findProvider = (id: string): Provider | null => BY_ID.get(id) ?? null;
