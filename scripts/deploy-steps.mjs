// The steps of `npm run deploy`. Each looks first, and makes only what is not there, so that a second run changes nothing.
import { missingSecrets } from './deploy-secrets.mjs';

/** Dimensions of the model that Workers AI embeds with here (`packages/cloudflare/src/workers-ai-embedder.ts`). */
const VECTOR_DIMENSIONS = 1024;

/** A step that cannot go on; its message says what to do. */
export class DeployError extends Error {}

/**
 * What wrangler.toml asks for that wrangler does not make by itself.
 * @param {string} toml
 * @returns {{database: string, jurisdiction: string | null, indexes: string[]}}
 */
export function readWanted(toml) {
  const lines = toml.split('\n').filter((line) => !/^\s*#/.test(line));
  const valuesOf = (name) =>
    lines
      .map((line) => new RegExp(`^\\s*${name}\\s*=\\s*"([^"]+)"`).exec(line)?.[1])
      .filter((value) => value !== undefined);
  const [database] = valuesOf('database_name');
  if (database === undefined) throw new DeployError('wrangler.toml names no database (database_name).');
  return { database, jurisdiction: valuesOf('jurisdiction')[0] ?? null, indexes: valuesOf('index_name') };
}

/**
 * @param {{
 *   wrangler: (args: string[], options?: {secrets?: Record<string, string>}) => {ok: boolean, text: string},
 *   toml: string,
 *   print: (line: string) => void,
 *   makeAdminKey: () => {key: string, hash: string},
 *   makeEncryptionKey: () => string,
 *   makeReceiptKey: () => string,
 * }} ports `wrangler` puts `secrets` into a file that only its owner reads, adds `--secrets-file`, and deletes it.
 * @returns {{url: string | null, admin_key: string | null}}
 * @throws {DeployError} with what to do
 */
export function deploy({ wrangler, toml, print, makeAdminKey, makeEncryptionKey, makeReceiptKey }) {
  const wanted = readWanted(toml);

  print('1/5 Secrets: looking at which the Worker has');
  const missing = missingSecrets(wrangler(['secret', 'list', '--format', 'json']));
  if (missing === null)
    throw new DeployError(
      'The secrets of the Worker could not be listed. Sign in with "npx wrangler login", or set CLOUDFLARE_API_TOKEN, then run it again.',
    );

  print(`2/5 Database: ${requireDatabase(wrangler, wanted)}`);
  for (const name of wanted.indexes) print(`    Vectorize: ${requireIndex(wrangler, name)}`);

  print('3/5 Migrations: applying those that the database has not seen');
  require(wrangler([
    'd1',
    'migrations',
    'apply',
    wanted.database,
    '--remote',
  ]), 'The database could not be migrated; nothing was deployed, and the Worker that runs is as it was. Run it again.');

  print('4/5 Worker: uploading it; wrangler makes queues that are missing');
  const admin = missing.admin_key ? makeAdminKey() : null;
  const secrets = {
    ...(admin === null ? {} : { SLUICE_ADMIN_KEY_HASH: admin.hash }),
    ...(missing.encryption_key ? { SLUICE_ENCRYPTION_KEYS: makeEncryptionKey() } : {}),
    ...(missing.receipt_key ? { SLUICE_RECEIPT_KEYS: makeReceiptKey() } : {}),
  };
  const deployed = require(wrangler(
    ['deploy', '--keep-vars'],
    Object.keys(secrets).length === 0 ? {} : { secrets },
  ), 'The Worker was not deployed. The message above says why; then run it again.');
  const url = /https:\/\/[^\s"']+\.workers\.dev/.exec(deployed.text)?.[0] ?? null;

  print(`5/5 Deployed${url === null ? '. Its address is in the Cloudflare dashboard' : ` to ${url}`}`);
  if (missing.encryption_key)
    print(
      '    A key that seals stored credentials was made; it is a secret of the Worker and shown nowhere.',
    );
  if (admin !== null) print(`    Admin key, shown this once: ${admin.key}`);
  return { url, admin_key: admin?.key ?? null };

  /** @returns the result, when it went well. */
  function require(result, message) {
    if (result.ok) return result;
    print(result.text);
    throw new DeployError(message);
  }
}

/** @returns what was found or made, in words. */
function requireDatabase(wrangler, { database, jurisdiction }) {
  const all = parseList(wrangler(['d1', 'list', '--json']), 'databases');
  const found = all.find(({ name }) => name === database);
  if (found === undefined) {
    const made = wrangler([
      'd1',
      'create',
      database,
      ...(jurisdiction === null ? [] : ['--jurisdiction', jurisdiction]),
    ]);
    if (!made.ok)
      throw new DeployError(
        `${made.text}\nThe database ${database} could not be made. The message is above.`,
      );
    return `made ${database}${jurisdiction === null ? '' : `, which stays in the jurisdiction ${jurisdiction}`}`;
  }
  const actual = found.jurisdiction ?? null;
  if (jurisdiction !== null && actual !== null && actual !== jurisdiction)
    throw new DeployError(
      `The database ${database} is in the jurisdiction ${actual}, and wrangler.toml wants ${jurisdiction}. A database cannot be moved: give it another name, then see "Moving" in docs/residency.md.`,
    );
  return `${database} is there`;
}

function requireIndex(wrangler, name) {
  const all = parseList(wrangler(['vectorize', 'list', '--json']), 'Vectorize indexes');
  if (all.some((index) => index.name === name)) return `${name} is there`;
  const made = wrangler([
    'vectorize',
    'create',
    name,
    `--dimensions=${VECTOR_DIMENSIONS}`,
    '--metric=cosine',
  ]);
  if (!made.ok) throw new DeployError(`${made.text}\nThe index ${name} could not be made.`);
  // Before the first row: rows that were there earlier are not found by it.
  const indexed = wrangler([
    'vectorize',
    'create-metadata-index',
    name,
    '--property-name=context',
    '--type=string',
  ]);
  if (!indexed.ok)
    throw new DeployError(
      `${indexed.text}\nThe index ${name} was made, but not its metadata index. Run: npx wrangler vectorize create-metadata-index ${name} --property-name=context --type=string`,
    );
  return `made ${name}`;
}

/** Not being able to look is no reason to make things: that could make them twice. */
function parseList({ ok, text }, what) {
  // A warning of wrangler's begins with a bracket, too.
  const json = ok ? /^\[\s*(?:\{[\s\S]*\}\s*)?\]/m.exec(text)?.[0] : undefined;
  if (json === undefined)
    throw new DeployError(
      `${text}\nThe ${what} of the account could not be listed. Does the token allow it?`,
    );
  return JSON.parse(json);
}
