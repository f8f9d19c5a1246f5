import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CLIENT_ROLES, renderRoles } from '../packages/client/generate/render-roles.ts';
import { CLIENT_TYPES, renderTypes } from '../packages/client/generate/render-types.ts';

it('the client has the types of the routes as they are; else: npm run client:generate', async () => {
  expect(readFileSync(CLIENT_TYPES, 'utf8') === (await renderTypes())).toBe(true);
}, 120_000);

it('the client has the roles of the routes as they are; else: npm run client:generate', () => {
  expect(readFileSync(CLIENT_ROLES, 'utf8')).toBe(renderRoles());
});
