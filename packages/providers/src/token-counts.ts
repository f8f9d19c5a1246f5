import type { Provider } from '@sluice/contract';
import { estimatedCountTokens } from './protocols/count-tokens/estimated.ts';

/** A chat provider without a count of tokens gets an estimate of ours, so that clients can ask for any model's. */
export function withTokenCounts(provider: Provider): Provider {
  const own = provider.protocols ?? [];
  if (provider.protocol.operation !== 'chat' || own.some(({ operation }) => operation === 'count_tokens'))
    return provider;
  return { ...provider, protocols: [...own, estimatedCountTokens as (typeof own)[number]] };
}
