import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';
import { OPENAI_OPERATIONS, rerank } from '../protocols/plain/index.ts';

/**
 * Any other server that speaks OpenAI's format (vLLM, SGLang, llama.cpp, LM Studio, a gateway): the connection's
 * base URL says where. What a client of the same format sends reaches it as written.
 */
export const openaiCompatible: Provider = {
  id: 'openai-compatible',
  name: 'OpenAI-compatible server',
  protocol: chatCompletions(),
  protocols: [...OPENAI_OPERATIONS, rerank()],
  base_url: 'http://127.0.0.1:8000/v1',
  env_key: null,
  authorize: bearer,
  price_provider: 'openai-compatible',
  docs_url: 'https://platform.openai.com/docs/api-reference/chat',
};
