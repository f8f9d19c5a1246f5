import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';

export const huggingface: Provider = {
  id: 'huggingface',
  name: 'Hugging Face',
  protocol: chatCompletions(),
  base_url: 'https://router.huggingface.co/v1',
  env_key: 'HF_TOKEN',
  authorize: bearer,
  price_provider: 'huggingface',
  docs_url: 'https://huggingface.co/docs/inference-providers/tasks/chat-completion',
};
