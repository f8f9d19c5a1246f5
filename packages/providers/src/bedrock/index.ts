import type { Provider } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { bedrockConverse } from '../protocols/bedrock-converse/index.ts';
import { bedrockEmbeddings } from '../protocols/embeddings/index.ts';
import { isKeyPair } from './credential.ts';
import { DEFAULT_REGION, signCall } from './sign.ts';

/**
 * Models of many vendors behind AWS credentials. A model is named by its id, an inference profile or an ARN.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference.html (read 2026-11-21)
 */
export const bedrock: Provider = {
  id: 'bedrock',
  name: 'AWS Bedrock',
  protocol: bedrockConverse,
  protocols: [bedrockEmbeddings],
  base_url: 'https://bedrock-runtime.{region}.amazonaws.com',
  fields: [
    {
      name: 'region',
      pattern: /^[a-z]{2,3}(?:-[a-z]{2,10}){1,3}-\d{1,2}$/,
      default: DEFAULT_REGION,
      help: 'an AWS region with Bedrock, as us-east-1 or eu-central-1',
    },
  ],
  env_key: 'AWS_BEARER_TOKEN_BEDROCK',
  default_model: 'us.amazon.nova-2-lite-v1:0',
  authorize: (credential) => (isKeyPair(credential) ? {} : bearer(credential.trim())),
  prepare: (call, connection, { now_ms }) => signCall(call, connection, now_ms),
  fromEnvironment(read) {
    const region = read('AWS_REGION') ?? read('AWS_DEFAULT_REGION');
    const key = read('AWS_BEARER_TOKEN_BEDROCK');
    if (key !== null) return { credential: key, settings: {}, region };
    const access_key_id = read('AWS_ACCESS_KEY_ID');
    const secret_access_key = read('AWS_SECRET_ACCESS_KEY');
    if (access_key_id === null || secret_access_key === null) return null;
    const session_token = read('AWS_SESSION_TOKEN');
    const pair = { access_key_id, secret_access_key, ...(session_token === null ? {} : { session_token }) };
    return { credential: JSON.stringify(pair), settings: {}, region };
  },
  price_provider: 'aws',
  docs_url: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html',
};
