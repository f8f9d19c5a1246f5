import { createOrganizationPort } from '@sluice/cloudflare/d1/organization-port';
import { createTraceStore } from '@sluice/cloudflare/d1/traces';
import type { Env } from '@sluice/cloudflare/env';
import { withWorkersAi } from '@sluice/cloudflare/workers-ai-connection';
import type { OrganizationPort, PriceChange, TraceRecord } from '@sluice/contract';
import { PROVIDERS } from '@sluice/providers';
import { resolveBaseUrl } from '@sluice/providers/base-url';
import type { Catalogue } from '@sluice/providers/catalogue/catalogue';
import { toRevision } from './price-revision.ts';

export { createBrowserTokens } from '@sluice/cloudflare/crypto/browser-tokens';

/** Everything here is off the request path of a warm isolate, and imported only when it is first used. */

export function connectOrganizations(
  env: Env,
  configVersion: (organization_id: string) => number,
  aiToken: () => string,
  catalogue: Catalogue,
): OrganizationPort {
  const providers = PROVIDERS.map((provider) => ({
    ...provider,
    resolveBaseUrl: (settings: Readonly<Record<string, string>>, region: string | null) =>
      resolveBaseUrl(provider, settings, region),
  }));
  const port = createOrganizationPort(env, {
    providers,
    configVersion,
    now_ms: () => Date.now(),
    pricesRead: revisePrices(catalogue),
  });
  return env.AI === undefined || env.SLUICE_UPSTREAMS ? port : withWorkersAi(port, aiToken);
}

/** Organizations are loaded more often than prices change: what is already known is not taken anew. */
function revisePrices(catalogue: Catalogue): (changes: PriceChange[]) => void {
  let known = '';
  return (changes) => {
    const ids = changes.map(({ id }) => id).join();
    if (ids === known) return;
    known = ids;
    catalogue.revise(changes.map(toRevision));
  };
}

export const findTrace = (
  env: Env,
  organization_id: string,
  request_id: string,
): Promise<TraceRecord | null> => createTraceStore(env.DB).find(organization_id, request_id);
