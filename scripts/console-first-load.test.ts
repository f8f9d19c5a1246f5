import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { buildConsole } from './build-console.mjs';

const ASSETS = path.resolve(import.meta.dirname, '..', 'workers', 'gateway', 'assets');

/** What a first visit may load before anything can be seen or done: the bar of issue 8. */
const MOST_FIRST_BYTES = 250_000;
/** The same with any page opened directly, what charts and tables need included. */
const MOST_PAGE_BYTES = 300_000;

/** Part of a manifest of Vite: https://vite.dev/guide/backend-integration, read 2026-11-21. */
interface Chunk {
  file: string;
  isEntry?: boolean;
  imports?: string[];
  dynamicImports?: string[];
}

let chunks: Record<string, Chunk>;
beforeAll(() => {
  buildConsole();
  chunks = JSON.parse(readFileSync(path.join(ASSETS, 'console', 'manifest.json'), 'utf8'));
}, 120_000);

const entry = () => Object.keys(chunks).find((name) => chunks[name]?.isEntry === true) ?? '';

/** The chunks named and all that they import without waiting for a first use. */
function reached(...names: string[]): Set<string> {
  const found = new Set(names);
  for (const name of found) for (const imported of chunks[name]?.imports ?? []) found.add(imported);
  return found;
}

function gzippedScript(names: Set<string>): number {
  let bytes = 0;
  for (const name of names) {
    const file = chunks[name]?.file ?? '';
    if (file.endsWith('.js')) bytes += gzipSync(readFileSync(path.join(ASSETS, file))).length;
  }
  return bytes;
}

test('the console’s first load is at most 250 kB of gzipped script', () => {
  const first = reached(entry());
  expect(first.size).toBeGreaterThan(1);
  expect(gzippedScript(first)).toBeGreaterThan(50_000);
  expect(gzippedScript(first)).toBeLessThanOrEqual(MOST_FIRST_BYTES);
});

test('each page of the console comes when it is opened, and is small', () => {
  const first = reached(entry());
  const pages = [...first].flatMap((name) => chunks[name]?.dynamicImports ?? []);
  expect(pages.length).toBeGreaterThan(15);
  expect(pages.filter((page) => first.has(page))).toEqual([]);
  const sizes = pages.map((page) => [page, gzippedScript(reached(entry(), page))] as const);
  expect(sizes.filter(([, bytes]) => bytes > MOST_PAGE_BYTES)).toEqual([]);
});
