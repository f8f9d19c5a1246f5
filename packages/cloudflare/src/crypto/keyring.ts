import { GatewayError } from '@sluice/contract';
import { parseBase64 } from './base64.ts';

/** The keys that wrap data keys, or sign. Held as `CryptoKey`s: their bytes cannot be read out again. */
export interface Keyring {
  /** New secrets are wrapped with this one. */
  readonly current_id: string;
  /** `null` when the gateway does not have that key. */
  find(id: string): Promise<CryptoKey | null>;
}

export interface KeyringEnv {
  SLUICE_ENCRYPTION_KEYS?: string;
  SLUICE_ENCRYPTION_KEYS_NEXT?: string;
}

const ENTRY = /^([A-Za-z0-9._-]{1,40}):([A-Za-z0-9+/_-]{43}=?)$/;
const KEY_BYTES = 32;

const encoder = new TextEncoder();

interface Purpose {
  info: Uint8Array;
  key: { name: 'AES-GCM' | 'HMAC'; hash?: string; length: number };
  usages: readonly ('encrypt' | 'decrypt' | 'sign' | 'verify')[];
}

const wrapping = (info: string): Purpose => ({
  info: encoder.encode(info),
  key: { name: 'AES-GCM', length: 256 },
  usages: ['encrypt', 'decrypt'],
});

/**
 * What a key is derived for is part of the key, so that what was made for one purpose is garbage for another, should
 * the same secret ever be used for a second one.
 */
const PURPOSES = {
  connections: wrapping('sluice: wraps data keys of connections, v1'),
  webhooks: wrapping('sluice: wraps data keys of webhooks, v1'),
  guards: wrapping('sluice: wraps data keys of guard secrets, v1'),
  telemetry: wrapping('sluice: wraps data keys of telemetry exporters, v1'),
  tokens: {
    info: encoder.encode('sluice: signs browser tokens, v1'),
    key: { name: 'HMAC', hash: 'SHA-256', length: 256 },
    usages: ['sign', 'verify'],
  },
} as const satisfies Record<string, Purpose>;
export type KeyringPurpose = keyof typeof PURPOSES;

/**
 * Reads `id:base64, id2:base64`; the first is current, the others still open what they wrapped. Keys that are to come
 * (`…_NEXT`) stand before those that are there, so that a rotation can begin without knowing the old key.
 * @returns `null` when there is no key at all.
 * @throws GatewayError encryption_unavailable when the text cannot be read; never shows any of it.
 */
export function createKeyring(env: KeyringEnv, purpose: KeyringPurpose = 'connections'): Keyring | null {
  const bytes_of = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const entry of `${env.SLUICE_ENCRYPTION_KEYS_NEXT ?? ''},${env.SLUICE_ENCRYPTION_KEYS ?? ''}`.split(
    ',',
  )) {
    if (entry.trim() === '') continue;
    const [, id, text] = ENTRY.exec(entry.trim()) ?? [];
    const bytes = text === undefined ? null : parseBase64(text);
    if (id === undefined || bytes?.byteLength !== KEY_BYTES)
      throw new GatewayError(
        'encryption_unavailable',
        'SLUICE_ENCRYPTION_KEYS cannot be read. It is a comma list of id:key, each key 32 bytes in base64.',
      );
    if (!bytes_of.has(id)) bytes_of.set(id, bytes);
  }
  const [current_id] = bytes_of.keys();
  if (current_id === undefined) return null;
  const derived = new Map<string, Promise<CryptoKey>>();
  return {
    current_id,
    find(id) {
      const bytes = bytes_of.get(id);
      if (bytes === undefined) return Promise.resolve(null);
      let key = derived.get(id);
      if (key === undefined) {
        key = derive(bytes, PURPOSES[purpose]);
        derived.set(id, key);
      }
      return key;
    },
  };
}

/** @throws GatewayError encryption_unavailable */
export function requireKeyring(env: KeyringEnv, purpose: KeyringPurpose = 'connections'): Keyring {
  const keyring = createKeyring(env, purpose);
  if (keyring !== null) return keyring;
  throw new GatewayError(
    'encryption_unavailable',
    'This gateway has no key to encrypt credentials with. Set the secret SLUICE_ENCRYPTION_KEYS (npm run deploy makes one), then call again.',
  );
}

async function derive(bytes: Uint8Array<ArrayBuffer>, { info, key, usages }: Purpose): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info },
    secret,
    key,
    false,
    [...usages],
  );
}
