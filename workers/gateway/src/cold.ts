import { createOrganizationPort } from '@sluice/cloudflare/d1/organization-port';
import { createTraceStore } from '@sluice/cloudflare/d1/traces';
import type { Env } from '@sluice/cloudflare/env';
import { withWorkersAi } from '@sluice/cloudflare/workers-ai-connection';
import type { OrganizationPort, TraceRecord } from '@sluice/contract';
import { PROVIDERS } from '@sluice/providers';
import { resolveBaseUrl } from '@sluice/providers/base-url';

/** Everything here is off the request path of a warm isolate, and imported only when it is first used. */

export function connectOrganizations(
  env: Env,
  configVersion: (organization_id: string) => number,
  aiToken: () => string,
): OrganizationPort {
  const providers = PROVIDERS.map((provider) => ({
    ...provider,
    resolveBaseUrl: (settings: Readonly<Record<string, string>>, region: string | null) =>
      resolveBaseUrl(provider, settings, region),
  }));
  const port = createOrganizationPort(env, { providers, configVersion, now_ms: () => Date.now() });
  return env.AI === undefined || env.SLUICE_UPSTREAMS ? port : withWorkersAi(port, aiToken);
}

export const findTrace = (
  env: Env,
  organization_id: string,
  request_id: string,
): Promise<TraceRecord | null> => createTraceStore(env.DB).find(organization_id, request_id);
