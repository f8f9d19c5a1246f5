// Keys that wrap the credentials of stored connections: `id:base64` of 32 random bytes. The id says when it was made.
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const NAME = 'SLUICE_ENCRYPTION_KEYS';
const RECEIPTS = 'SLUICE_RECEIPT_KEYS';

/** Both kinds are an id and 32 random bytes: a key of AES-256, a seed of Ed25519. */
export const createReceiptKey = () => createEncryptionKey('r');

export function createEncryptionKey(kind = 'k') {
  const day = new Date().toISOString().slice(0, 10);
  return `${kind}-${day}-${randomBytes(3).toString('hex')}:${randomBytes(32).toString('base64')}`;
}

/**
 * Adds a key to `.dev.vars`, which git ignores and wrangler reads, unless there is one. Never changes one.
 * @returns why there is no key: wrangler reads `.env` only where there is no `.dev.vars`, so none is made beside it.
 */
export function keepLocalKey(folder) {
  const file = path.join(folder, '.dev.vars');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const has = (name) => new RegExp(`^\\s*(export\\s+)?${name}\\s*=`, 'm').test(text);
  if (has(NAME) && has(RECEIPTS)) return null;
  if (!existsSync(file) && existsSync(path.join(folder, '.env')))
    return `Connections cannot be stored until ${NAME} is set beside your other variables: npm run rotate:kek -- --new prints a key.`;
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  const sealing = `# Seals the credentials of connections that are stored on this machine.\n${NAME}=${createEncryptionKey()}\n`;
  const signing = `# Signs receipts.\n${RECEIPTS}=${createReceiptKey()}\n`;
  appendFileSync(file, gap + (has(NAME) ? '' : sealing) + (has(RECEIPTS) ? '' : signing), { mode: 0o600 });
  return null;
}
