import type { Provider } from '@sluice/contract';
import { chatCompletions } from '../protocols/chat-completions/index.ts';
import { OPENAI_OPERATIONS } from '../protocols/plain/index.ts';
import { responses } from '../protocols/responses/index.ts';
import { readEnvironment, showCredential } from './credential.ts';
import { API_VERSION, addressSurface, inDeployment } from './surface.ts';

/** Deployments have names of their own, most of them with the model's in it: `prod-o3-mini`, `gpt-5.2_2025-12-11`. */
const REASONING_DEPLOYMENT = /(?:^|[^a-z0-9])(?:o[134]|gpt-5(?!-chat)|gpt-[6-9])(?![a-z0-9])/i;

export const azure: Provider = {
  id: 'azure',
  name: 'Azure OpenAI',
  protocol: inDeployment(
    chatCompletions({
      limit_field: 'max_completion_tokens',
      refuses_max_tokens: REASONING_DEPLOYMENT,
      extensions: [],
      strict_messages: true,
    }),
  ),
  protocols: [inDeployment(responses), ...OPENAI_OPERATIONS.map((one) => inDeployment(one))],
  base_url: 'https://{resource}.openai.azure.com/openai/v1',
  fields: [
    {
      name: 'resource',
      pattern: /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/i,
      help: 'the name in https://NAME.openai.azure.com',
    },
    {
      name: 'api_version',
      pattern: API_VERSION,
      default: 'v1',
      help: 'v1, preview, or a dated version as 2024-10-21 for the classic deployments surface',
    },
  ],
  env_key: null,
  authorize: showCredential,
  prepare: async (call, connection) => addressSurface(call, connection),
  fromEnvironment: readEnvironment,
  // Pay-as-you-go at Azure costs what it costs at OpenAI (both price lists, read 2026-11-21).
  price_provider: 'openai',
  docs_url: 'https://learn.microsoft.com/azure/ai-foundry/openai/latest',
};
