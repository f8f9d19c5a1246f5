import { type PeopleStores, ROLES } from '@sluice/contract';
import type { Context } from 'hono';
import { expect, it, vi } from 'vitest';
import type * as z from 'zod';
import { type AppPorts, createApp } from '../app.ts';
import { ANSWERS } from '../described/answers/answers.ts';
import { createAdmin } from './create-admin.ts';
import type { AdminPorts } from './ports.ts';
import { findRoute, mayCall, ROUTE_TABLE } from './route-table.ts';

const asked = vi.hoisted(() => ({ bodies: [] as unknown[], queries: [] as unknown[] }));

class Seen extends Error {}

vi.mock('./read-body.ts', () => ({
  async readBody(_: Context, schema: z.ZodType) {
    asked.bodies.push(schema);
    throw new Seen();
  },
  // A body may be read after the query: what the route does with this one does not matter.
  readQuery(_: Context, schema: z.ZodType) {
    asked.queries.push(schema);
    return schema.parse({});
  },
}));
vi.mock('./find-admin.ts', async (load) => ({
  ...(await load<object>()),
  findAdmin: async () => ({ id: 'admin', organization_id: 'org_a', role: 'owner', is_deployment: true }),
}));

/** Stands for whatever a port may be; the routes are walked, not judged. */
function nothing(): unknown {
  return new Proxy(() => nothing(), {
    get: (_, name) =>
      name === 'then' || name === Symbol.toPrimitive ? undefined : name === 'toString' ? () => '' : nothing(),
    apply: () => nothing(),
  });
}

const admin = createAdmin({
  ...(nothing() as AdminPorts),
  people: nothing() as PeopleStores,
  decidesPrices: () => true,
  randomBytes: (length) => new Uint8Array(length),
} satisfies Partial<AdminPorts> as AdminPorts);
const app = createApp(nothing() as AppPorts);

const targets = (routes: { method: string; path: string }[]): string[] => [
  ...new Set(
    routes
      .filter(({ method }) => method !== 'ALL' && method !== 'OPTIONS')
      .map(({ method, path }) => `${method} ${path}`),
  ),
];

it('lists every route that the routers have, and none that they have not', () => {
  const routed = [...targets(app.routes), ...targets(admin.routes)].sort();
  expect(ROUTE_TABLE.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(routed);
});

it('says of every administrative route that answers JSON what it answers, and of no other that there is', () => {
  const silent = ROUTE_TABLE.filter(
    ({ path, no_json, id }) => path.startsWith('/admin/') && no_json !== true && !(id in ANSWERS),
  );
  // Describe the answer in packages/http/src/described/answers.
  expect(silent.map(({ id }) => id)).toEqual([]);
  const ids = new Set(ROUTE_TABLE.map(({ id }) => id));
  expect(Object.keys(ANSWERS).filter((id) => !ids.has(id))).toEqual([]);
});

it('has an operation name of its own for each route', () => {
  const ids = ROUTE_TABLE.map(({ id }) => id);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
});

it.each(
  ROUTE_TABLE.filter(({ path }) => path.startsWith('/admin/')).map((entry) => [
    `${entry.method} ${entry.path}`,
    entry,
  ]),
)('describes the schemas that the route really parses with: %s', async (_, entry) => {
  asked.bodies.length = 0;
  asked.queries.length = 0;
  const path = entry.path.replace('{.+}', '').replaceAll(/:(\w+)/g, '$1_1');
  vi.spyOn(console, 'error').mockImplementation(() => {});
  await admin.request(`http://gateway${path}`, {
    method: entry.method,
    ...(entry.method === 'GET' ? {} : { body: '{}' }),
  });
  expect(asked.bodies[0]).toBe(entry.body);
  expect(asked.queries[0]).toBe(entry.query);
});

it('gives every administrative route roles, the owner among them, and no other route any', () => {
  for (const entry of ROUTE_TABLE) {
    expect([entry.id, entry.roles.includes('owner')]).toEqual([entry.id, entry.credential === 'admin']);
    expect(entry.path.startsWith('/admin/')).toBe(
      entry.credential === 'admin' || BEFORE_SIGNING_IN.includes(entry.id),
    );
  }
});

/** Whoever calls these has something else to show. */
const BEFORE_SIGNING_IN = ['signIn', 'acceptInvitation'];

it('lets nobody who only looks or pays change what is not money, and whoever only pays see no prompt', () => {
  const changing = ROUTE_TABLE.filter(({ method, credential }) => credential === 'admin' && method !== 'GET');
  const others = changing.filter(({ tag }) => tag !== 'Sessions');
  expect(others.filter(({ roles }) => roles.includes('viewer'))).toEqual([]);
  expect(
    others.filter(({ roles, tag }) => roles.includes('billing') && !['Budgets', 'Billing'].includes(tag)),
  ).toEqual([]);
  for (const path of ['/admin/v1/traces', '/admin/v1/traces/:id', '/admin/v1/keys'])
    expect(mayCall('billing', 'GET', path)).toBe(false);
});

it('leaves an audit entry for every stored change', () => {
  const silent = ROUTE_TABLE.filter(
    ({ credential, method, audited }) => credential === 'admin' && method !== 'GET' && !audited,
  );
  expect(silent.map(({ id }) => id).sort()).toEqual(CHANGE_NOTHING_STORED);
});

/**
 * Test calls, previews, and upkeep that changes nothing an administrator could see. `runRecommendations` computes at once
 * what the nightly job computes anyway: nothing that answers, costs or is allowed becomes another, and what is decided on
 * its advice has its own entry.
 */
const CHANGE_NOTHING_STORED = [
  'rewrapConnections',
  'runRecommendations',
  'simulateRouting',
  'testConnection',
  'testExporter',
  'testNewConnection',
  'testWebhook',
  'tryGuards',
];

it('knows no route that is not described, and lets no role call it', () => {
  expect(findRoute('GET', '/admin/v1/secrets')).toBeNull();
  for (const role of ROLES) expect(mayCall(role, 'DELETE', '/admin/v1/organization')).toBe(false);
  expect(findRoute('HEAD', '/admin/v1/keys')?.id).toBe('listKeys');
});
