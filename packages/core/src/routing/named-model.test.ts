import {
  type Assistant,
  NO_ROUTING,
  NO_RULES,
  type OrganizationSettings,
  type RoutingConfig,
} from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { findNamed, isAllowedByName, stepsOf } from './named-model.ts';

const assistant = (name: string, model: string, more: Partial<Assistant> = {}): Assistant => ({
  name,
  system_prompt: null,
  model,
  rules: NO_RULES,
  output_tokens_max: null,
  temperature: null,
  fallback_chain: [],
  ...more,
});

const settingsOf = (routing: Partial<RoutingConfig>, more: Partial<OrganizationSettings> = {}) =>
  ({
    aliases: { quick: 'gpt-4o-mini', support: 'assistant/support' },
    fallback_enabled: true,
    default_fallback_chain: ['default-1'],
    routing: { ...NO_ROUTING, ...routing },
    ...more,
  }) as OrganizationSettings;

const ids = { user_id: 'u', session_id: null, key_id: 'k', request_id: 'r' };

const settings = settingsOf({
  chains: [
    {
      name: 'safe',
      links: [
        { model: 'gpt-4o', timeouts: { total_ms: 5000 }, on: ['rate_limited'] },
        { model: 'chain/last', timeouts: { idle_ms: 9 }, on: null },
      ],
    },
    {
      name: 'last',
      links: [
        { model: 'quick', timeouts: { idle_ms: 7 }, on: null },
        { model: 'sonnet', timeouts: {}, on: ['timeout'] },
      ],
    },
    { name: 'round', links: [{ model: 'chain/round', timeouts: {}, on: null }] },
  ],
  splits: [
    {
      name: 'exp',
      enabled: true,
      sticky_by: 'user',
      arms: [{ id: 'only', model: 'assistant/support', percent: 100 }],
    },
  ],
  assistants: [
    assistant('support', 'chain/safe'),
    assistant('plain', 'gpt-4o', { fallback_chain: ['haiku'] }),
  ],
});

describe('findNamed', () => {
  it('says nothing about a model', () => {
    expect(findNamed('gpt-4o', settings, ids)).toBeNull();
    expect(findNamed('quick', settings, ids)).toBeNull();
    expect(findNamed('toString', settings, ids)).toBeNull();
  });

  it('unfolds chains in chains: inner timeouts win, the outer ones hold for the rest', () => {
    expect(findNamed('chain/safe', settings, ids)?.links).toEqual([
      { model: 'gpt-4o', timeouts: { total_ms: 5000 }, fallback_on: ['rate_limited'] },
      { model: 'quick', timeouts: { idle_ms: 7 }, fallback_on: null },
      { model: 'sonnet', timeouts: { idle_ms: 9 }, fallback_on: ['timeout'] },
    ]);
  });

  it('follows a split to an assistant to its chain, and remembers each', () => {
    expect(findNamed('split/exp', settings, ids)).toMatchObject({
      names: ['split/exp', 'assistant/support', 'chain/safe'],
      split_arm: 'exp/only',
      assistant: { name: 'support' },
      is_chain: true,
    });
  });

  it('is found behind an alias', () => {
    expect(findNamed('support', settings, ids)?.assistant?.name).toBe('support');
  });

  it('an alias may stand for auto', () => {
    const automatic = { ...settings, aliases: { clever: 'auto' } };
    expect(findNamed('clever', automatic, ids)?.links).toMatchObject([{ model: 'auto' }]);
    expect(findNamed('auto', automatic, ids)).toBeNull();
  });

  it('a name that is not stored is an unknown model', () => {
    for (const name of ['chain/none', 'split/none', 'assistant/none'])
      expect(() => findNamed(name, settings, ids)).toThrow(/There is no/);
  });

  it('a circle that slipped into storage ends', () => {
    expect(findNamed('chain/round', settings, ids)?.links.length).toBe(1);
  });
});

describe('stepsOf', () => {
  const policy = { fallback_chain: ['key-1'], model_allowlist: ['assistant/plain'] };
  const stepsFor = (model: string, fallback_chain: string[] | null = null) => {
    const named = findNamed(model, settings, ids);
    const hints = {
      fallback_chain,
      timeouts: {},
      metadata: {},
      user_id: null,
      session_id: null,
      body_receipt: null,
    };
    const request = { asked: { model }, hints, ...(named === null ? {} : { named }) };
    return stepsOf(request, policy, settings, true).map(
      ({ model: name, by_name }) => `${name}${by_name ? '!' : ''}`,
    );
  };

  it('the client’s chain wins, and is never allowed by the assistant’s name', () => {
    expect(stepsFor('assistant/plain', ['opus', 'chain/last'])).toEqual([
      'gpt-4o!',
      'opus',
      'quick',
      'sonnet',
    ]);
  });

  it('then the assistant’s, then the key’s', () => {
    expect(stepsFor('assistant/plain')).toEqual(['gpt-4o!', 'haiku!']);
    expect(stepsFor('gpt-4o')).toEqual(['gpt-4o', 'key-1']);
  });

  it('a chain is complete', () => {
    expect(stepsFor('chain/safe')).toEqual(['gpt-4o', 'quick', 'sonnet']);
  });
});

describe('isAllowedByName', () => {
  it('takes exact names and patterns of the same kind, and no wider ones', () => {
    const named = { names: ['assistant/support', 'chain/safe'] };
    expect(isAllowedByName(named, ['assistant/support'])).toBe(true);
    expect(isAllowedByName(named, ['chain/*'])).toBe(true);
    expect(isAllowedByName(named, ['a*'])).toBe(false);
    expect(isAllowedByName(named, ['assistant/supp'])).toBe(false);
  });
});
