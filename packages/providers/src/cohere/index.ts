import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { cohereChat } from '../protocols/cohere/index.ts';
import { cohereEmbeddings } from '../protocols/embeddings/index.ts';
import { rerank } from '../protocols/plain/index.ts';

export const cohere: Provider = {
  id: 'cohere',
  name: 'Cohere',
  protocol: cohereChat,
  protocols: [cohereEmbeddings, rerank('/v2/rerank')],
  base_url: 'https://api.cohere.com',
  env_key: 'COHERE_API_KEY',
  default_model: 'command-r-08-2024',
  authorize: bearer,
  price_provider: 'cohere',
  docs_url: 'https://docs.cohere.com/v2/reference/chat',
};
