import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';
import { embeddings } from '../protocols/embeddings/index.ts';
import { completions, rerank } from '../protocols/plain/index.ts';

export const fireworks: Provider = {
  id: 'fireworks',
  name: 'Fireworks AI',
  protocol: chatCompletions({
    limit_field: 'max_tokens',
    extensions: ['top_k', 'reasoning_content'],
  }),
  // docs.fireworks.ai/api-reference/creates-an-embedding-vector-representing-the-input-text (read 2026-11-21).
  protocols: [embeddings({ numbers_only: true, texts_only: 'Fireworks' }), completions, rerank()],
  base_url: 'https://api.fireworks.ai/inference/v1',
  env_key: 'FIREWORKS_API_KEY',
  authorize: bearer,
  price_provider: 'fireworks',
  docs_url: 'https://docs.fireworks.ai/api-reference/post-chatcompletions',
};
