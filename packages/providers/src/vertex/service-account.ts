import { GatewayError } from '@sluice/contract';

export type VertexCredential =
  | { kind: 'service-account'; account: ServiceAccount }
  /** An API key of Google Cloud. */
  | { kind: 'api-key'; key: string }
  /** An access token that somebody else keeps fresh. */
  | { kind: 'token'; token: string };

/** What of a service account's key file is needed. */
export interface ServiceAccount {
  client_email: string;
  /** PKCS #8 in PEM. */
  private_key: string;
  private_key_id: string | null;
  token_uri: string | null;
  project_id: string | null;
}

/**
 * The key file of a service account (JSON, as Google hands it out), an API key, or an access token.
 * @throws GatewayError provider_credentials_rejected when it is JSON without what is needed; never quotes it
 */
export function readCredential(credential: string): VertexCredential {
  const text = credential.trim();
  if (text.startsWith('AIza') || text.startsWith('AQ.')) return { kind: 'api-key', key: text };
  if (!text.startsWith('{')) return { kind: 'token', token: text };
  let file: Record<string, unknown>;
  try {
    file = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw unreadable();
  }
  const client_email = find(file.client_email);
  const private_key = find(file.private_key);
  if (client_email === null || private_key === null) throw unreadable();
  return {
    kind: 'service-account',
    account: {
      client_email,
      private_key,
      private_key_id: find(file.private_key_id),
      token_uri: find(file.token_uri),
      project_id: find(file.project_id),
    },
  };
}

const find = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

const unreadable = (): GatewayError =>
  new GatewayError(
    'provider_credentials_rejected',
    "The Google credential is JSON without client_email and private_key: paste the service account's whole key file.",
  );
