import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';
import { embeddings } from '../protocols/embeddings/index.ts';
import { completions } from '../protocols/plain/index.ts';

export const lmStudio: Provider = {
  id: 'lm-studio',
  name: 'LM Studio',
  protocol: chatCompletions(),
  protocols: [embeddings(), completions],
  base_url: 'http://127.0.0.1:1234/v1',
  env_key: null,
  authorize: bearer,
  price_provider: 'lm-studio',
  docs_url: 'https://lmstudio.ai/docs/developer/openai-compat',
};
