import { GatewayError } from '@sluice/contract';
import canonicalize from 'canonicalize';
import { parseBase64, renderBase64Url } from './base64.ts';

/** Where a receipt stands among those of its key. */
export interface ChainPlace {
  key_id: string;
  /** From 1 on, without a gap. */
  sequence: number;
  /** SHA-256 of what was signed before it, base64url; `null` = it is the first. */
  previous_hash: string | null;
}

export interface ReceiptSigner {
  /**
   * @param chain `null` = the place is not known yet
   * @returns the signed receipt, and the hash that the next one of its key follows
   */
  sign(
    receipt: Record<string, unknown>,
    chain: ChainPlace | null,
  ): Promise<{ receipt: Record<string, unknown>; hash: string }>;
  /** JWKS (RFC 7517, RFC 8037) of every key that ever signed and is still listed. */
  publicKeys(): Promise<{ keys: ReceiptJwk[] }>;
}

export interface ReceiptJwk {
  kty: 'OKP';
  crv: 'Ed25519';
  alg: 'Ed25519';
  use: 'sig';
  kid: string;
  x: string;
}

export interface ReceiptEnv {
  SLUICE_RECEIPT_KEYS?: string;
}

const ENTRY = /^([A-Za-z0-9._-]{1,40}):(public:)?([A-Za-z0-9+/_-]{43}=?)$/;
/** PKCS #8 of an Ed25519 seed, all but the seed (RFC 8410, 7). */
const PKCS8 = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

const encoder = new TextEncoder();

interface Listed {
  kid: string;
  bytes: Uint8Array<ArrayBuffer>;
  is_public: boolean;
}

/**
 * Reads `id:seed, id2:seed, id3:public:key`, 32 bytes in base64 each. The first signs; the others, which signed
 * before, stay published, so that old receipts can be verified. `public:` is what remains of a key whose seed is gone.
 * @returns `null` = no key is set: receipts are not signed.
 * @throws GatewayError encryption_unavailable when the text cannot be read; never shows any of it.
 */
export function createReceiptSigner({ SLUICE_RECEIPT_KEYS }: ReceiptEnv): ReceiptSigner | null {
  const listed = (SLUICE_RECEIPT_KEYS ?? '')
    .split(',')
    .filter((entry) => entry.trim() !== '')
    .map(parseEntry);
  const [current] = listed;
  if (current === undefined) return null;
  if (current.is_public) throw unreadable();
  let signing: Promise<CryptoKey> | null = null;
  return {
    async sign(receipt, chain) {
      const signed = { alg: 'Ed25519', kid: current.kid, chain };
      const text = canonicalize({ ...receipt, signature: signed });
      if (text === undefined) throw new Error('A receipt that is no JSON cannot be signed.');
      const bytes = encoder.encode(text);
      signing ??= importSeed(current.bytes);
      const [value, hash] = await Promise.all([
        crypto.subtle.sign('Ed25519', await signing, bytes),
        crypto.subtle.digest('SHA-256', bytes),
      ]);
      return {
        receipt: { ...receipt, signature: { ...signed, value: renderBase64Url(value) } },
        hash: renderBase64Url(hash),
      };
    },
    publicKeys: async () => ({ keys: await Promise.all(listed.map(renderJwk)) }),
  };
}

function parseEntry(entry: string): Listed {
  const [, kid, mark, text] = ENTRY.exec(entry.trim()) ?? [];
  const bytes = text === undefined ? null : parseBase64(text);
  if (kid === undefined || bytes?.byteLength !== 32) throw unreadable();
  return { kid, bytes, is_public: mark !== undefined };
}

const unreadable = (): GatewayError =>
  new GatewayError(
    'encryption_unavailable',
    'SLUICE_RECEIPT_KEYS cannot be read. It is a comma list of id:seed, each 32 bytes in base64; what follows the first may be id:public:key.',
  );

const importSeed = (seed: Uint8Array): Promise<CryptoKey> =>
  crypto.subtle.importKey('pkcs8', new Uint8Array([...PKCS8, ...seed]), { name: 'Ed25519' }, true, ['sign']);

async function renderJwk({ kid, bytes, is_public }: Listed): Promise<ReceiptJwk> {
  const x = is_public ? renderBase64Url(bytes.buffer) : await publicOf(bytes);
  return { kty: 'OKP', crv: 'Ed25519', alg: 'Ed25519', use: 'sig', kid, x };
}

async function publicOf(seed: Uint8Array): Promise<string> {
  const jwk = (await crypto.subtle.exportKey('jwk', await importSeed(seed))) as JsonWebKey;
  if (jwk.x === undefined) throw new Error('A key without its public half cannot be.');
  return jwk.x;
}
