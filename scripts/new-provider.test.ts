import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readArguments, writeProvider } from './new-provider.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const COPY = mkdtempSync(path.join(tmpdir(), 'sluice-new-provider-'));
afterAll(() => rmSync(COPY, { recursive: true, force: true }));

const inCopy = (file: string): string => readFileSync(path.join(COPY, file), 'utf8');

function copyRepository(): void {
  for (const folder of ['packages/providers', 'packages/contract', 'packages/core'])
    cpSync(path.join(ROOT, folder), path.join(COPY, folder), {
      recursive: true,
      filter: (source) => !source.includes(`${folder}/node_modules`),
    });
  for (const folder of ['', 'packages/providers', 'packages/core'])
    symlinkSync(path.join(ROOT, folder, 'node_modules'), path.join(COPY, folder, 'node_modules'));
  mkdirSync(path.join(COPY, 'scripts'));
  for (const file of ['tsconfig.json', 'package.json', 'scripts/new-provider.ts'])
    cpSync(path.join(ROOT, file), path.join(COPY, file));
}

const run = (...args: string[]) =>
  spawnSync(process.execPath, ['scripts/new-provider.ts', ...args], { cwd: COPY, encoding: 'utf8' });

describe('npm run new:provider', () => {
  it('writes a folder and one line, which type-check and run, and nothing the second time', () => {
    copyRepository();
    const before = inCopy('packages/providers/src/list.ts').split('\n');
    const first = run('acme-llm', '--name', 'Acme', '--base-url', 'https://llm.acme.example/v1/');
    expect(first).toMatchObject({ status: 0, stderr: '' });
    const after = inCopy('packages/providers/src/list.ts').split('\n');
    expect(after.filter((line) => !before.includes(line))).toEqual([
      "export { acmeLlm } from './acme-llm/index.ts';",
    ]);
    expect(after.length).toBe(before.length + 1);
    expect(after).toEqual([after[0], ...after.slice(1, -1).toSorted(byFolder), after.at(-1)]);

    const again = run('acme-llm', '--name', 'Other', '--base-url', 'https://other.example');
    expect(again.stdout).toContain('nothing was changed');
    expect(inCopy('packages/providers/src/acme-llm/index.ts')).toContain("name: 'Acme'");

    const show = `import { findProvider } from './packages/providers/src/index.ts';
const { name, base_url, env_key, protocol } = findProvider('acme-llm') ?? {};
console.log(JSON.stringify({ name, base_url, env_key, protocol: protocol?.id }));`;
    writeFileSync(path.join(COPY, 'show.ts'), show);
    const shown = execFileSync(process.execPath, ['show.ts'], { cwd: COPY, encoding: 'utf8' });
    expect(JSON.parse(shown)).toEqual({
      name: 'Acme',
      base_url: 'https://llm.acme.example/v1',
      env_key: 'ACME_LLM_API_KEY',
      protocol: 'chat-completions',
    });

    writeFileSync(
      path.join(COPY, 'tsconfig.one.json'),
      JSON.stringify({
        extends: './tsconfig.json',
        include: ['packages/providers/src/acme-llm/*.ts', 'packages/providers/src/index.ts'],
      }),
    );
    const tsc = path.join(ROOT, 'node_modules/.bin/tsc');
    const typed = spawnSync(tsc, ['-p', 'tsconfig.one.json', '--noEmit'], { cwd: COPY, encoding: 'utf8' });
    expect(typed.stdout + typed.stderr).toBe('');
  }, 60_000);

  it('writes what the contract of providers refuses until somebody recorded an exchange', () => {
    const test = inCopy('packages/providers/src/acme-llm/provider.test.ts');
    expect(test).toContain("recordings: ['acme-llm']");
    expect(test).not.toContain('unrecorded');
  });

  it.each([
    [['Bad_Id'], /lower-case/],
    [['../evil'], /lower-case/],
    [['protocols'], /lower-case/],
    [['default'], /lower-case/],
    [[], /lower-case/],
    [['a', 'b'], /one provider/],
    [['ok', '--base-url', 'http://far.example'], /https/],
    [['ok', '--base-url', "https://x/'+evil"], /no URL/],
    [['ok', '--protocol', 'smoke-signals'], /--protocol/],
    [['ok', '--name', "It's"], /--name/],
  ])('refuses %j', (args, message) => {
    expect(() => readArguments(args)).toThrow(message);
  });

  it('a local server needs no key', () => {
    const provider = readArguments(['my-local', '--base-url', 'http://127.0.0.1:9/v1']);
    expect(provider).toEqual({
      id: 'my-local',
      name: 'My Local',
      base_url: 'http://127.0.0.1:9/v1',
      protocol: 'chat-completions',
    });
    writeProvider(COPY, provider);
    expect(inCopy('packages/providers/src/my-local/index.ts')).toContain('env_key: null');
  });
});

function byFolder(a: string, b: string): number {
  const key = (line: string): string => /\.\/([^/]+)\//.exec(line)?.[1] ?? '';
  return key(a) < key(b) ? -1 : 1;
}
