import { GatewayError, type Residency } from '@sluice/contract';

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
