import { readFile } from 'node:fs/promises';
import type { Metafile } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { bundleGateway, WORKER_ENTRY } from './build-worker.mjs';

/** Bytes by source file that are in the entry, or in what it imports without waiting for a first use. */
let started: Map<string, number>;
let texts: string[];

beforeAll(async () => {
  const { metafile, modules } = await bundleGateway();
  started = bytesOf(metafile);
  texts = modules.map(({ text }) => text);
}, 120_000);

function bytesOf({ outputs }: Metafile): Map<string, number> {
  const entry = Object.keys(outputs).find((name) => outputs[name]?.entryPoint === WORKER_ENTRY);
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

test('no module holds a character for which V8 would keep it with two bytes each', () => {
  expect(texts.length).toBeGreaterThan(10);
  expect(texts.filter((text) => /[^\0-\x7f]/.test(text))).toEqual([]);
});

// It would take its stack, for which V8 reads all of its module again: 15 % of the start when there was one.
test('nothing makes an error while it is loaded', async () => {
  const sources = [...started.keys()].filter((file) => /^(packages|workers)\//.test(file));
  expect(sources.length).toBeGreaterThan(100);
  const made = await Promise.all(
    sources.map(async (file) => [
      file,
      /^(export )?const \w+ = new \w*Error\(/m.test(await readFile(file, 'utf8')),
    ]),
  );
  expect(made.filter(([, is_made]) => is_made)).toEqual([]);
});
