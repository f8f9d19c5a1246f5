import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';
import { OPENAI_OPERATIONS } from '../protocols/plain/index.ts';
import { responses } from '../protocols/responses/index.ts';
import { isResponsesOnly } from './responses-only.ts';

/** o-series and gpt-5: 400 `unsupported_parameter` for `max_tokens` (recorded exchange, read 2026-11-21). */
const REASONING_MODEL = /^(?:o\d|gpt-5(?!-chat)|gpt-[6-9])/;

export const openai: Provider = {
  id: 'openai',
  name: 'OpenAI',
  protocol: chatCompletions({
    limit_field: 'max_completion_tokens',
    refuses_max_tokens: REASONING_MODEL,
    extensions: [],
    strict_messages: true,
  }),
  protocols: [...OPENAI_OPERATIONS, responses],
  requiredProtocol: (model) => (isResponsesOnly(model) ? 'responses' : null),
  base_url: 'https://api.openai.com/v1',
  env_key: 'OPENAI_API_KEY',
  default_model: 'gpt-4o-mini',
  authorize: bearer,
  price_provider: 'openai',
  docs_url: 'https://platform.openai.com/docs/api-reference/chat',
};
