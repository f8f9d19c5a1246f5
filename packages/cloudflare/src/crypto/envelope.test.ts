import { expect, test } from 'vitest';
import { parseBase64, renderBase64 } from './base64.ts';
import { type Envelope, open, rewrap, type SecretPlace, seal } from './envelope.ts';
import { createKeyring, type Keyring } from './keyring.ts';

const newKey = (): string => renderBase64(crypto.getRandomValues(new Uint8Array(32)));
const OLD = newKey();
const NEW = newKey();
const PLACE: SecretPlace = { organization_id: 'org_a', connection_id: 'conn_1', field: 'credential' };
const UNREADABLE = 'This secret cannot be read.';

function keyringOf(text: string): Keyring {
  const keyring = createKeyring({ SLUICE_ENCRYPTION_KEYS: text });
  if (keyring === null) throw new Error('no key');
  return keyring;
}

const old = keyringOf(`k1:${OLD}`);

const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'opened',
    (error: Error) => `${error.name}: ${error.message}${error.cause ?? ''}`,
  );

test('what was sealed is opened, and the same secret never looks the same twice', async () => {
  for (const secret of ['sk-1', '', 'ü'.repeat(3000), '\ufeffwith a mark']) {
    const [one, two] = [await seal(secret, PLACE, old), await seal(secret, PLACE, old)];
    expect(await open(one, PLACE, old)).toBe(secret);
    expect(one.ciphertext).not.toBe(two.ciphertext);
    expect(one.wrapped_key).not.toBe(two.wrapped_key);
  }
});

test('a secret moved to another organization, connection or field cannot be opened, in whole or in parts', async () => {
  const places: SecretPlace[] = [
    { ...PLACE, organization_id: 'org_b' },
    { ...PLACE, connection_id: 'conn_2' },
    { ...PLACE, field: 'webhook' },
    // The same characters, cut elsewhere.
    { ...PLACE, organization_id: 'org_a","conn_1', connection_id: '' },
  ];
  const ours = await seal('ours', PLACE, old);
  for (const place of places) {
    const theirs = await seal('theirs', place, old);
    expect(await messageOf(open(ours, place, old))).toBe(`Error: ${UNREADABLE}`);
    expect(await messageOf(open({ ...theirs, wrapped_key: ours.wrapped_key }, place, old))).toContain(
      UNREADABLE,
    );
    expect(await messageOf(open({ ...theirs, ciphertext: ours.ciphertext }, place, old))).toContain(
      UNREADABLE,
    );
    expect(await messageOf(rewrap(ours, place, old))).toContain(UNREADABLE);
  }
  const other = await seal('other', PLACE, old);
  expect(await messageOf(open({ ...other, ciphertext: ours.ciphertext }, PLACE, old))).toContain(UNREADABLE);
  expect(await messageOf(open({ ...ours, ciphertext: ours.wrapped_key }, PLACE, old))).toContain(UNREADABLE);
});

test('no single bit of either layer can be changed', async () => {
  const sealed = await seal('sk-secret', PLACE, old);
  for (const layer of ['ciphertext', 'wrapped_key'] as const) {
    const bytes = parseBase64(sealed[layer]) ?? new Uint8Array();
    for (let at = 0; at < bytes.length; at++) {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      const changed = { ...sealed, [layer]: renderBase64(flipped) };
      expect(await messageOf(open(changed, PLACE, old))).toBe(`Error: ${UNREADABLE}`);
    }
    for (const text of ['', 'A', '%%%', sealed[layer].slice(4), `${sealed[layer]}AAAA`]) {
      expect(await messageOf(open({ ...sealed, [layer]: text }, PLACE, old))).toBe(`Error: ${UNREADABLE}`);
    }
  }
});

test('a wrong key, a key that is missing and a key under another id all fail in the same words', async () => {
  const sealed = await seal('sk-secret', PLACE, old);
  const attempts: [Envelope, Keyring][] = [
    [sealed, keyringOf(`k1:${NEW}`)],
    [sealed, keyringOf(`k2:${OLD}`)],
    [{ ...sealed, key_id: 'k2' }, keyringOf(`k2:${OLD}`)],
    [{ ...sealed, key_id: 'toString' }, old],
  ];
  for (const [envelope, keyring] of attempts)
    expect(await messageOf(open(envelope, PLACE, keyring))).toBe(`Error: ${UNREADABLE}`);
});

test('a rewrapped secret needs the new key only, and one that could not be read is not rewrapped', async () => {
  const sealed = await seal('sk-secret', PLACE, old);
  const both = keyringOf(`k2:${NEW},k1:${OLD}`);
  expect(await open(sealed, PLACE, both)).toBe('sk-secret');
  const again = await rewrap(sealed, PLACE, both);
  expect(again).toMatchObject({ key_id: 'k2', ciphertext: sealed.ciphertext });
  expect(await open(again, PLACE, keyringOf(`k2:${NEW}`))).toBe('sk-secret');
  const broken = { ...sealed, ciphertext: renderBase64(new Uint8Array(40)) };
  expect(await messageOf(rewrap(broken, PLACE, both))).toContain(UNREADABLE);
});

test('keys that are to come stand before those that are there', async () => {
  const keyring = createKeyring({
    SLUICE_ENCRYPTION_KEYS: `k1:${OLD}`,
    SLUICE_ENCRYPTION_KEYS_NEXT: `k2:${NEW}`,
  });
  expect(keyring?.current_id).toBe('k2');
  expect(await keyring?.find('k1')).not.toBeNull();
  expect(createKeyring({})).toBeNull();
  expect(createKeyring({ SLUICE_ENCRYPTION_KEYS: ' , ' })).toBeNull();
});

test('a list of keys that cannot be read is refused without showing any of it', () => {
  for (const text of [OLD, `k1:${OLD.slice(0, 20)}`, `k1:${OLD},${NEW}`, `k 1:${OLD}`, `k1:${OLD}AAAA`]) {
    expect(() => createKeyring({ SLUICE_ENCRYPTION_KEYS: text })).toThrow(/32 bytes in base64/);
    try {
      createKeyring({ SLUICE_ENCRYPTION_KEYS: text });
    } catch (error) {
      expect(JSON.stringify([error, String(error)])).not.toContain(OLD.slice(0, 8));
    }
  }
});
