import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseScopeName, renderScopeName } from './scope-name.ts';

it('is read back as it was made, whatever the subject is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (subject) => {
      const name = renderScopeName('org_a', 'user', subject);
      expect(parseScopeName(name)).toEqual({ organization_id: 'org_a', scope: 'user', subject });
    }),
  );
  expect(parseScopeName(renderScopeName('org_a', 'organization', null))).toEqual({
    organization_id: 'org_a',
    scope: 'organization',
    subject: null,
  });
});

it('keeps subjects apart that look like names of others', () => {
  const names = ['a/b', 'a%2Fb', 'a', '/a', 'ä', 'user'].map((one) => renderScopeName('o', 'user', one));
  expect(new Set(names).size).toBe(names.length);
});

it.each(['', 'org', 'org/nothing/x', 'org/user/%', 'org/user/a/b', '/user/a'])('refuses %j', (name) => {
  expect(parseScopeName(name)).toBeNull();
});
