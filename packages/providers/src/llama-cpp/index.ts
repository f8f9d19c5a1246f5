import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';
import { embeddings } from '../protocols/embeddings/index.ts';
import { completions, rerank } from '../protocols/plain/index.ts';

export const llamaCpp: Provider = {
  id: 'llama-cpp',
  name: 'llama.cpp',
  protocol: chatCompletions(),
  protocols: [embeddings(), completions, rerank()],
  base_url: 'http://127.0.0.1:8080/v1',
  env_key: null,
  authorize: bearer,
  price_provider: 'llama-cpp',
  docs_url: 'https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md',
};
