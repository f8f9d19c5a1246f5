// Keys that wrap the credentials of stored connections: `id:base64` of 32 random bytes. The id says when it was made.
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const NAME = 'SLUICE_ENCRYPTION_KEYS';

export function createEncryptionKey() {
  const day = new Date().toISOString().slice(0, 10);
  return `k-${day}-${randomBytes(3).toString('hex')}:${randomBytes(32).toString('base64')}`;
}

/**
 * Adds a key to `.dev.vars`, which git ignores and wrangler reads, unless there is one. Never changes one.
 * @returns why there is no key: wrangler reads `.env` only where there is no `.dev.vars`, so none is made beside it.
 */
export function keepLocalKey(folder) {
  const file = path.join(folder, '.dev.vars');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (new RegExp(`^\\s*(export\\s+)?${NAME}\\s*=`, 'm').test(text)) return null;
  if (!existsSync(file) && existsSync(path.join(folder, '.env')))
    return `Connections cannot be stored until ${NAME} is set beside your other variables: npm run rotate:kek -- --new prints a key.`;
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  const line = `# Seals the credentials of connections that are stored on this machine.\n${NAME}=${createEncryptionKey()}\n`;
  appendFileSync(file, gap + line, { mode: 0o600 });
  return null;
}
