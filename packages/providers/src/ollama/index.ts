import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';
import { embeddings } from '../protocols/embeddings/index.ts';
import { completions } from '../protocols/plain/index.ts';

export const ollama: Provider = {
  id: 'ollama',
  name: 'Ollama',
  protocol: chatCompletions({
    limit_field: 'max_tokens',
    extensions: [],
  }),
  // An older one ignores `encoding_format` (docs.ollama.com/api/openai-compatibility, read 2026-11-21).
  protocols: [embeddings({ numbers_only: true, texts_only: 'Ollama' }), completions],
  base_url: 'http://127.0.0.1:11434/v1',
  env_key: null,
  authorize: bearer,
  price_provider: 'ollama',
  docs_url: 'https://docs.ollama.com/api/openai-compatibility',
};
