import type { AnyProtocol, Provider } from '@sluice/contract';
import { anthropicMessages } from '../protocols/anthropic/index.ts';
import { anthropicCountTokens } from '../protocols/count-tokens/anthropic.ts';

/** @see https://platform.claude.com/docs/en/api/overview (read 2026-11-21) */
export const anthropic: Provider = {
  id: 'anthropic',
  name: 'Anthropic',
  protocol: anthropicMessages,
  protocols: [anthropicCountTokens as AnyProtocol],
  base_url: 'https://api.anthropic.com',
  env_key: 'ANTHROPIC_API_KEY',
  default_model: 'claude-haiku-4-5',
  authorize: (credential) => ({ 'x-api-key': credential }),
  price_provider: 'anthropic',
  docs_url: 'https://platform.claude.com/docs/en/api/messages',
};
