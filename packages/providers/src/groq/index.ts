import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { adaptChat } from '../protocols/chat-completions/adapt-chat.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';
import { speech, transcriptions, translations } from '../protocols/plain/index.ts';
import { adaptForGroq } from './adapt.ts';

export const groq: Provider = {
  id: 'groq',
  name: 'Groq',
  protocol: adaptChat(
    chatCompletions({
      limit_field: 'max_completion_tokens',
      // "Not yet supported by any of our models" in groq-sdk 1.6.0's types, and a 400 (read 2026-11-21).
      refused: [
        'logit_bias',
        'logprobs',
        'top_logprobs',
        'top_k',
        'store',
        'metadata',
        'prediction',
        'verbosity',
        'prompt_cache_key',
        'safety_identifier',
        'web_search_options',
        'modalities',
        'audio',
      ],
      extensions: [],
      strict_messages: true,
    }),
    adaptForGroq,
  ),
  // Less than ten seconds are billed as ten (console.groq.com/docs/speech-to-text, read 2026-11-21).
  protocols: [speech, transcriptions({ seconds_least: 10 }), translations({ seconds_least: 10 })],
  base_url: 'https://api.groq.com/openai/v1',
  env_key: 'GROQ_API_KEY',
  default_model: 'llama-3.3-70b-versatile',
  authorize: bearer,
  price_provider: 'groq',
  docs_url: 'https://console.groq.com/docs/openai',
};
