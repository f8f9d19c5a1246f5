import type { Receipt } from '@sluice/client';
import canonicalize from 'canonicalize';

/**
 * As `npx @sluice/verify-receipt` does: Ed25519 over the canonical JSON (RFC 8785) of the receipt less the signature's
 * own value. @returns `unknown` where the key is not in the list, or the browser has no Ed25519.
 */
export async function verifySignature(
  receipt: Receipt,
  keys: readonly { kid?: string; x?: string }[],
): Promise<'valid' | 'broken' | 'unknown'> {
  if (receipt.signature === null) return 'unknown';
  const { value, ...signed } = receipt.signature;
  const x = keys.find(({ kid }) => kid === signed.kid)?.x;
  const text = canonicalize({ ...receipt, signature: signed });
  if (x === undefined || text === undefined) return 'unknown';
  try {
    const key = await crypto.subtle.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x }, 'Ed25519', false, [
      'verify',
    ]);
    const bytes = new TextEncoder().encode(text);
    return (await crypto.subtle.verify('Ed25519', key, bytesOf(value), bytes)) ? 'valid' : 'broken';
  } catch {
    return 'unknown';
  }
}

const bytesOf = (base64url: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
