import {
  type BudgetView,
  GatewayError,
  type KeyPolicy,
  type OrganizationSettings,
  type ScopePort,
  type ScopeUsage,
} from '@sluice/contract';
import { findScopes } from '@sluice/core/budgets/find-scopes';

/**
 * Budgets that a key shares with others, as they stand: of its organization and project, and of whoever is named.
 * @throws GatewayError limits_unavailable when a ledger cannot be reached
 */
export async function readSharedBudgets(
  scopes: ScopePort | undefined,
  settings: Pick<OrganizationSettings, 'scope_rules' | 'config_version'>,
  policy: Pick<KeyPolicy, 'organization_id' | 'project_id'>,
  named: { user_id: string | null; session_id: string | null },
): Promise<BudgetView[]> {
  const found = findScopes(settings, policy, named, []);
  if (found === null || scopes === undefined) return [];
  try {
    const usages = await Promise.all(
      found.names.map((name) => readScopeUsage(scopes, name, settings.config_version)),
    );
    return usages.flatMap((usage) => usage?.budgets ?? []);
  } catch (cause) {
    throw new GatewayError(
      'limits_unavailable',
      'The ledger of a budget that this key shares did not answer. Try again in a moment.',
      { retry_after_ms: 1000, cause },
    );
  }
}

/** A ledger that knows of no budget may have read before there was one. @throws when it cannot be reached */
export async function readScopeUsage(
  scopes: ScopePort,
  name: string,
  config_version: number,
): Promise<ScopeUsage | null> {
  const usage = await scopes.usage(name, config_version);
  if (usage !== null) return usage;
  await scopes.refresh(name);
  return await scopes.usage(name, config_version);
}
