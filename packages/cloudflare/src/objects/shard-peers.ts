import type { KeyPolicy, KeyUsage, ScopeUsage } from '@sluice/contract';
import { joinUsage, keyScopeOf, shardName, wholePolicy } from '@sluice/core/limits/shards';

/** What a split key's first ledger asks the others. */
interface ShardStub {
  usage(): Promise<KeyUsage | null>;
  refresh(): Promise<KeyPolicy | null>;
}

/** And the ledger of the budgets that they share. */
export interface KeyScopeStub {
  usage(): Promise<ScopeUsage | null>;
  refresh(): Promise<void>;
}

export interface ShardPeers {
  /** Of all of them, where `mine` is the first one's own; `mine` itself at any other. */
  usage(policy: KeyPolicy, mine: KeyUsage): Promise<KeyUsage>;
  /** Has all of them, and their shared budgets, read the key again. */
  refresh(policy: KeyPolicy): Promise<void>;
}

/** The other ledgers of a split key, as its first one reaches them; everybody else has none. */
export function createShardPeers(
  name: () => string,
  keys: DurableObjectNamespace | undefined,
  scopeOf: (name: string) => KeyScopeStub,
): ShardPeers {
  function others(policy: KeyPolicy): ShardStub[] {
    const { key_id, shards = 1 } = wholePolicy(policy);
    if (keys === undefined || name() !== key_id) return [];
    return Array.from(
      { length: shards - 1 },
      (_, at) => keys.getByName(shardName(key_id, at + 1)) as unknown as ShardStub,
    );
  }

  return {
    async usage(policy, mine) {
      const found = others(policy);
      if (found.length === 0) return mine;
      const scope = keyScopeOf(policy);
      const [parts, shared] = await Promise.all([
        Promise.all(found.map((one) => one.usage())),
        scope === null ? null : scopeOf(scope).usage(),
      ]);
      const known = [mine, ...parts].filter((part) => part !== null);
      return joinUsage(wholePolicy(policy), known, shared?.budgets ?? []);
    },

    async refresh(policy) {
      const scope = keyScopeOf(policy);
      const found = others(policy);
      if (found.length === 0) return;
      await Promise.all([
        ...found.map((one) => one.refresh()),
        scope === null ? null : scopeOf(scope).refresh(),
      ]);
    },
  };
}
