import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';
import { images } from '../protocols/plain/index.ts';
import { responses } from '../protocols/responses/index.ts';

export const xai: Provider = {
  id: 'xai',
  name: 'xAI',
  protocol: chatCompletions({
    extensions: ['reasoning_content'],
  }),
  protocols: [images, responses],
  base_url: 'https://api.x.ai/v1',
  env_key: 'XAI_API_KEY',
  authorize: bearer,
  price_provider: 'x-ai',
  docs_url: 'https://docs.x.ai/docs/api-reference',
};
