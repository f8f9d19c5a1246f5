// Builds the Worker into modules: one that starts, and others that are loaded when they are first needed. wrangler calls
// it before `dev`, `deploy` and each restart (wrangler.toml); docs/decisions/0006-modules.md says why not wrangler itself.
//   node scripts/build-worker.mjs [FOLDER]
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const ROOT = path.resolve(import.meta.dirname, '..');
export const WORKER_ENTRY = 'workers/gateway/src/index.ts';
const LOCAL_ENTRY = 'workers/gateway/src/local.ts';
/** As `main` of wrangler.toml names it. */
export const WORKER_MAIN = 'index.mjs';

/**
 * As wrangler bundles a Worker, the runtime's own modules left out.
 * @satisfies {import('esbuild').BuildOptions}
 */
export const WORKER_BUNDLE = {
  bundle: true,
  minify: true,
  format: /** @type {const} */ ('esm'),
  target: 'es2024',
  platform: /** @type {const} */ ('neutral'),
  mainFields: ['browser', 'module', 'main'],
  conditions: ['workerd', 'worker', 'browser', 'import'],
  external: ['cloudflare:*', 'node:*'],
  loader: { '.sql': /** @type {const} */ ('text') },
  outExtension: { '.js': '.mjs' },
  logLevel: /** @type {const} */ ('error'),
};

/**
 * Bundles the gateway; each `import()` becomes a module of its own, which workerd compiles when it is first reached.
 * @param {string} [entry]
 * @returns {Promise<{modules: {name: string, text: string}[], metafile: import('esbuild').Metafile}>} the one that
 *   starts first; names of others change with what is in them.
 */
export async function bundleGateway(entry = WORKER_ENTRY) {
  const { outputFiles, metafile } = await build({
    ...WORKER_BUNDLE,
    absWorkingDir: ROOT,
    entryPoints: { index: entry },
    outdir: 'dist/worker',
    chunkNames: '[name]-[hash]',
    splitting: true,
    write: false,
    metafile: true,
  });
  const modules = outputFiles.map((file) => ({
    name: path.basename(file.path),
    text: toAscii(file.text),
  }));
  modules.sort((a, b) => Number(b.name === WORKER_MAIN) - Number(a.name === WORKER_MAIN));
  return { modules, metafile };
}

/**
 * V8 keeps a source of which one character is beyond Latin-1 with two bytes a character. esbuild writes texts in ASCII,
 * but regular expressions as they are. (A template tagged with `String.raw` would notice; there is none.)
 * @param {string} text
 */
const toAscii = (text) =>
  text.replace(/(\\*)([^\0-\x7f])/g, (_, slashes, unit) => {
    // What was escaped already needs no second backslash before `u`.
    const before = slashes.length % 2 === 1 ? slashes.slice(1) : slashes;
    return `${before}\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });

/**
 * Writes the modules into a folder that holds nothing else.
 * @param {string} folder
 * @param {string} [entry]
 * @returns {Promise<string[]>} names of the modules, the one that starts first.
 */
export async function buildWorker(folder, entry) {
  const { modules } = await bundleGateway(entry);
  mkdirSync(folder, { recursive: true });
  // The entry last: whoever reads the folder meanwhile finds all that it names.
  for (const { name, text } of modules.toReversed()) {
    const file = path.join(folder, name);
    // A gateway that runs already starts anew, in mid-request, when one of its files is written.
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    const written = `${file}.${process.pid}.part`;
    writeFileSync(written, text);
    renameSync(written, file);
  }
  const names = new Set(modules.map(({ name }) => name));
  for (const name of readdirSync(folder))
    if (name.endsWith('.mjs') && !names.has(name)) rmSync(path.join(folder, name), { force: true });
  return [...names];
}

if (process.argv[1]?.endsWith('build-worker.mjs')) {
  const entry = process.env.WRANGLER_COMMAND === 'dev' ? LOCAL_ENTRY : WORKER_ENTRY;
  await buildWorker(path.resolve(ROOT, process.argv[2] ?? 'dist/worker'), entry).catch(() => {
    // esbuild has said why.
    process.exitCode = 1;
  });
}
