import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { adaptChat } from '../protocols/chat-completions/adapt-chat.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';
import { adaptForDeepseek } from './adapt.ts';

export const deepseek: Provider = {
  id: 'deepseek',
  name: 'DeepSeek',
  protocol: adaptChat(
    chatCompletions({
      limit_field: 'max_tokens',
      // A turn with tool calls is only taken back with its reasoning (recorded exchanges, read 2026-11-21).
      extensions: ['reasoning_content'],
    }),
    adaptForDeepseek,
  ),
  base_url: 'https://api.deepseek.com/v1',
  env_key: 'DEEPSEEK_API_KEY',
  default_model: 'deepseek-chat',
  authorize: bearer,
  price_provider: 'deepseek',
  docs_url: 'https://api-docs.deepseek.com/api/create-chat-completion',
};
