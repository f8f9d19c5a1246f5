import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';

export const perplexity: Provider = {
  id: 'perplexity',
  name: 'Perplexity',
  protocol: chatCompletions(),
  base_url: 'https://api.perplexity.ai',
  env_key: 'PERPLEXITY_API_KEY',
  authorize: bearer,
  price_provider: 'perplexity',
  docs_url: 'https://docs.perplexity.ai/docs/sonar/openai-compatibility',
};
