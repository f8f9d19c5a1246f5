import { build } from 'esbuild';

/**
 * Bundles a Worker as `wrangler deploy --minify` does: one module, the runtime's own modules left out.
 * @param entry source file, e.g. `workers/gateway/src/index.ts`
 */
export async function bundleWorker(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser', 'import'],
    external: ['cloudflare:*', 'node:*'],
    loader: { '.sql': 'text' },
    logLevel: 'error',
  });
}
