import type { Connection, ProviderCall } from '@sluice/contract';
import { AwsV4Signer } from 'aws4fetch';
import { readCredential } from './credential.ts';

/** Signing keys hold for a day each; more connections than this in one isolate only sign a little slower. */
const KEYS_MAX = 200;
const keys = new Map<string, ArrayBuffer>();

/**
 * Signs the call as it will be sent: Signature Version 4, service `bedrock` (the host says `bedrock-runtime`), the
 * path encoded once more. Only the host and AWS's own headers are signed, since networks change the others.
 * @throws GatewayError provider_credentials_rejected when the credential cannot be read
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html (read 2026-11-21)
 */
export async function signCall(
  call: ProviderCall,
  connection: Pick<Connection, 'credential' | 'region' | 'settings'>,
  now_ms: number,
): Promise<ProviderCall> {
  const credential = readCredential(connection.credential);
  if (credential.kind === 'bearer') return call;
  if (keys.size >= KEYS_MAX) keys.clear();
  const signer = new AwsV4Signer({
    method: 'POST',
    url: call.url,
    body: typeof call.body === 'string' ? call.body : '',
    accessKeyId: credential.access_key_id,
    secretAccessKey: credential.secret_access_key,
    ...(credential.session_token === null ? {} : { sessionToken: credential.session_token }),
    service: 'bedrock',
    region: regionOf(call.url, connection),
    datetime: new Date(now_ms).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    cache: keys,
  });
  const { url, headers } = await signer.sign();
  const signed: Record<string, string> = { ...call.headers };
  headers.forEach((value, name) => {
    signed[name.toLowerCase()] = value;
  });
  return { url: url.href, headers: signed, body: call.body };
}

/** The host knows best: a signature for another region than its own is refused. */
function regionOf(url: string, { region, settings }: Pick<Connection, 'region' | 'settings'>): string {
  const host = /^bedrock[a-z-]*\.([a-z0-9-]+)\.(?:amazonaws\.com|api\.aws)$/.exec(new URL(url).hostname);
  return host?.[1] ?? region ?? settings.region ?? DEFAULT_REGION;
}

export const DEFAULT_REGION = 'us-east-1';
