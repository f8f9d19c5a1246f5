// What a deployment must keep to before anything is sent: the size and the start-up time of the Worker.

/**
 * Compressed. The free plan took 3 MB until 2026 and takes more by now (developers.cloudflare.com/workers/platform/limits,
 * read 2026-11-21); we keep to the old limit, since an isolate pays for every byte at its start.
 */
export const BUNDLE_GZIP_BYTES_MAX = 3_000_000;
/** Cloudflare refuses a Worker that needs longer than a second to start (same page); its machines may be slower than this one. */
export const STARTUP_ACTIVE_MS_MAX = 400;

/** @returns {number} bytes, from what `wrangler deploy --dry-run` prints. */
export function parseBundleBytes(text) {
  const found = /gzip:\s*([\d.]+)\s*(KiB|MiB)/.exec(text);
  if (found === null) throw new Error('wrangler did not print the size of the bundle');
  return Math.round(Number(found[1]) * (found[2] === 'MiB' ? 1_048_576 : 1024));
}

/** @returns {number} milliseconds of work, waiting left out, from what `wrangler check startup` prints. */
export function parseStartupMs(text) {
  const found = /Active:\s*([\d.]+)\s*(ms|s)\b/.exec(text);
  if (found === null) throw new Error('wrangler did not print a start-up profile');
  return Number(found[1]) * (found[2] === 's' ? 1000 : 1);
}

/**
 * Builds and measures, offline and without an account.
 * @param {{wrangler: (args: string[]) => {ok: boolean, text: string}, print: (line: string) => void}} ports
 * @returns {boolean} whether it may be deployed.
 */
export function checkBundle({ wrangler, print }) {
  const built = wrangler(['deploy', '--dry-run', '--outdir', '.wrangler/dry-run']);
  if (!built.ok) {
    print(`${built.text}\nNot deployable: the Worker could not be built. Its message is above.`);
    return false;
  }
  const bytes = parseBundleBytes(built.text);
  const started = wrangler(['check', 'startup', '--outfile', '.wrangler/startup.cpuprofile']);
  if (!started.ok) {
    print(`${started.text}\nNot deployable: the Worker did not start. Its message is above.`);
    return false;
  }
  const active_ms = parseStartupMs(started.text);
  print(
    `bundle    ${(bytes / 1e6).toFixed(2)} MB compressed, of ${BUNDLE_GZIP_BYTES_MAX / 1e6} MB that we allow`,
  );
  print(`start-up  ${active_ms.toFixed(0)} ms of work, of ${STARTUP_ACTIVE_MS_MAX} ms that we allow`);
  const problems = [];
  if (bytes > BUNDLE_GZIP_BYTES_MAX)
    problems.push(
      'The bundle is too big. "npx esbuild --analyze" on workers/gateway/src/index.ts shows what grew.',
    );
  if (active_ms > STARTUP_ACTIVE_MS_MAX)
    problems.push('It starts too slowly. Open .wrangler/startup.cpuprofile in a browser’s profiler.');
  for (const problem of problems) print(problem);
  return problems.length === 0;
}
