import { GatewayError, type Residency } from '@sluice/contract';
import { outsideProblem } from '@sluice/core/routing/residency';
import type { AdminPorts } from './ports.ts';

/**
 * A key narrows what its organization allows, and never widens it.
 * @throws GatewayError region_not_allowed
 */
export function requireNarrower(
  { residency }: { residency?: Residency | null },
  organization: { residency?: Residency | null },
): void {
  if (residency == null || organization.residency == null || residency === organization.residency) return;
  throw new GatewayError(
    'region_not_allowed',
    `Requests of this organization must stay in "${organization.residency}", so a key of it cannot be for "${residency}". Leave the residency of the key out, or set "${organization.residency}".`,
    { param: 'residency' },
  );
}

/**
 * What an organization has sent stays where the organization says, too. A key's own rule holds when it is sent.
 * @param param which member says where the receiver is
 * @throws GatewayError region_not_allowed
 */
export async function requireRegion(
  region: Residency | null | undefined,
  param: string,
  organization_id: string,
  { organizations }: Pick<AdminPorts, 'organizations'>,
): Promise<void> {
  const { config } = await organizations.require(organization_id);
  const problem = outsideProblem(region, config.residency);
  if (problem === null) return;
  throw new GatewayError(
    'region_not_allowed',
    `This organization sends nothing there: ${problem}. Say "${config.residency}" in "${param}" if the receiver is there, or name one that is.`,
    { param },
  );
}
