import { type Connection, type FetchPort, GatewayError } from '@sluice/contract';
import { SignJWT } from 'jose/jwt/sign';
import { importPKCS8 } from 'jose/key/import';
import type { ServiceAccount } from './service-account.ts';

const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** A token is not used in its last minutes: a long stream begins with a fresh one. */
const SPARE_MS = 300_000;
const LIFETIME_S = 3600;
const TOKENS_MAX = 500;
const ANSWER_CHARS_MAX = 64 * 1024;

interface Token {
  credential: string;
  token: string;
  until_ms: number;
}

/**
 * Tokens by connection. Values, never promises: a Worker may not wait on what another request has begun, so two
 * requests of a cold isolate each fetch one, and the later wins.
 */
const tokens = new Map<string, Token>();

/**
 * The access token of a service account, exchanged for a signed assertion about once an hour.
 * @throws GatewayError provider_credentials_rejected when the key or the account is refused
 * @throws Error when the token service cannot be reached or fails
 * @see https://developers.google.com/identity/protocols/oauth2/service-account#httprest (read 2026-11-21)
 */
export async function accessToken(
  account: ServiceAccount,
  connection: Pick<Connection, 'id' | 'organization_id' | 'credential' | 'base_url'>,
  ports: { fetch: FetchPort; now_ms: number; signal?: AbortSignal },
): Promise<string> {
  const key = `${connection.organization_id}\n${connection.id}`;
  const known = tokens.get(key);
  // Another credential under the same connection has another token.
  if (known !== undefined && known.credential === connection.credential && ports.now_ms < known.until_ms) {
    return known.token;
  }
  const url = tokenUrl(account, connection.base_url);
  const assertion = await signAssertion(account, url, ports.now_ms);
  const response = await ports.fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: GRANT, assertion }).toString(),
    ...(ports.signal === undefined ? {} : { signal: ports.signal }),
  });
  const { token, expires_in_s } = await readAnswer(response);
  if (tokens.size >= TOKENS_MAX) tokens.clear();
  tokens.set(key, {
    credential: connection.credential,
    token,
    until_ms: ports.now_ms + Math.max(0, expires_in_s * 1000 - SPARE_MS),
  });
  return token;
}

/**
 * The key file names its token service, but a stored text must not send requests anywhere: only Google's, or the
 * host that the connection is for, which was checked when it was saved.
 */
function tokenUrl({ token_uri }: ServiceAccount, base_url: string): string {
  if (token_uri === null || token_uri === TOKEN_URL) return TOKEN_URL;
  if (URL.canParse(token_uri) && new URL(token_uri).origin === new URL(base_url).origin) return token_uri;
  throw rejected(`its token_uri must be ${TOKEN_URL}.`);
}

async function signAssertion(account: ServiceAccount, audience: string, now_ms: number): Promise<string> {
  const now_s = Math.floor(now_ms / 1000);
  try {
    const key = await importPKCS8(account.private_key, 'RS256');
    return await new SignJWT({ scope: SCOPE })
      .setProtectedHeader({
        alg: 'RS256',
        typ: 'JWT',
        ...(account.private_key_id === null ? {} : { kid: account.private_key_id }),
      })
      .setIssuer(account.client_email)
      .setAudience(audience)
      .setIssuedAt(now_s)
      .setExpirationTime(now_s + LIFETIME_S)
      .sign(key);
  } catch {
    // The cause may quote the key.
    throw rejected('its private_key is no PKCS #8 key in PEM.');
  }
}

async function readAnswer(response: Response): Promise<{ token: string; expires_in_s: number }> {
  const text = await response.text();
  if (response.status >= 500)
    throw new Error(`Google's token service answered with status ${response.status}.`);
  const body = readJson(text.slice(0, ANSWER_CHARS_MAX));
  if (response.ok && typeof body.access_token === 'string') {
    const expires_in_s = typeof body.expires_in === 'number' ? body.expires_in : LIFETIME_S;
    return { token: body.access_token, expires_in_s };
  }
  const why = typeof body.error === 'string' ? body.error : `status ${response.status}`;
  throw rejected(`Google's token service refused it (${why.slice(0, 100)}).`);
}

function readJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const rejected = (why: string): GatewayError =>
  new GatewayError('provider_credentials_rejected', `The Google service account cannot be used: ${why}`);
