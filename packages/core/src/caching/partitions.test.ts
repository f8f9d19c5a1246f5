import type { ChatRequest, KeyPolicy } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { fingerprintsOf } from './fingerprint.ts';
import { repeatName } from './idempotency.ts';
import { streamName } from './resumable-stream.ts';

/** What an id could be made of that is read as a border between two, and beginnings that many ids share. */
const PARTS = [
  'a',
  'b',
  '/',
  ':',
  ',',
  '"',
  '","',
  '\\',
  ' ',
  '\u0000',
  'é',
  'e\u0301',
  '💧',
  '[',
  ']',
  'null',
];
const LONG = ['', 'slu_'.repeat(5), 'x'.repeat(200)];
const IDENTITIES = 100_000;

/** Numbers that are the same in each run. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Lists of four ids each, no two of them the same. */
function identities(): [string, string, string, string][] {
  const next = numbersFrom(7);
  const id = (): string => {
    let text = LONG[next(LONG.length)] ?? '';
    for (let left = next(4); left > 0; left--) text += PARTS[next(PARTS.length)] ?? '';
    return text;
  };
  const found = new Map<string, [string, string, string, string]>();
  while (found.size < IDENTITIES) {
    const ids: [string, string, string, string] = [id(), id(), id(), id()];
    found.set(JSON.stringify(ids), ids);
  }
  return [...found.values()];
}

const ALL = identities();
const asked: ChatRequest = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }] };
const request = {
  asked,
  door: { protocol: 'openai-chat' },
  body_text: '',
  client_headers: {},
} as unknown as Parameters<typeof fingerprintsOf>[0];

async function countNames(
  nameOf: (ids: [string, string, string, string]) => Promise<string>,
): Promise<number> {
  const names = new Set<string>();
  for (let from = 0; from < ALL.length; from += 1_000)
    for (const name of await Promise.all(ALL.slice(from, from + 1_000).map(nameOf))) names.add(name);
  return names.size;
}

describe('a hundred thousand identities made to be mistaken for each other', () => {
  it('have as many partitions of the cache', async () => {
    const rules = { scope: 'user', semantic: false, embedder: null } as const;
    const names = await countNames(async ([organization_id, key_id, user_id, namespace]) => {
      const partition = { organization_id, key_id, user_id, guards: '' };
      return (await fingerprintsOf(request, partition, { ...rules, namespace })).exact;
    });
    expect(names).toBe(IDENTITIES);
  }, 60_000);

  it('have as many answers to one Idempotency-Key, and as many streams of one id', async () => {
    const policyOf = (organization_id: string, key_id: string, user_id: string, token_id: string) =>
      ({ organization_id, key_id, token: { user_id, token_id } }) as unknown as KeyPolicy;
    const own = new Set(ALL.map(([one, two, three]) => JSON.stringify([one, two, three]))).size;
    expect(
      await countNames(([one, two, three, four]) => repeatName(policyOf(one, two, three, four), 'key')),
    ).toBe(own);
    expect(
      await countNames(([one, two, three, four]) => streamName(policyOf(one, two, '', three), four)),
    ).toBe(IDENTITIES);
  }, 60_000);
});
