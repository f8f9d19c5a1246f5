import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createKeyring } from '../packages/cloudflare/src/crypto/keyring.ts';
import { createReceiptSigner } from '../packages/cloudflare/src/crypto/receipt-signer.ts';
import { missingSecrets } from './deploy-secrets.mjs';
import { createEncryptionKey, createReceiptKey, keepLocalKey } from './encryption-key.mjs';

it('a key that is made here is one that the gateway reads', () => {
  const [one, two] = [createEncryptionKey(), createEncryptionKey()];
  expect(one).not.toBe(two);
  expect(createReceiptSigner({ SLUICE_RECEIPT_KEYS: createReceiptKey() })).not.toBeNull();
  expect(createKeyring({ SLUICE_ENCRYPTION_KEYS: one })?.current_id).toBe(one.split(':')[0]);
});

it('a local key is made once, beside what is there, and is never changed', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-key-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, '.dev.vars');
  keepLocalKey(folder);
  expect(statSync(file).mode & 0o077).toBe(0);
  const text = readFileSync(file, 'utf8');
  keepLocalKey(folder);
  expect(readFileSync(file, 'utf8')).toBe(text);
  writeFileSync(file, 'OPENAI_API_KEY=sk');
  keepLocalKey(folder);
  expect(readFileSync(file, 'utf8')).toMatch(
    /^OPENAI_API_KEY=sk\n# .*\nSLUICE_ENCRYPTION_KEYS=k-.*\n# .*\nSLUICE_RECEIPT_KEYS=r-.*\n$/,
  );
});

it('where variables are in .env, which a .dev.vars would hide, none is made', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-key-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, '.env'), 'OPENAI_API_KEY=sk');
  expect(keepLocalKey(folder)).toContain('SLUICE_ENCRYPTION_KEYS');
  expect(existsSync(path.join(folder, '.dev.vars'))).toBe(false);
});

const listed = (...names: string[]) => ({
  ok: true,
  text: JSON.stringify(names.map((name) => ({ name, type: 'secret_text' }))),
});

it('a deployment makes what is missing, and nothing when it cannot see what is there', () => {
  expect(missingSecrets(listed())).toEqual({
    admin_key: true,
    encryption_key: true,
    receipt_key: true,
  });
  expect(missingSecrets(listed('SLUICE_ADMIN_KEY_HASH'))).toEqual({
    admin_key: false,
    encryption_key: true,
    receipt_key: true,
  });
  expect(missingSecrets(listed('SLUICE_ADMIN_KEY_HASH', 'SLUICE_ENCRYPTION_KEYS'))).toEqual({
    admin_key: false,
    encryption_key: false,
    receipt_key: true,
  });
  expect(missingSecrets(listed('SLUICE_ENCRYPTION_KEYS_NEXT'))?.encryption_key).toBe(false);
  expect(
    missingSecrets({ ok: false, text: 'Worker "sluice" not found.\n\nIf this is a new Worker' }),
  ).toEqual({
    admin_key: true,
    encryption_key: true,
    receipt_key: true,
  });
  expect(missingSecrets(listed('SLUICE_RECEIPT_KEYS'))?.receipt_key).toBe(false);
  for (const text of ['fetch failed', 'Authentication error [code: 10000]', ''])
    expect(missingSecrets({ ok: false, text })).toBeNull();
  expect(missingSecrets({ ok: true, text: '' })).toBeNull();
});
