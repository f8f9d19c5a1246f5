import { createHash, createHmac } from 'node:crypto';

/** What has arrived, as it was sent. */
export interface SignedRequest {
  /** As in the request line, without the query. */
  path: string;
  body: string;
  headers: Record<string, string | undefined>;
}

/** The only secret that this server knows; any access key id will do. */
export const AWS_SECRET = 'simulator-secret';

const SKEW_MS = 5 * 60_000;

const hmac = (key: string | Uint8Array, text: string): Uint8Array =>
  createHmac('sha256', key).update(text).digest();
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Each segment is encoded once more, except at S3. */
const encodeAgain = (path: string): string =>
  path
    .split('/')
    .map((segment) =>
      encodeURIComponent(segment).replace(
        /[!'()*]/g,
        (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join('/');

/**
 * Checks a Signature Version 4 by making it anew.
 * @returns the exception that AWS would answer with and its message, or `null` when the signature is right
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html (read 2026-11-21)
 */
export function checkSignature(
  request: SignedRequest,
  service: string,
  now_ms: number,
): { name: string; message: string } | null {
  const { headers } = request;
  const given =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers['authorization'] ?? '',
    );
  if (given === null)
    return { name: 'IncompleteSignatureException', message: 'Authorization header requires its parameters.' };
  const [, access = '', day = '', region = '', signed_service = '', names = '', signature] = given;
  if (access.includes('BADKEY')) {
    return {
      name: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    };
  }
  if (signed_service !== service) {
    return {
      name: 'InvalidSignatureException',
      message: `Credential should be scoped to correct service: '${service}'.`,
    };
  }
  const date = headers['x-amz-date'] ?? '';
  const at_ms = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(at_ms) || !date.startsWith(day) || Math.abs(at_ms - now_ms) > SKEW_MS)
    return { name: 'InvalidSignatureException', message: 'Signature expired.' };
  const signed = names.split(';');
  const required = Object.keys(headers).filter((name) => name.startsWith('x-amz-'));
  if (!signed.includes('host') || required.some((name) => !signed.includes(name)))
    return { name: 'InvalidSignatureException', message: 'Not every AWS header is signed.' };
  const canonical = [
    'POST',
    encodeAgain(request.path),
    '',
    ...signed.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    names,
    hash(request.body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, hash(canonical)].join('\n');
  const key = [region, service, 'aws4_request'].reduce<Uint8Array>(hmac, hmac(`AWS4${AWS_SECRET}`, day));
  if (createHmac('sha256', key).update(text).digest('hex') === signature) return null;
  return {
    name: 'InvalidSignatureException',
    message:
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  };
}
