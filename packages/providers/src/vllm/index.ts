import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';
import { embeddings } from '../protocols/embeddings/index.ts';
import { completions, rerank, transcriptions, translations } from '../protocols/plain/index.ts';

export const vllm: Provider = {
  id: 'vllm',
  name: 'vLLM',
  protocol: chatCompletions(),
  protocols: [embeddings(), completions, rerank(), transcriptions(), translations()],
  base_url: 'http://127.0.0.1:8000/v1',
  env_key: null,
  authorize: bearer,
  price_provider: 'vllm',
  docs_url: 'https://docs.vllm.ai/en/latest/serving/openai_compatible_server/',
};
