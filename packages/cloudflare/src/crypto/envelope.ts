import { parseBase64, renderBase64 } from './base64.ts';
import type { Keyring } from './keyring.ts';

/** A secret at rest: itself under a key of its own, and that key under one of the keyring. */
export interface Envelope {
  /** Base64 of nonce, ciphertext and tag. */
  ciphertext: string;
  /** Base64 of nonce, wrapped data key and tag. */
  wrapped_key: string;
  /** Which key of the keyring wrapped it. */
  key_id: string;
}

/** Where a secret belongs. Bound into both layers: moved to any other place, it cannot be opened. */
export interface SecretPlace {
  organization_id: string;
  connection_id: string;
  field: string;
}

const NONCE_BYTES = 12;
const DATA_KEY_BYTES = 32;
const encoder = new TextEncoder();
/** A copy, because what an encoder gives may, to the compiler, be shared memory. */
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(encoder.encode(text));

/** AES-256-GCM under a fresh data key, which is wrapped by the current key of the keyring. */
export async function seal(secret: string, place: SecretPlace, keyring: Keyring): Promise<Envelope> {
  const data_key = crypto.getRandomValues(new Uint8Array(DATA_KEY_BYTES));
  const bytes = bytesOf(secret);
  return {
    ciphertext: await encrypt(bytes, await importDataKey(data_key), boundTo('secret', place)),
    ...(await wrap(data_key, place, keyring)),
  };
}

/**
 * @throws Error the same one for every reason: a key that is not there, a wrong one, a changed byte, another place.
 * Whoever asks learns nothing about why.
 */
export async function open(envelope: Envelope, place: SecretPlace, keyring: Keyring): Promise<string> {
  try {
    const data_key = await importDataKey(await unwrap(envelope, place, keyring));
    const bytes = await decrypt(envelope.ciphertext, data_key, boundTo('secret', place));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable();
  }
}

/**
 * The same secret under the current key of the keyring. The ciphertext stays, so a row can be changed in one write.
 * Opens the secret too: a row that could not be read before is never given a new key to look sound by.
 * @throws Error as `open`
 */
export async function rewrap(envelope: Envelope, place: SecretPlace, keyring: Keyring): Promise<Envelope> {
  await open(envelope, place, keyring);
  const data_key = await unwrap(envelope, place, keyring);
  return { ciphertext: envelope.ciphertext, ...(await wrap(data_key, place, keyring)) };
}

async function wrap(data_key: Uint8Array<ArrayBuffer>, place: SecretPlace, keyring: Keyring) {
  const key_id = keyring.current_id;
  const key = await keyring.find(key_id);
  if (key === null) throw unreadable();
  return { wrapped_key: await encrypt(data_key, key, boundTo(`data key ${key_id}`, place)), key_id };
}

async function unwrap(
  { wrapped_key, key_id }: Envelope,
  place: SecretPlace,
  keyring: Keyring,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await keyring.find(key_id);
  if (key === null) throw unreadable();
  return await decrypt(wrapped_key, key, boundTo(`data key ${key_id}`, place));
}

/** JSON of a list: no two places read the same, whatever characters their names have. */
const boundTo = (layer: string, place: SecretPlace): Uint8Array<ArrayBuffer> =>
  bytesOf(JSON.stringify(['v1', layer, place.organization_id, place.connection_id, place.field]));

const importDataKey = (bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);

async function encrypt(
  bytes: Uint8Array<ArrayBuffer>,
  key: CryptoKey,
  additionalData: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, bytes),
  );
  const whole = new Uint8Array(NONCE_BYTES + sealed.byteLength);
  whole.set(iv);
  whole.set(sealed, NONCE_BYTES);
  return renderBase64(whole);
}

async function decrypt(
  text: string,
  key: CryptoKey,
  additionalData: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const whole = parseBase64(text);
  if (whole === null) throw unreadable();
  const iv = whole.slice(0, NONCE_BYTES);
  const opened = await crypto.subtle.decrypt(
    { name: 'AES-GCM', iv, additionalData },
    key,
    whole.slice(NONCE_BYTES),
  );
  return new Uint8Array(opened);
}

const unreadable = (): Error => new Error('This secret cannot be read.');
