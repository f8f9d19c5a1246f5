import type { Leg, Target } from '@sluice/contract';
import { expect, it } from 'vitest';
import type { Scopes } from './find-scopes.ts';
import { sharesOf } from './shares.ts';

const SCOPES: Scopes = {
  charged: [
    { name: 'org/organization/', scope: 'organization', subject: null },
    { name: 'org/model/gpt-4o', scope: 'model', subject: 'gpt-4o' },
    { name: 'org/model/anthropic%2F*', scope: 'model', subject: 'anthropic/*' },
  ],
  names: [],
  request_limits: [],
  bounded: true,
};
const target = (provider: string, model: string): Target => ({ provider: { id: provider }, model }) as Target;
const GPT = target('openai', 'gpt-4o');
const CLAUDE = target('anthropic', 'claude');
const leg = (by: Target, cost_usd_nanos: number | null): Leg =>
  ({ target: by, attempt: { cost_usd_nanos } }) as unknown as Leg;

it('the model that answered is charged, the others that were held for are not', () => {
  expect(sharesOf(SCOPES, { usd_nanos: 70, target: CLAUDE })).toEqual({ 'org/model/gpt-4o': 0 });
  expect(sharesOf(SCOPES, { usd_nanos: 0, target: CLAUDE })).toBeNull();
});

it('an answer that two models wrote is charged to each by its share', () => {
  const legs = [leg(GPT, 30), leg(CLAUDE, 40)];
  expect(sharesOf(SCOPES, { usd_nanos: 70, target: CLAUDE, legs })).toEqual({
    'org/model/gpt-4o': 30,
    'org/model/anthropic%2F*': 40,
  });
});

it('where nobody knows who answered, or what it cost, every model pays in full: a budget is never let off', () => {
  expect(sharesOf(SCOPES, { usd_nanos: 70, target: null })).toBeNull();
  expect(sharesOf(SCOPES, { usd_nanos: 70, target: GPT, legs: [leg(GPT, null)] })).toEqual({
    'org/model/anthropic%2F*': 0,
  });
});
