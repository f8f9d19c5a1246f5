import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';
import { embeddings } from '../protocols/embeddings/index.ts';
import { completions } from '../protocols/plain/index.ts';

export const openrouter: Provider = {
  id: 'openrouter',
  name: 'OpenRouter',
  protocol: chatCompletions({
    extensions: ['top_k', 'cache_control', 'reasoning_details', 'reasoning_content', 'thought_signature'],
  }),
  protocols: [embeddings(), completions],
  base_url: 'https://openrouter.ai/api/v1',
  env_key: 'OPENROUTER_API_KEY',
  authorize: bearer,
  price_provider: 'openrouter',
  docs_url: 'https://openrouter.ai/docs/api-reference/chat-completion',
};
