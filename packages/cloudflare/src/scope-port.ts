import type { ScopePort, ScopeUsage } from '@sluice/contract';

interface UsageStub {
  usage(config_version: number): Promise<ScopeUsage | null>;
  refresh(): Promise<void>;
}

const DEADLINE_MS = 1_500;

/** @param namespace `env.SCOPE_LEDGER`, whose objects are `ScopeLedger`s. */
export function createScopePort(namespace: DurableObjectNamespace): ScopePort {
  const stubOf = (name: string): UsageStub => namespace.getByName(name) as unknown as UsageStub;
  return {
    usage: (name, config_version) => within(stubOf(name).usage(config_version)),
    refresh: (name) => within(stubOf(name).refresh()),
  };
}

function within<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = new Error(`The ledger of a shared budget did not answer within ${DEADLINE_MS} ms.`);
    const timer = setTimeout(() => reject(late), DEADLINE_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
