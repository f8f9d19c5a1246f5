import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { findProvider, PROVIDERS } from './index.ts';

const HERE = import.meta.dirname;
const ROOT = path.resolve(HERE, '../../..');

/** Folders here that hold no provider. */
const NO_PROVIDER = ['billing', 'catalogue', 'protocols'];

const folders = readdirSync(HERE, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !NO_PROVIDER.includes(entry.name))
  .map((entry) => entry.name)
  .toSorted();

it('every folder is a provider of that id in the list, and every provider has its folder', () => {
  expect(PROVIDERS.map(({ id }) => id).toSorted()).toEqual(folders);
  for (const { id, name } of PROVIDERS) expect(findProvider(id)?.name).toBe(name);
});

it('makers of models come before those who serve them too', () => {
  const first = PROVIDERS.slice(0, 3).map(({ id }) => id);
  expect(first).toEqual(['openai', 'anthropic', 'gemini']);
});

it.each(folders)('%s keeps the contract of providers in a test of its own', (folder) => {
  const test = path.join(HERE, folder, 'provider.test.ts');
  expect(existsSync(test)).toBe(true);
  expect(readFileSync(test, 'utf8')).toMatch(/^describeProvider\(\w+, \{/m);
});

it('no two providers read the same variable', () => {
  const keys = PROVIDERS.map(({ env_key }) => env_key).filter((key) => key !== null);
  expect(new Set(keys).size).toBe(keys.length);
  for (const key of keys) expect(key).toMatch(/^[A-Z][A-Z0-9_]*$/);
});

const sources = ['packages', 'workers'].flatMap((top) =>
  readdirSync(path.join(ROOT, top), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)))
    .filter(
      (file) => !/node_modules|\.test\.ts$|-(?:test-bed|fixture)\.ts$|\/test\/|\.generated\./.test(file),
    )
    .filter((file) => !file.startsWith('packages/simulator/') && !file.startsWith('packages/testkit/')),
);

it('nobody compares the id of a provider: what is particular to one lives in its folder', () => {
  const ids = PROVIDERS.map(({ id }) => id).join('|');
  const compared = new RegExp(
    `\\bprovider(?:\\.id|_id)?\\s*[!=]==?\\s*['"\`](?:${ids})['"\`]|['"\`](?:${ids})['"\`]\\s*[!=]==?\\s*\\w*\\.?provider\\b|\\bid\\s*[!=]==?\\s*['"\`](?:${ids})['"\`]`,
  );
  expect(sources.length).toBeGreaterThan(100);
  const wrong = sources.filter((file) => {
    const own = /^packages\/providers\/src\/([^/]+)\//.exec(file)?.[1];
    if (own !== undefined && folders.includes(own)) return false;
    return compared.test(readFileSync(path.join(ROOT, file), 'utf8'));
  });
  expect(wrong).toEqual([]);
});
