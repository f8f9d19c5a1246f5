import { GatewayError } from '@sluice/contract';

export type AwsCredential =
  | { kind: 'signed'; access_key_id: string; secret_access_key: string; session_token: string | null }
  /** A Bedrock API key. */
  | { kind: 'bearer'; key: string };

/** The same member as AWS, its SDKs and its command line call it. */
const NAMES = {
  access_key_id: ['access_key_id', 'accessKeyId', 'AccessKeyId', 'aws_access_key_id', 'AWS_ACCESS_KEY_ID'],
  secret_access_key: [
    'secret_access_key',
    'secretAccessKey',
    'SecretAccessKey',
    'aws_secret_access_key',
    'AWS_SECRET_ACCESS_KEY',
  ],
  session_token: ['session_token', 'sessionToken', 'SessionToken', 'aws_session_token', 'AWS_SESSION_TOKEN'],
} as const;

/** Whether a credential is a key pair, without reading it any further. */
export const isKeyPair = (credential: string): boolean =>
  credential.trimStart().startsWith('{') || /^\s*[A-Z0-9]{16,128}:/.test(credential);

/**
 * A key pair as JSON or as `ACCESS_KEY_ID:SECRET[:SESSION_TOKEN]`, else a Bedrock API key.
 * @throws GatewayError provider_credentials_rejected when it looks like a key pair and is none; never quotes it
 */
export function readCredential(credential: string): AwsCredential {
  const text = credential.trim();
  if (!isKeyPair(text)) return { kind: 'bearer', key: text };
  if (!text.startsWith('{')) {
    const [access_key_id = '', secret_access_key = '', ...token] = text.split(':');
    if (secret_access_key === '') throw unreadable();
    return {
      kind: 'signed',
      access_key_id,
      secret_access_key,
      session_token: token.join(':') || null,
    };
  }
  let pair: Record<string, unknown>;
  try {
    pair = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw unreadable();
  }
  const access_key_id = find(pair, NAMES.access_key_id);
  const secret_access_key = find(pair, NAMES.secret_access_key);
  if (access_key_id === null || secret_access_key === null) throw unreadable();
  return {
    kind: 'signed',
    access_key_id,
    secret_access_key,
    session_token: find(pair, NAMES.session_token),
  };
}

function find(pair: Record<string, unknown>, names: readonly string[]): string | null {
  for (const name of names) {
    const value = Object.hasOwn(pair, name) ? pair[name] : undefined;
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}

const unreadable = (): GatewayError =>
  new GatewayError(
    'provider_credentials_rejected',
    'The AWS credential is neither JSON with access_key_id and secret_access_key, nor ACCESS_KEY_ID:SECRET[:SESSION_TOKEN], nor a Bedrock API key.',
  );
