import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { embeddings } from '../protocols/embeddings/index.ts';
import { workersAiChat } from '../protocols/workers-ai/index.ts';

/** Cloudflare's own models: over its API with an account and a token, or through the binding `AI` where it is bound. */
export const workersAi: Provider = {
  id: 'workers-ai',
  name: 'Workers AI',
  protocol: workersAiChat,
  protocols: [embeddings({ numbers_only: true, texts_only: 'Workers AI' })],
  base_url: 'https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1',
  fields: [{ name: 'account', pattern: /^[0-9a-f]{32}$/, help: "the account's id: 32 hexadecimal digits" }],
  env_key: null,
  fromEnvironment(read) {
    const credential = read('WORKERS_AI_API_TOKEN');
    const account = read('CLOUDFLARE_ACCOUNT_ID');
    return credential && account ? { credential, settings: { account }, region: null } : null;
  },
  default_model: '@cf/meta/llama-3.3-70b-instruct-fp8-fast',
  authorize: bearer,
  price_provider: 'cloudflare',
  docs_url: 'https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/',
};
