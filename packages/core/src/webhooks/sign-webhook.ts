const PREFIX = 'whsec_';
const SECRET_BYTES = 32;
const encoder = new TextEncoder();

/** A new signing secret as Standard Webhooks 1.0 has them: `whsec_` + base64 of 32 random bytes. */
export const createWebhookSecret = (randomBytes: (length: number) => Uint8Array): string =>
  PREFIX + btoa(String.fromCharCode(...randomBytes(SECRET_BYTES)));

/**
 * The value of `webhook-signature`: one `v1,…` for each secret, so that a receiver which knows either one agrees.
 * @param timestamp_s of this attempt, seconds since 1970.
 */
export async function signWebhook(
  id: string,
  timestamp_s: number,
  body: string,
  secrets: readonly string[],
): Promise<string> {
  const signed = encoder.encode(`${id}.${timestamp_s}.${body}`);
  const signatures = secrets.map(async (secret) => {
    const bytes = Uint8Array.from(atob(secret.slice(PREFIX.length)), (char) => char.charCodeAt(0));
    const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
      'sign',
    ]);
    const digest = new Uint8Array(await crypto.subtle.sign('HMAC', key, signed));
    return `v1,${btoa(String.fromCharCode(...digest))}`;
  });
  return (await Promise.all(signatures)).join(' ');
}
