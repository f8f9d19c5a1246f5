import type { FetchPort } from '@sluice/contract';
import type { ResolveHost } from './webhook-address.ts';

const TIMEOUT_MS = 3_000;
const TYPE_A = 1;
const TYPE_AAAA = 28;
const NO_ERROR = 0;
const NO_SUCH_NAME = 3;

/**
 * DNS over HTTPS, in the JSON form that Cloudflare and Google both answer (their documentation, read 2026-11-21).
 * @param url of the resolver, as `https://cloudflare-dns.com/dns-query`.
 */
export function createHostResolver(fetch: FetchPort, url: string): ResolveHost {
  async function ask(host: string, type: number): Promise<string[]> {
    const response = await fetch(`${url}?name=${encodeURIComponent(host)}&type=${type}`, {
      headers: { accept: 'application/dns-json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = (await response.json()) as { Status?: number; Answer?: { type: number; data: string }[] };
    if (answer.Status !== NO_ERROR && answer.Status !== NO_SUCH_NAME)
      throw new Error(`DNS answered ${answer.Status}.`);
    return (answer.Answer ?? []).filter((one) => one.type === type).map((one) => one.data);
  }
  return async (host) => (await Promise.all([ask(host, TYPE_A), ask(host, TYPE_AAAA)])).flat();
}
