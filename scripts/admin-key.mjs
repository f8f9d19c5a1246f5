// Makes an admin key, on any Node: the key format is TypeScript, which only the pinned Node reads.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');
const SCRIPT = `import('./packages/core/src/key-format.ts').then(({ createKey }) =>
  console.log(createKey('admin', (length) => new Uint8Array(require('node:crypto').randomBytes(length))).text))`;

/** @returns {{key: string, hash: string}} the key, and its SHA-256 as the Worker keeps it. */
export function makeAdminKey() {
  const result = spawnSync(path.join(ROOT, 'node_modules/.bin/node'), ['-e', SCRIPT], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 20_000,
  });
  if (result.status !== 0) throw new Error(`no admin key could be made:\n${result.stderr}`);
  const key = result.stdout.trim();
  return { key, hash: createHash('sha256').update(key).digest('hex') };
}
