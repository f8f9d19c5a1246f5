import type { ScopeRule, Target } from '@sluice/contract';
import { expect, it } from 'vitest';
import { findScopes } from './find-scopes.ts';

const rule = (
  scope: ScopeRule['scope'],
  subject: string | null,
  more: Partial<ScopeRule> = {},
): ScopeRule => ({
  scope,
  subject,
  per_request_limit_usd_nanos: null,
  hard: true,
  counted: true,
  ...more,
});

const target = (provider: string, model: string): Target => ({ provider: { id: provider }, model }) as Target;

const CALLER = { organization_id: 'org', project_id: 'proj_1' };
const SAID = { user_id: 'alice', session_id: 's/1' };
const TARGETS = [target('openai', 'gpt-4o'), target('azure', 'gpt-4o'), target('anthropic', 'claude')];

const namesOf = (scope_rules: ScopeRule[], caller = CALLER, said: Parameters<typeof findScopes>[2] = SAID) =>
  findScopes({ scope_rules }, caller, said, TARGETS)?.names ?? [];

it('an organization without shared budgets costs a request nothing', () => {
  expect(findScopes({}, CALLER, SAID, TARGETS)).toBeNull();
  expect(findScopes({ scope_rules: [] }, CALLER, SAID, TARGETS)).toBeNull();
});

it('organization, project, user and session are each one scope, whether all are meant or this one', () => {
  expect(
    namesOf([
      rule('organization', null),
      rule('project', 'proj_1'),
      rule('user', null),
      rule('session', null),
    ]),
  ).toEqual(['org/organization/', 'org/project/proj_1', 'org/user/alice', 'org/session/s%2F1']);
  expect(namesOf([rule('project', 'proj_2'), rule('user', 'bob')])).toEqual([]);
});

it('whoever is not named touches no budget of it; a name that is too long is cut, never without a budget', () => {
  const rules = [rule('project', null), rule('user', null), rule('session', null)];
  expect(
    namesOf(rules, { ...CALLER, project_id: null } as unknown as typeof CALLER, {
      user_id: '',
      session_id: null,
    }),
  ).toEqual([]);
  const long = 'x'.repeat(100_000);
  expect(namesOf(rules, CALLER, { user_id: long, session_id: null })[1]).toBe(`org/user/${'x'.repeat(256)}`);
});

it('every model that the plan may come to is held for: patterns as one, each model by itself where it is not named', () => {
  expect(
    namesOf([rule('model', 'gpt-4o'), rule('model', 'openai/*'), rule('model', null), rule('model', 'o3')]),
  ).toEqual(['org/model/gpt-4o', 'org/model/openai%2F*', 'org/model/anthropic%2Fclaude']);
  expect(namesOf([rule('model', 'openai/*'), rule('model', null)])).toEqual([
    'org/model/openai%2F*',
    'org/model/openai%2Fgpt-4o',
    'org/model/azure%2Fgpt-4o',
    'org/model/anthropic%2Fclaude',
  ]);
});

it('a rule that names the subject stands in place of the one for each', () => {
  const found = findScopes(
    { scope_rules: [rule('user', null), rule('user', 'alice', { hard: false })] },
    CALLER,
    SAID,
    TARGETS,
  );
  expect(found).toMatchObject({ names: ['org/user/alice'], bounded: false });
});

it('what only limits the single request asks no ledger, and binds all the same', () => {
  const limit = { per_request_limit_usd_nanos: 5, hard: false, counted: false };
  expect(findScopes({ scope_rules: [rule('user', null, limit)] }, CALLER, SAID, TARGETS)).toEqual({
    charged: [],
    names: [],
    request_limits: [{ scope: 'user', subject: 'alice', usd_nanos: 5 }],
    bounded: true,
  });
});
