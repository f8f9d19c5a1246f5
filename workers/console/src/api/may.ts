import { ROUTE_ROLES } from '@sluice/client/route-roles.generated';
import { useSession } from './session.ts';

type Target = keyof typeof ROUTE_ROLES;

/**
 * Whether who is signed in may call a route, by the gateway's own table: `useMay()('POST /admin/v1/keys')`. What it
 * says decides what is shown; what is allowed, the gateway decides.
 */
export function useMay(): (target: Target) => boolean {
  const { role } = useSession();
  return (target) => (ROUTE_ROLES[target] as readonly string[]).includes(role);
}
