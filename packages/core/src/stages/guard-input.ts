import type { GuardVerdict, KeyPolicy, OrganizationSettings } from '@sluice/contract';
import type { GuardAsk, Guarded } from '../guards/guard-request.ts';
import type { GatewayRequest } from '../request.ts';
import { nameRequest } from '../routing/named-model.ts';

export interface GuardPorts {
  /** Loads what judges: only where an organization has guards. Absent = this deployment has none. */
  guards?: (ask: GuardAsk, settings: OrganizationSettings) => Promise<Guarded>;
}

/**
 * Stage 2. The organization's guards on what the client said, before anything costs money: what they redact is gone
 * from here on. An organization without guards pays nothing for them.
 * @returns `null` = nobody looks at this request, nor at its answer.
 * @throws GatewayError guard_blocked
 */
export function guardInput(
  request: GatewayRequest,
  policy: KeyPolicy,
  settings: OrganizationSettings,
  ports: GuardPorts,
): Promise<Guarded> | null {
  const { guards: policies } = settings;
  if (policies === undefined || ports.guards === undefined) return null;
  const verdicts: GuardVerdict[] = [];
  request.verdicts = verdicts;
  const named = policies.some(({ assistants }) => assistants.length > 0)
    ? nameRequest(request, policy.key_id, settings).named
    : undefined;
  const assistant = named?.assistant?.name ?? null;
  return ports.guards({ request, policies, key_id: policy.key_id, assistant, verdicts }, settings);
}
