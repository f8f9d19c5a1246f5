import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { objectOf, parseJson, textOf } from './json.ts';

/** Where a service account gets its token here; Google's is `https://oauth2.googleapis.com/token`. */
export const TOKEN_PATH = '/oauth2/token';

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const EMAIL = 'simulator@my-project.iam.gserviceaccount.com';

let keys: { private_key: string; public_key: string } | null = null;

/** Made when first asked for: no key of anybody's lies in a file. */
function ownKeys(): { private_key: string; public_key: string } {
  if (keys !== null) return keys;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  keys = {
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    public_key: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
  return keys;
}

/** A key file as Google hands it out, for this server. @param url of this server */
export const serviceAccount = (url: string): Record<string, string> => ({
  type: 'service_account',
  project_id: 'my-project',
  private_key_id: 'simulator',
  private_key: ownKeys().private_key,
  client_email: EMAIL,
  token_uri: url + TOKEN_PATH,
});

/** Tokens given out, with the time at which each ends. */
const given = new Map<string, number>();

export const isTokenGood = (token: string): boolean => (given.get(token) ?? 0) > Date.now();

const refused = (error: string, error_description: string): { status: number; body: unknown } => ({
  status: 400,
  body: { error, error_description },
});

/** Exchanges a signed assertion for an access token, as Google does, or says what is wrong with it. */
export function answerToken(url: string, form_text: string): { status: number; body: unknown } {
  const form = new URLSearchParams(form_text);
  if (form.get('grant_type') !== GRANT) return refused('unsupported_grant_type', 'Invalid grant_type.');
  const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
  const read = (part: string): Record<string, unknown> =>
    objectOf(parseJson(Buffer.from(part, 'base64url').toString('utf8'))?.value);
  const { iss, aud, scope, iat, exp } = read(claims);
  const good =
    read(head)['alg'] === 'RS256' &&
    verify(
      'RSA-SHA256',
      Buffer.from(`${head}.${claims}`),
      createPublicKey(ownKeys().public_key),
      Buffer.from(signature, 'base64url'),
    );
  if (!good || iss !== EMAIL) return refused('invalid_grant', 'Invalid JWT Signature.');
  if (aud !== url + TOKEN_PATH) return refused('invalid_grant', 'Invalid JWT: wrong audience.');
  const now_s = Date.now() / 1000;
  const timely = Number(iat) <= now_s + 60 && Number(exp) > now_s && Number(exp) - Number(iat) <= 3600;
  if (!timely) return refused('invalid_grant', 'Invalid JWT: Token must be a short-lived token.');
  if (!textOf(scope).includes('cloud-platform')) return refused('invalid_scope', 'Bad scope.');
  const access_token = `ya29.simulator-${given.size + 1}`;
  given.set(access_token, Date.now() + 3_600_000);
  return { status: 200, body: { access_token, expires_in: 3599, token_type: 'Bearer' } };
}
