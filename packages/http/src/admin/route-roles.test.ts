import { ROLES, type Role } from '@sluice/contract';
import { describe, expect, it, vi } from 'vitest';
import { createAdmin } from './create-admin.ts';
import type { AdminPorts } from './ports.ts';
import { ROUTE_TABLE } from './route-table.ts';

const asking = vi.hoisted(() => ({ role: 'viewer', calls: 0 }));

vi.mock('./find-admin.ts', async (load) => ({
  ...(await load<object>()),
  findAdmin: async () => ({ id: 'a', organization_id: 'org_a', role: asking.role, is_deployment: true }),
}));

/** Stands for whatever a port may be; every call of it is counted and ends the request. */
function nothing(): unknown {
  return new Proxy(() => {}, {
    get: (_, name) => (name === 'then' || name === Symbol.toPrimitive ? undefined : nothing()),
    apply: () => {
      asking.calls++;
      throw new Error('a port was asked');
    },
  });
}

const ports = new Proxy({} as AdminPorts, {
  get: (_, name) => (name === 'randomBytes' ? (length: number) => new Uint8Array(length) : nothing()),
});
const admin = createAdmin(ports);
const entries = ROUTE_TABLE.filter(({ credential }) => credential === 'admin');

describe('of the roles', () => {
  it.each(ROLES.flatMap((role) => entries.map((entry) => [role, entry.method, entry.path, entry] as const)))(
    '%s: %s %s is as the table says',
    async (role: Role, method, route, entry) => {
      vi.spyOn(console, 'error').mockImplementation(() => {});
      vi.spyOn(console, 'warn').mockImplementation(() => {});
      asking.role = role;
      asking.calls = 0;
      const response = await admin.request(
        `http://gateway${route.replace('{.+}', '').replaceAll(/:(\w+)/g, '$1_1')}`,
        { method, ...(method === 'GET' ? {} : { body: '{}' }) },
      );
      const text = await response.text();
      const refused = response.status === 403 && text.includes(`The role ${role} may not`);
      expect(refused).toBe(!entry.roles.includes(role));
      // Whoever may not do it leaves no trace of having tried: no port is asked.
      if (refused) expect(asking.calls).toBe(0);
    },
  );
});
