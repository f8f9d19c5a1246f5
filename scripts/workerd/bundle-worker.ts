import { build } from 'esbuild';
import { WORKER_BUNDLE } from '../build-worker.mjs';

/** @param entry source file of a small Worker; it becomes one module. */
export async function bundleWorker(entry: string, outfile: string): Promise<void> {
  const { outExtension: _, ...options } = WORKER_BUNDLE;
  await build({ ...options, entryPoints: [entry], outfile });
}
