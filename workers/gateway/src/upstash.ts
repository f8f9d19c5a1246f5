import type { AfterPort, ClockPort, RateLimitPort } from '@sluice/contract';
import { createUpstashRateLimitPort } from '@sluice/upstash/upstash-rate-limit-port';

/** Imported only where a Redis is set, so that nobody else's isolate has to parse its client. */
export const connectUpstash = (
  url: string,
  token: string,
  ports: { after: AfterPort; clock: ClockPort },
): RateLimitPort => createUpstashRateLimitPort({ url, token, ...ports });
