import path from 'node:path';
import { build, type Metafile } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { WORKER_BUNDLE } from './workerd/bundle-worker.ts';

const ENTRY = 'workers/gateway/src/index.ts';

/** Bytes by source file that are in the entry, or in what it imports without waiting for a first use. */
let started: Map<string, number>;

beforeAll(async () => {
  const { metafile } = await build({
    ...WORKER_BUNDLE,
    entryPoints: [ENTRY],
    absWorkingDir: path.join(import.meta.dirname, '..'),
    outdir: 'never-written',
    write: false,
    splitting: true,
    metafile: true,
  });
  started = bytesOf(metafile);
});

function bytesOf({ outputs }: Metafile): Map<string, number> {
  const entry = Object.keys(outputs).find((name) => outputs[name]?.entryPoint === ENTRY);
  const reached = new Set(entry === undefined ? [] : [entry]);
  for (const name of reached)
    for (const { path: imported, kind } of outputs[name]?.imports ?? [])
      if (kind === 'import-statement' && imported in outputs) reached.add(imported);
  const bytes = new Map<string, number>();
  for (const name of reached)
    for (const [file, { bytesInOutput }] of Object.entries(outputs[name]?.inputs ?? {}))
      bytes.set(file, (bytes.get(file) ?? 0) + bytesInOutput);
  return bytes;
}

test('no isolate loads schemas, administration, queries or token signing before somebody needs them', () => {
  const files = [...started.keys()];
  expect(files).toContain('packages/core/src/pipeline.ts');
  const cold =
    /node_modules\/(zod|drizzle-orm|jose)\/|packages\/http\/src\/admin\/create-admin|d1\/schema\.ts/;
  expect(files.filter((file) => cold.test(file))).toEqual([]);
});
