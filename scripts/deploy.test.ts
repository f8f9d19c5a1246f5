import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseKey } from '../packages/core/src/key-format.ts';
import { makeAdminKey } from './admin-key.mjs';
import {
  BUNDLE_GZIP_BYTES_MAX,
  checkBundle,
  parseBundleBytes,
  parseStartupMs,
  STARTUP_ACTIVE_MS_MAX,
} from './deploy-checks.mjs';
import { DeployError, deploy, readWanted } from './deploy-steps.mjs';

const TOML = readFileSync('wrangler.toml', 'utf8');
const EU = 'database_name = "sluice"\njurisdiction = "eu"\n[[vectorize]]\nindex_name = "sluice"\n';

interface Account {
  worker: boolean;
  secrets: string[];
  databases: { name: string; jurisdiction?: string }[];
  indexes: string[];
}
const empty = (): Account => ({ worker: false, secrets: [], databases: [], indexes: [] });

/** Answers as wrangler 4.164 does, over an account in memory. */
function createAccount(account: Account, away: readonly string[] = []) {
  const made: string[] = [];
  const lines: string[] = [];
  const ok = (text = '') => ({ ok: true, text });
  const bad = (text: string) => ({ ok: false, text });
  const named = (names: readonly string[]) => ok(`\n${JSON.stringify(names.map((name) => ({ name })))}`);
  const wrangler = (args: string[], options: { secrets?: Record<string, string> } = {}) => {
    const command = args.slice(0, 2).join(' ');
    if (away.some((name) => args.join(' ').startsWith(name)))
      return bad('Authentication error [code: 10000]');
    if (command === 'secret list')
      return account.worker ? named(account.secrets) : bad('Worker "sluice" not found.');
    if (command === 'd1 list')
      return ok(`▲ [WARNING] old\n\n${JSON.stringify(account.databases, null, 2)}\n[x]`);
    if (command === 'vectorize list') return named(account.indexes);
    made.push(args.join(' '));
    if (command === 'd1 create') {
      const [, , name = '', , jurisdiction] = args;
      account.databases.push({ name, ...(jurisdiction === undefined ? {} : { jurisdiction }) });
    }
    if (command === 'vectorize create') account.indexes.push(args[2] ?? '');
    if (args[0] !== 'deploy') return ok();
    account.worker = true;
    account.secrets.push(...Object.keys(options.secrets ?? {}));
    return ok('Uploaded sluice\n  https://sluice.someone.workers.dev\n');
  };
  const run = (toml = TOML) =>
    deploy({
      wrangler,
      toml,
      print: (line: string) => lines.push(line),
      makeAdminKey: () => ({ key: 'slu_admin_made', hash: 'h' }),
      makeEncryptionKey: () => 'k:made',
      makeReceiptKey: () => 'r:made',
    });
  return { run, made, lines, account };
}

it('an empty account gets a database, secrets and a migrated Worker, in this order, and one admin key', () => {
  const { run, made, account, lines } = createAccount(empty());
  expect(run()).toEqual({ url: 'https://sluice.someone.workers.dev', admin_key: 'slu_admin_made' });
  expect(made).toEqual(['d1 create sluice', 'd1 migrations apply sluice --remote', 'deploy --keep-vars']);
  expect(account.secrets).toEqual(['SLUICE_ADMIN_KEY_HASH', 'SLUICE_ENCRYPTION_KEYS', 'SLUICE_RECEIPT_KEYS']);
  expect(lines.join('\n')).not.toContain('k:made');
});

it('a second run makes nothing and shows no key', () => {
  const { run, made, account, lines } = createAccount(empty());
  run(EU);
  const before = structuredClone(account);
  made.length = 0;
  lines.length = 0;
  expect(run(EU).admin_key).toBeNull();
  expect(account).toEqual(before);
  expect(made).toEqual(['d1 migrations apply sluice --remote', 'deploy --keep-vars']);
  expect(lines.join('\n')).not.toContain('slu_admin_');
});

it('what is to stay in a jurisdiction is made there, with its index before the first row', () => {
  const { run, made } = createAccount(empty());
  run(EU);
  expect(made.slice(0, 3)).toEqual([
    'd1 create sluice --jurisdiction eu',
    'vectorize create sluice --dimensions=1024 --metric=cosine',
    'vectorize create-metadata-index sluice --property-name=context --type=string',
  ]);
});

it('a database in another jurisdiction stops it before anything is changed', () => {
  const account = { ...empty(), databases: [{ name: 'sluice', jurisdiction: 'us' }] };
  const { run, made } = createAccount(account);
  expect(() => run(EU)).toThrow(/cannot be moved/);
  expect(made).toEqual([]);
});

it.each(['secret list', 'd1 list', 'vectorize list'])('where "%s" cannot look, nothing is made', (away) => {
  const { run, made } = createAccount({ ...empty(), databases: [{ name: 'sluice' }] }, [away]);
  expect(() => run(EU)).toThrow(DeployError);
  expect(made).toEqual([]);
});

it('a migration that fails leaves the Worker that runs as it is', () => {
  const { run, account } = createAccount(empty(), ['d1 migrations']);
  expect(() => run()).toThrow(/nothing was deployed/);
  expect(account.worker).toBe(false);
});

it('lines that are commented out are not asked for', () => {
  expect(readWanted(TOML)).toEqual({ database: 'sluice', jurisdiction: null, indexes: [] });
});

it('an admin key is one that the gateway reads, and its public part says nothing of its secret', () => {
  const { key } = makeAdminKey();
  const parsed = parseKey(key);
  expect(parsed?.kind).toBe('admin');
  expect(key.split('_')[3]?.startsWith(parsed?.key_id ?? '')).toBe(false);
});

const BUILT = 'Total Upload: 3292.74 KiB / gzip: 729.09 KiB\n';
const STARTED = '│   Profile window: 90.0 ms\n│   Active: 28.8 ms (including 1.4 ms garbage collection)\n';

it('reads what wrangler 4.164 prints', () => {
  expect(parseBundleBytes(BUILT)).toBe(746_588);
  expect(parseStartupMs(STARTED)).toBe(28.8);
  expect(parseStartupMs('│   Active: 1.2 s')).toBe(1200);
  expect(() => parseBundleBytes('')).toThrow();
});

it('a dry run fails for a bundle too big, a start too slow, and a Worker that does not build', () => {
  const check = (built: string, started: string, ok = true) =>
    checkBundle({
      wrangler: (args: string[]) => ({ ok, text: args[0] === 'deploy' ? built : started }),
      print: () => undefined,
    });
  expect(check(BUILT, STARTED)).toBe(true);
  expect(check(`gzip: ${BUNDLE_GZIP_BYTES_MAX / 1024 + 1} KiB`, STARTED)).toBe(false);
  expect(check(BUILT, `Active: ${STARTUP_ACTIVE_MS_MAX + 1} ms`)).toBe(false);
  expect(check(BUILT, STARTED, false)).toBe(false);
});
