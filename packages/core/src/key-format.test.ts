import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { createKey, hashKey, parseKey, randomBase62 } from './key-format.ts';

const random = (length: number) => new Uint8Array(randomBytes(length));
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

test('10,000 keys are all different, all well formed, and name themselves', () => {
  const texts = new Set<string>();
  const ids = new Set<string>();
  for (let made = 0; made < 10_000; made++) {
    const kind = made % 2 === 0 ? 'live' : 'dev';
    const key = createKey(kind, random);
    expect(parseKey(key.text)).toEqual({ kind, key_id: key.key_id });
    texts.add(key.text);
    ids.add(key.key_id);
  }
  expect(texts.size).toBe(10_000);
  expect(ids.size).toBe(10_000);
});

test('every typo of one character is refused: changed, left out, doubled or swapped with its neighbour', () => {
  for (const kind of ['live', 'dev', 'admin'] as const) {
    const { text } = createKey(kind, random);
    for (let at = 0; at < text.length; at++) {
      for (const char of `${ALPHABET}_- `) {
        if (char !== text[at]) expect(parseKey(text.slice(0, at) + char + text.slice(at + 1))).toBeNull();
        expect(parseKey(text.slice(0, at) + char + text.slice(at))).toBeNull();
      }
      expect(parseKey(text.slice(0, at) + text.slice(at + 1))).toBeNull();
      const swapped = text.slice(0, at) + text.slice(at + 1, at + 2) + text[at] + text.slice(at + 2);
      if (swapped !== text) expect(parseKey(swapped)).toBeNull();
    }
  }
});

test('garbage and a key with text around it are refused', () => {
  const { text } = createKey('live', random);
  for (const other of [
    '',
    'sk-abc',
    `${text}\n`,
    ` ${text}`,
    text.toUpperCase(),
    'slu_live_',
    '\u0000'.repeat(71),
  ]) {
    expect(parseKey(other)).toBeNull();
  }
});

test('the checksum is the CRC-32 that everybody else computes', () => {
  const { text } = createKey('live', random);
  let value = 0;
  for (const char of text.slice(-6)) value = value * 62 + ALPHABET.indexOf(char);
  expect(value).toBe(crc32(text.slice(0, -6)));
});

test('the secret carries at least 256 bits', () => {
  const { text, key_id } = createKey('live', random);
  const secret = text.slice(`slu_live_${key_id}_`.length, -6);
  expect(Math.log2(62) * secret.length).toBeGreaterThanOrEqual(256);
});

test('no character is favoured: bytes that do not divide evenly are thrown away', () => {
  const allBytes = () => Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const text = randomBase62(248, allBytes);
  for (const char of ALPHABET) expect(text.split(char).length - 1).toBe(4);
});

test('what is stored is the SHA-256 of the whole key', async () => {
  const { text } = createKey('admin', random);
  expect(await hashKey(text)).toBe(createHash('sha256').update(text).digest('hex'));
});
