/** `live` and `dev` are virtual keys and reach only `/v1`; `admin` reaches only `/admin`. */
export type KeyKind = 'live' | 'dev' | 'admin';

export interface ParsedKey {
  kind: KeyKind;
  /** The public part: safe to log and show. */
  key_id: string;
}

/** 62^43 > 2^256, so no secret has less than 256 bits. */
const SECRET_CHARS = 43;
const KEY_ID_CHARS = 12;
/** 62^6 > 2^32. */
const CHECKSUM_CHARS = 6;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SHAPE = /^slu_(live|dev|admin)_([0-9A-Za-z]{12})_[0-9A-Za-z]{49}$/;

/**
 * A new key: `slu_live_` + 12 public characters + `_` + 43 secret characters + 6 of checksum.
 * @param randomBytes cryptographically random; called again when some bytes cannot be used without bias.
 * @param key_id given when a key gets a new secret and keeps its name.
 */
export function createKey(
  kind: KeyKind,
  randomBytes: (length: number) => Uint8Array,
  key_id: string = randomBase62(KEY_ID_CHARS, randomBytes),
): { key_id: string; text: string } {
  const body = `slu_${kind}_${key_id}_${randomBase62(SECRET_CHARS, randomBytes)}`;
  return { key_id, text: body + checksum(body) };
}

/**
 * Takes a key apart, or says `null` for anything that we cannot have made: a wrong prefix, length or character, or
 * a typo. A CRC finds every change within 32 bits in a row, so any one character or two neighbours. Costs no
 * storage, which makes it the flood shield in front of it.
 */
export function parseKey(text: string): ParsedKey | null {
  const shape = SHAPE.exec(text);
  if (shape === null) return null;
  const body = text.slice(0, -CHECKSUM_CHARS);
  if (checksum(body) !== text.slice(-CHECKSUM_CHARS)) return null;
  return { kind: shape[1] as KeyKind, key_id: shape[2] as string };
}

/** SHA-256 of the whole key text, lower-case hex: what is stored. With 256 random bits a slow hash adds nothing. */
export async function hashKey(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
  let hex = '';
  for (const byte of digest) hex += byte.toString(16).padStart(2, '0');
  return hex;
}

const encoder = new TextEncoder();

/** 248 = 4 × 62: bytes above are thrown away, else the first characters of the alphabet would come more often. */
const UNBIASED_BELOW = 248;

export function randomBase62(length: number, randomBytes: (length: number) => Uint8Array): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length + 4)) {
      if (byte < UNBIASED_BELOW && text.length < length) text += BASE62[byte % 62];
    }
  }
  return text;
}

/** CRC-32 (IEEE 802.3, reflected), in base62 with leading zeros. The text is ASCII. */
function checksum(text: string): string {
  let crc = 0xffffffff;
  for (let at = 0; at < text.length; at++) {
    crc = (CRC_TABLE[(crc ^ text.charCodeAt(at)) & 0xff] ?? 0) ^ (crc >>> 8);
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  let out = '';
  for (let digit = 0; digit < CHECKSUM_CHARS; digit++) {
    out = BASE62[rest % 62] + out;
    rest = Math.floor(rest / 62);
  }
  return out;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});
