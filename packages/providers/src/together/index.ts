import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { adaptChat } from '../protocols/chat-completions/adapt-chat.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';
import { embeddings } from '../protocols/embeddings/index.ts';
import {
  completions,
  images,
  rerank,
  speech,
  transcriptions,
  translations,
} from '../protocols/plain/index.ts';
import { adaptForTogether } from './adapt.ts';

export const together: Provider = {
  id: 'together',
  name: 'Together AI',
  protocol: adaptChat(
    chatCompletions({
      // together-ai 0.52.0 knows the older name only, and 'logprobs' as a number (types, read 2026-11-21).
      limit_field: 'max_tokens',
      refused: [
        'logprobs',
        'top_logprobs',
        'store',
        'service_tier',
        'safety_identifier',
        'prompt_cache_key',
        'metadata',
        'prediction',
        'verbosity',
        'web_search_options',
      ],
      extensions: ['top_k'],
    }),
    adaptForTogether,
  ),
  // Its embeddings know no encoding (docs.together.ai/reference, read 2026-11-21).
  protocols: [
    embeddings({ numbers_only: true, texts_only: 'Together' }),
    completions,
    images,
    rerank(),
    speech,
    transcriptions(),
    translations(),
  ],
  base_url: 'https://api.together.xyz/v1',
  env_key: 'TOGETHER_API_KEY',
  authorize: bearer,
  price_provider: 'together',
  docs_url: 'https://docs.together.ai/reference/chat-completions-1',
};
