import type { FetchPort, Residency, WebhookRecord, WebhookResult, WebhookSecrets } from '@sluice/contract';
import { outsideProblem } from '@sluice/core/routing/residency';
import { createHostResolver } from '@sluice/core/webhooks/resolve-host';
import { sendWebhook } from '@sluice/core/webhooks/send-webhook';
import { type ResolveHost, webhookProblem } from '@sluice/core/webhooks/webhook-address';
import { privateUpstreamsAllowed } from './connections.ts';
import type { Env } from './env.ts';

export interface WebhookCallPorts {
  fetch: FetchPort;
  /** `null` = names are judged as names. */
  resolve: ResolveHost | null;
  /** The deployment allows endpoints that say so to be inside a private network. */
  private_upstreams: boolean;
  now_ms: () => number;
}

const RESOLVER_URL = 'https://cloudflare-dns.com/dns-query';

/** What calls to webhooks need, as this deployment is set. */
export const createWebhookCallPorts = (
  env: Pick<Env, 'SLUICE_DNS' | 'SLUICE_ENVIRONMENT' | 'SLUICE_PRIVATE_UPSTREAMS'>,
  fetch: FetchPort,
  now_ms: () => number,
): WebhookCallPorts => ({
  fetch,
  resolve: env.SLUICE_DNS === 'off' ? null : createHostResolver(fetch, env.SLUICE_DNS || RESOLVER_URL),
  private_upstreams: privateUpstreamsAllowed(env),
  now_ms,
});

/** Why the endpoint may not be called now; `null` = it may. */
export const endpointProblem = (
  url: string,
  webhook: Pick<WebhookRecord, 'private_allowed'>,
  { private_upstreams, resolve }: Pick<WebhookCallPorts, 'private_upstreams' | 'resolve'>,
): Promise<string | null> => webhookProblem(url, webhook.private_allowed && private_upstreams, resolve);

/** The secrets that sign now: during a rotation both. */
export const signingSecrets = (webhook: WebhookRecord, secrets: WebhookSecrets, now_ms: number): string[] =>
  secrets.previous_secret !== null && (webhook.previous_secret_expires_at_ms ?? 0) > now_ms
    ? [secrets.secret, secrets.previous_secret]
    : [secrets.secret];

export const refusedAddress = (problem: string): WebhookResult => ({
  ok: false,
  status: null,
  error: `Its address may not be called: ${problem}.`,
  duration_ms: 0,
  retry_after_ms: null,
  gone: false,
});

/**
 * One message to one endpoint, now, behind the check of its address. Never throws.
 * @param message `stays`: where it must stay, by each rule that holds for it.
 */
export async function callWebhook(
  webhook: WebhookRecord,
  secrets: WebhookSecrets,
  { stays, ...message }: { id: string; payload: string; stays: readonly Residency[] },
  ports: WebhookCallPorts,
): Promise<WebhookResult> {
  for (const residency of stays) {
    const outside = outsideProblem(webhook.region, residency);
    if (outside !== null) return refusedAddress(outside);
  }
  const problem = await endpointProblem(secrets.url, webhook, ports);
  if (problem !== null) return refusedAddress(problem);
  return await sendWebhook(
    {
      ...message,
      url: secrets.url,
      format: webhook.format,
      secrets: signingSecrets(webhook, secrets, ports.now_ms()),
    },
    ports,
  );
}
