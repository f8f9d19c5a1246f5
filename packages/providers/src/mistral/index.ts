import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { chatCompletions } from '../protocols/chat-completions/index.ts';
import { embeddings } from '../protocols/embeddings/index.ts';
import { moderations } from '../protocols/plain/index.ts';
import { renderToolCallId, TOOL_CALL_ID } from './tool-call-id.ts';

export const mistral: Provider = {
  id: 'mistral',
  name: 'Mistral AI',
  protocol: chatCompletions({
    limit_field: 'max_tokens',
    stream_options: false,
    renamed: { seed: 'random_seed' },
    // Not in @mistralai/mistralai 2.7.0's types; the server refuses members it does not know (read 2026-11-21).
    refused: [
      'logit_bias',
      'top_k',
      'logprobs',
      'top_logprobs',
      'user',
      'safety_identifier',
      'store',
      'verbosity',
      'modalities',
      'audio',
      'web_search_options',
    ],
    extensions: [],
    strict_messages: true,
    tool_call_id: { pattern: TOOL_CALL_ID, render: renderToolCallId },
  }),
  // `output_dimension` as in @mistralai/mistralai 2.7.0's types (read 2026-11-21).
  protocols: [embeddings({ texts_only: 'Mistral', dimensions: 'output_dimension' }), moderations],
  base_url: 'https://api.mistral.ai/v1',
  env_key: 'MISTRAL_API_KEY',
  default_model: 'mistral-small-latest',
  authorize: bearer,
  price_provider: 'mistral',
  docs_url: 'https://docs.mistral.ai/api/',
};
