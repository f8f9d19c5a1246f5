import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';
import { completions } from '../protocols/plain/index.ts';

export const cerebras: Provider = {
  id: 'cerebras',
  name: 'Cerebras',
  protocol: chatCompletions({
    limit_field: 'max_completion_tokens',
    // It takes `reasoning` of earlier turns back: so it was recorded.
    // A 400 each, says https://inference-docs.cerebras.ai/resources/openai (read 2026-11-21).
    refused: [
      'frequency_penalty',
      'presence_penalty',
      'logit_bias',
      'top_k',
      'store',
      'metadata',
      'prompt_cache_key',
      'verbosity',
    ],
    extensions: ['reasoning_content'],
    strict_messages: true,
  }),
  protocols: [completions],
  base_url: 'https://api.cerebras.ai/v1',
  env_key: 'CEREBRAS_API_KEY',
  authorize: bearer,
  price_provider: 'cerebras',
  docs_url: 'https://inference-docs.cerebras.ai/api-reference/chat-completions',
};
