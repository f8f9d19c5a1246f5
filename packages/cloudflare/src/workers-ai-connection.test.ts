import type { OrganizationSettings } from '@sluice/contract';
import { expect, test } from 'vitest';
import { withWorkersAi } from './workers-ai-connection.ts';

const joined = (residency: 'eu' | null) =>
  withWorkersAi(
    {
      settings: async () =>
        ({ organization_id: 'org_default', residency, connections: [] }) as unknown as OrganizationSettings,
    },
    () => 'token',
  ).settings('org_default');

test('the binding of Workers AI is left out where requests must stay inside: nobody can tell where it runs', async () => {
  expect((await joined(null)).connections).toHaveLength(1);
  expect(await joined('eu')).toMatchObject({ connections: [], connections_outside: 1 });
});
