import { GatewayError, type Role } from '@sluice/contract';
import type { RouteEntry } from '../described/entry.ts';
import type { Admin } from './ports.ts';

/** @throws GatewayError forbidden for a route that this role may not call, and for one that nobody described. */
export function requireRole(admin: Pick<Admin, 'role'>, entry: RouteEntry | null): void {
  if (entry?.roles.includes(admin.role)) return;
  throw new GatewayError(
    'forbidden',
    `The role ${admin.role} may not do this${entry === null ? '' : `; these may: ${entry.roles.join(', ')}`}.`,
  );
}

/** Only owners make, change and end owners. @throws GatewayError forbidden */
export function requireMayRule(admin: Pick<Admin, 'role'>, ...roles: Role[]): void {
  if (admin.role !== 'owner' && roles.includes('owner'))
    throw new GatewayError('forbidden', 'Only an owner can give or take the role owner.');
}

/** @throws GatewayError forbidden for everybody but whoever has the key of the deployment. */
export function requireDeployment(admin: Pick<Admin, 'is_deployment'>, may: boolean): void {
  if (!admin.is_deployment || !may)
    throw new GatewayError('forbidden', 'Only the key of the deployment itself can do this.');
}
