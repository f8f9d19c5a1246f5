import type { Role } from '@sluice/contract';
import type { RouteEntry } from '../described/entry.ts';
import { PEOPLE_ENTRIES } from '../described/people-entries.ts';
import { PUBLIC_ENTRIES } from '../described/public-entries.ts';
import { SETUP_ENTRIES } from '../described/setup-entries.ts';
import { TELEMETRY_ENTRIES } from '../described/telemetry-entries.ts';
import { USE_ENTRIES } from '../described/use-entries.ts';

/**
 * Every route of the gateway, public and of administration: what the description, the reference, the client, the
 * table of roles and the security tests are made of. A test walks the routers, and fails for a route that is missing
 * here as for one that is only here.
 */
export const ROUTE_TABLE: readonly RouteEntry[] = [
  ...PUBLIC_ENTRIES,
  ...SETUP_ENTRIES,
  ...PEOPLE_ENTRIES,
  ...TELEMETRY_ENTRIES,
  ...USE_ENTRIES,
];

const BY_TARGET: ReadonlyMap<string, RouteEntry> = new Map(
  ROUTE_TABLE.map((entry) => [`${entry.method} ${entry.path}`, entry]),
);

/**
 * @param path as the router has it, with its parameters' names.
 * @returns `null` for a route that nobody described: to be refused, whoever asks.
 */
export const findRoute = (method: string, path: string): RouteEntry | null =>
  BY_TARGET.get(`${method === 'HEAD' ? 'GET' : method} ${path}`) ?? null;

/** Whether this role may call this route; never for a route that is not in the table. */
export const mayCall = (role: Role, method: string, path: string): boolean =>
  findRoute(method, path)?.roles.includes(role) ?? false;
