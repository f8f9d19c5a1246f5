import { type Assistant, NO_ROUTING, NO_RULES, type RoutingConfig } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { findBrokenReference } from './check-references.ts';

const chain = (name: string, ...models: string[]) => ({
  name,
  links: models.map((model) => ({ model, timeouts: {}, on: null })),
});
const split = (name: string, ...models: string[]) => ({
  name,
  enabled: true,
  sticky_by: 'user' as const,
  arms: models.map((model, at) => ({ id: `a${at}`, model, percent: 100 / models.length })),
});
const assistant = (name: string, model: string, fallback_chain: string[] = []): Assistant => ({
  name,
  system_prompt: null,
  model,
  rules: NO_RULES,
  output_tokens_max: null,
  temperature: null,
  fallback_chain,
});

const problem = (
  routing: Partial<RoutingConfig>,
  aliases: Record<string, string> = {},
  default_model = 'm',
) =>
  findBrokenReference({
    aliases,
    default_model,
    default_fallback_chain: [],
    routing: { ...NO_ROUTING, ...routing },
  });

describe('findBrokenReference', () => {
  it('lets through what ends at models', () => {
    expect(
      problem(
        {
          chains: [chain('a', 'gpt-4o', 'chain/b'), chain('b', 'auto')],
          splits: [split('s', 'chain/a', 'assistant/x')],
          assistants: [assistant('x', 'chain/a', ['chain/b', 'sonnet']), assistant('y', 'split/s2')],
        },
        {},
      ),
    ).toMatch(/split\/s2, which does not exist/);
    expect(
      problem({
        chains: [chain('a', 'gpt-4o', 'chain/b'), chain('b', 'auto')],
        splits: [split('s', 'chain/a', 'assistant/x')],
        assistants: [assistant('x', 'chain/a', ['chain/b', 'sonnet'])],
      }),
    ).toBeNull();
  });

  it('refuses what names itself or nothing', () => {
    expect(problem({ chains: [chain('a', 'chain/a')] })).toMatch(/names itself/);
    expect(problem({ chains: [chain('a', 'chain/b')] })).toMatch(/does not exist/);
    expect(problem({ assistants: [assistant('x', 'm', ['chain/b'])] })).toMatch(/does not exist/);
    expect(problem({}, { quick: 'split/none' })).toMatch(/does not exist/);
  });

  it('refuses what cannot stand there', () => {
    const assistants = [assistant('x', 'm')];
    expect(problem({ assistants, chains: [chain('a', 'assistant/x')] })).toMatch(/cannot lead to/);
    expect(problem({ assistants }, {}, 'assistant/x')).toMatch(/cannot lead to/);
    expect(problem({ splits: [split('s', 'm'), split('t', 'split/s')] })).toMatch(/cannot lead to/);
  });

  it('finds circles over several steps, and through aliases', () => {
    expect(problem({ chains: [chain('a', 'chain/b'), chain('b', 'm', 'chain/a')] })).toMatch(/circle/);
    expect(problem({ splits: [split('s', 'assistant/x')], assistants: [assistant('x', 'split/s')] })).toMatch(
      /circle/,
    );
    expect(problem({ chains: [chain('a', 'quick'), chain('b', 'chain/a')] }, { quick: 'chain/b' })).toMatch(
      /circle/,
    );
  });
});
