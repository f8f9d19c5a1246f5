/** Three parts of base64url, the first of them a JSON object: a token of Entra ID, which no key looks like. */
const ENTRA_TOKEN = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;

/** A resource's key in Azure's own header, a token of Entra ID as a bearer. */
export const showCredential = (credential: string): Record<string, string> =>
  ENTRA_TOKEN.test(credential) ? { authorization: `Bearer ${credential}` } : { 'api-key': credential };

const HOST = /^https:\/\/([a-z0-9-]+)\.openai\.azure\.com(?:[/:?]|$)/i;

/** The variables of Azure's own SDKs: an endpoint or the resource's name, a key or a token, and perhaps a version. */
export function readEnvironment(
  read: (name: string) => string | null,
): { credential: string; settings: Record<string, string>; region: null } | null {
  const credential = read('AZURE_OPENAI_API_KEY') ?? read('AZURE_OPENAI_AD_TOKEN');
  const resource = read('AZURE_OPENAI_RESOURCE') ?? HOST.exec(read('AZURE_OPENAI_ENDPOINT') ?? '')?.[1];
  if (credential === null || !resource) return null;
  const api_version = read('AZURE_OPENAI_API_VERSION');
  return { credential, settings: { resource, ...(api_version ? { api_version } : {}) }, region: null };
}
