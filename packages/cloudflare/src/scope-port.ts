import type { ScopePort, ScopeUsage } from '@sluice/contract';
import { within } from '@sluice/core/limits/within';

interface UsageStub {
  usage(config_version: number): Promise<ScopeUsage | null>;
  refresh(): Promise<void>;
}

const DEADLINE_MS = 1_500;
const LATE = `The ledger of a shared budget did not answer within ${DEADLINE_MS} ms.`;

/** @param namespace `env.SCOPE_LEDGER`, whose objects are `ScopeLedger`s. */
export function createScopePort(namespace: DurableObjectNamespace): ScopePort {
  const stubOf = (name: string): UsageStub => namespace.getByName(name) as unknown as UsageStub;
  return {
    usage: (name, config_version) => within(DEADLINE_MS, stubOf(name).usage(config_version), LATE),
    refresh: (name) => within(DEADLINE_MS, stubOf(name).refresh(), LATE),
  };
}
