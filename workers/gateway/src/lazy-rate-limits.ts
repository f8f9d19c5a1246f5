import type { RateLimitPort } from '@sluice/contract';

/** Rate limits whose backend is imported with the first request that has some; they ask for keys' own, too. */
export function lazyRateLimits(load: () => Promise<RateLimitPort>): RateLimitPort {
  let port: RateLimitPort | null = null;
  return {
    with_keys: true,
    take(ask) {
      if (port !== null) return port.take(ask);
      // Not shared while it loads: one request must not wait on what another one started.
      return load().then((loaded) => {
        port ??= loaded;
        return port.take(ask);
      });
    },
    // Only what was taken comes back, and by then it is there.
    giveBack: (parts) => port?.giveBack(parts),
    settle: (parts, used) => port?.settle(parts, used),
  };
}
