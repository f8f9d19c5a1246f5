import type { AnyProtocol, Connection, Provider, ProviderCall } from '@sluice/contract';
import { bearer } from '../bearer.ts';
import { vertexEmbeddings } from '../protocols/embeddings/index.ts';
import { vertexAnthropic, vertexGemini } from './protocols.ts';
import { readCredential } from './service-account.ts';

/** A key file is shown to nobody: what is sent is the token that it is exchanged for. */
function authorize(credential: string): Record<string, string> {
  if (credential.trimStart().startsWith('{')) return {};
  const read = readCredential(credential);
  if (read.kind === 'api-key') return { 'x-goog-api-key': read.key };
  return bearer(read.kind === 'token' ? read.token : '');
}

async function prepare(
  call: ProviderCall,
  connection: Connection,
  ports: Parameters<NonNullable<Provider['prepare']>>[2],
): Promise<ProviderCall> {
  const credential = readCredential(connection.credential);
  if (credential.kind !== 'service-account') return call;
  // What signs JWTs is evaluated when the first one is: every start of the gateway would pay for it else.
  const { accessToken } = await import('./access-token.ts');
  const token = await accessToken(credential.account, connection, ports);
  return { ...call, headers: { ...call.headers, authorization: `Bearer ${token}` } };
}

/** Where no region is meant the host has none; `us` and `eu` are many regions behind a host of another form. */
function hostOf(region: string): string {
  if (region === 'global') return 'aiplatform';
  return region === 'us' || region === 'eu' ? `aiplatform.${region}.rep` : `${region}-aiplatform`;
}

const isClaude = (model: string): boolean =>
  /^(?:(?:publishers\/)?anthropic\/(?:models\/)?)?claude/i.test(model);

/**
 * Gemini and Claude models in a project of Google Cloud.
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations (read 2026-11-21)
 */
export const vertex: Provider = {
  id: 'vertex',
  name: 'Google Vertex AI',
  protocol: vertexGemini,
  protocols: [vertexAnthropic as AnyProtocol, vertexEmbeddings],
  requiredProtocol: (model) => (isClaude(model) ? 'anthropic' : 'gemini'),
  base_url: 'https://{host}.googleapis.com/v1/projects/{project}/locations/{region}',
  fields: [
    {
      name: 'project',
      pattern: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
      help: 'the id (not the number) of a project of Google Cloud, as my-project-123456',
    },
    {
      name: 'region',
      pattern: /^(?:global|us|eu|[a-z]{2,14}-[a-z]{4,14}\d{1,2})$/,
      default: 'global',
      help: 'global, us, eu, or a region with Vertex AI, as europe-west4',
    },
  ],
  deriveFields: ({ region }) => ({ host: hostOf(region ?? 'global') }),
  env_key: null,
  default_model: 'gemini-2.5-flash',
  authorize,
  prepare,
  fromEnvironment(read) {
    const credential = read('GOOGLE_SERVICE_ACCOUNT_JSON') ?? read('GOOGLE_APPLICATION_CREDENTIALS_JSON');
    if (credential === null) return null;
    const project = read('GOOGLE_CLOUD_PROJECT') ?? read('GOOGLE_VERTEX_PROJECT') ?? projectOf(credential);
    if (project === null) return null;
    const region = read('GOOGLE_CLOUD_LOCATION') ?? read('GOOGLE_VERTEX_LOCATION');
    return { credential, settings: { project }, region };
  },
  price_provider: 'google-vertex',
  docs_url: 'https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference',
};

/** The project that the key file is from; `null` where the file cannot be read. */
function projectOf(credential: string): string | null {
  try {
    const read = readCredential(credential);
    return read.kind === 'service-account' ? read.account.project_id : null;
  } catch {
    return null;
  }
}
