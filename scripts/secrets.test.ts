import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createKey, parseKey } from '../packages/core/src/key-format.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

/** What a line may not hold. `real` looks closer at a match: true = it is one. */
const FORBIDDEN: { what: string; pattern: RegExp; real?: (match: string) => boolean }[] = [
  {
    what: 'a key of this gateway',
    pattern: /slu_(?:live|dev|admin)_\w{12}_\w{49}/g,
    real: (match) => parseKey(match) !== null,
  },
  { what: 'an OpenAI-like key', pattern: /\bsk-[A-Za-z0-9_-]{20,}/g, real: (match) => looksRandom(match) },
  {
    what: 'a Groq or xAI key',
    pattern: /\b(?:gsk_|xai-)[A-Za-z0-9]{30,}/g,
    real: (match) => looksRandom(match),
  },
  { what: 'a Google key', pattern: /\bAIza[\w-]{35}/g },
  { what: 'an AWS key', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  { what: 'a GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{50,})/g },
  { what: 'a private key', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/g },
  {
    what: "a path of somebody's machine",
    pattern: /(?<![\w.$}/*-])\/(?:work|tmp|root|home|Users)\/[\w.-]+/g,
  },
];

/** File, and the text that is harmless there. */
const ALLOWED: { file: string; text: string }[] = [];

const NOT_TEXT = /\.(png|jpg|gif|ico|woff2|wasm)$/;

/** Names that people make up have few digits or few different characters; keys have both. */
function looksRandom(text: string): boolean {
  const tail = text.slice(3);
  return new Set(tail).size >= 12 && /\d/.test(tail) && /[A-Za-z]/.test(tail);
}

function findForbidden(file: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) =>
    FORBIDDEN.flatMap(({ what, pattern, real }) =>
      [...line.matchAll(pattern)]
        .filter(([match]) => real?.(match) ?? true)
        .filter(([match]) => !ALLOWED.some((one) => one.file === file && one.text === match))
        // Never the match itself: the report of a test is public too.
        .map(() => `${file}:${index + 1} holds ${what}`),
    ),
  );
}

const lines = (text: string): string[] => text.split('\0').filter((line) => line !== '');

describe('the repository', () => {
  it('holds no credential and no path of a machine, in any tracked file', () => {
    const files = lines(execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }));
    expect(files.length).toBeGreaterThan(50);
    const found = files
      .filter((file) => !NOT_TEXT.test(file))
      .flatMap((file) => {
        try {
          return findForbidden(file, readFileSync(path.join(ROOT, file), 'utf8'));
        } catch (error) {
          // Tracked and deleted, but not committed yet.
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
          throw error;
        }
      });
    expect(found).toEqual([]);
  });
});

describe('the search itself', () => {
  // Put together here, so that the search does not find its own examples.
  const random = 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6';
  const samples: [string, string][] = [
    ['a key of this gateway', createKey('live', (length) => new Uint8Array(length).fill(7)).text],
    ['an OpenAI-like key', `sk-proj-${random}`],
    ['a Groq or xAI key', `gsk_${random}`],
    ['a Google key', `AIza${random.slice(0, 35)}`],
    ['an AWS key', `AKIA${random.toUpperCase().slice(0, 16)}`],
    ['a GitHub token', `ghp_${random}`],
    ['a private key', `-----BEGIN RSA ${'PRIVATE'} KEY-----`],
    ["a path of somebody's machine", ['', 'home', 'alice'].join('/')],
  ];

  it.each(samples)('finds %s and says where', (what, text) => {
    expect(findForbidden('a.md', `one\nsee "${text}"\n`)).toEqual([`a.md:2 holds ${what}`]);
  });

  it.each(['sk-xxxxxxxxxxxxxxxxxxxxxxxx', 'slu_live_…', 'https://example.com/home/page', 'risk-free'])(
    'leaves %s alone',
    (text) => {
      expect(findForbidden('a.md', text)).toEqual([]);
    },
  );
});
