import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';

export const ollama: Provider = {
  id: 'ollama',
  name: 'Ollama',
  protocol: chatCompletions({
    limit_field: 'max_tokens',
    extensions: [],
  }),
  base_url: 'http://127.0.0.1:11434/v1',
  env_key: null,
  authorize: bearer,
  price_provider: 'ollama',
  docs_url: 'https://docs.ollama.com/api/openai-compatibility',
};
