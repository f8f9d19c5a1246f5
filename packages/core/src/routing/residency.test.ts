import type { Connection } from '@sluice/contract';
import { expect, it } from 'vitest';
import { allOutside, keepInside, leaving, residencyOf } from './residency.ts';

const at = (provider: string, region: string | null, base_url = '') => ({ provider, region, base_url });

it.each([
  [at('bedrock', 'eu-central-1'), 'eu'],
  [at('bedrock', 'us-east-1'), 'us'],
  [at('bedrock', 'eu-west-2'), null],
  [at('bedrock', 'eu-central-2'), null],
  [at('bedrock', null), null],
  [at('vertex', 'europe-west4'), 'eu'],
  [at('vertex', 'eu'), 'eu'],
  [at('vertex', 'europe-west2'), null],
  [at('vertex', 'global'), null],
  [at('openai', null, 'https://eu.api.openai.com/v1'), 'eu'],
  [at('openai', 'eu', 'https://api.openai.com/v1'), null],
  [at('openai', 'eu', 'https://eu.api.openai.com.evil.example/v1'), null],
  [at('vllm', 'eu', 'https://gpu.example/v1'), 'eu'],
  [at('vllm', 'eu-central-1', 'https://gpu.example/v1'), null],
  [at('anthropic', 'eu', 'https://api.anthropic.com'), null],
])('%o serves in %s', (connection, place) => {
  expect(residencyOf(connection)).toBe(place);
});

const connections = [
  at('bedrock', 'eu-west-1'),
  at('bedrock', 'us-east-1'),
  at('anthropic', null),
] as Connection[];

it('only what is certain to be inside is kept, and without a residency everything', () => {
  expect(keepInside(connections, 'eu').inside).toEqual([connections[0]]);
  expect(keepInside(connections, 'eu').outside).toEqual(connections.slice(1));
  expect(keepInside(connections, null)).toEqual({ inside: connections, outside: [] });
});

it('a profile of Bedrock’s that may serve elsewhere leaves, though its connection is inside', () => {
  const connection = at('bedrock', 'eu-central-1');
  const of = (model: string) => leaving({ connection, model }, { residency: 'eu' })?.code ?? null;
  expect(of('global.anthropic.claude-sonnet-4-5-v1:0')).toBe('region_not_allowed');
  expect(of('us.anthropic.claude-sonnet-4-5-v1:0')).toBe('region_not_allowed');
  expect(of('eu.anthropic.claude-sonnet-4-5-v1:0')).toBeNull();
  expect(of('anthropic.claude-3-haiku')).toBeNull();
  expect(leaving({ connection, model: 'global.x' }, {})).toBeNull();
});

it('it is only said to be the reason where something was left out', () => {
  expect(allOutside({ residency: 'eu', connections_outside: 2 })?.message).toContain('2 others');
  expect(allOutside({ residency: 'eu' })).toBeNull();
  expect(allOutside({ connections_outside: 2 })).toBeNull();
});
