import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { renderRoleDocs } from './role-docs.ts';

it('docs/roles.md says what the route table says', () => {
  expect(readFileSync('docs/roles.md', 'utf8')).toBe(renderRoleDocs());
});
