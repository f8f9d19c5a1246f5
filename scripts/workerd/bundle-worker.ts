import { type BuildOptions, build } from 'esbuild';

/** As `wrangler deploy --minify` bundles a Worker, the runtime's own modules left out. */
export const WORKER_BUNDLE = {
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2024',
  platform: 'neutral',
  mainFields: ['browser', 'module', 'main'],
  conditions: ['workerd', 'worker', 'browser', 'import'],
  external: ['cloudflare:*', 'node:*'],
  loader: { '.sql': 'text' },
  logLevel: 'error',
} satisfies BuildOptions;

/** @param entry source file, e.g. `workers/gateway/src/index.ts`; it becomes one module. */
export async function bundleWorker(entry: string, outfile: string): Promise<void> {
  await build({ ...WORKER_BUNDLE, entryPoints: [entry], outfile });
}
