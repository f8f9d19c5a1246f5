import type { WebhookFormat } from '@sluice/contract';
import { addressProblem } from '../upstream-address.ts';

/** Every IPv4 and IPv6 address of a host name; none = it has none. @throws Error when nobody could be asked. */
export type ResolveHost = (host: string) => Promise<string[]>;

const PORTS = new Set(['', '443', '8443']);
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;

/**
 * Why a webhook's URL may not be called, as far as it can be read off the URL; `null` = it may. Whoever creates a
 * webhook chooses where this gateway sends requests to: https, the usual ports, and no address inside.
 * @param private_allowed opens private networks, http and every port; what hands out credentials stays closed.
 */
export function webhookUrlProblem(url: string, private_allowed: boolean): string | null {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return 'it is not a URL';
  }
  if (parsed.protocol !== 'https:' && !(private_allowed && parsed.protocol === 'http:'))
    return 'it is not https';
  if (parsed.hash !== '' || url.includes('#')) return 'it holds a fragment';
  // Chat services sign their addresses in the query, so that it may stay.
  const [before_query = ''] = url.split('?');
  const problem = addressProblem(before_query, private_allowed);
  if (problem !== null) return problem;
  if (!private_allowed && !PORTS.has(parsed.port)) return 'its port is neither 443 nor 8443';
  return null;
}

/**
 * As above, and where its name leads now. To be asked when it is saved and before each call: a name that led outside
 * then may lead inside now. What is looked up here and what `fetch` looks up a moment later are two questions, so a
 * small window remains.
 * @param resolve `null` = names are judged as names.
 */
export async function webhookProblem(
  url: string,
  private_allowed: boolean,
  resolve: ResolveHost | null,
): Promise<string | null> {
  return webhookUrlProblem(url, private_allowed) ?? (await hostProblem(url, private_allowed, resolve));
}

/**
 * Why the name in a URL leads where it may not; `null` = it does not, or nobody looks names up.
 * @throws TypeError when it is no URL
 */
export async function hostProblem(
  url: string,
  private_allowed: boolean,
  resolve: ResolveHost | null,
): Promise<string | null> {
  if (resolve === null || private_allowed) return null;
  const host = new URL(url).hostname.replace(/\.+$/, '');
  if (host.startsWith('[') || IPV4.test(host)) return null;
  let addresses: string[];
  try {
    addresses = await resolve(host);
  } catch {
    return 'its host name could not be looked up';
  }
  if (addresses.length === 0) return 'its host name has no address';
  const is_inside = addresses.some(
    (address) =>
      addressProblem(`https://${address.includes(':') ? `[${address}]` : address}/`, false) !== null,
  );
  return is_inside ? 'its host name leads into a private network' : null;
}

/**
 * What of a URL may be shown: a chat service's path and any query let in whoever knows them.
 * @throws TypeError when it is no URL.
 */
export function shownUrl(url: string, format: WebhookFormat): string {
  const { origin, pathname, search } = new URL(url);
  return format === 'standard' ? `${origin}${pathname}${search === '' ? '' : '?…'}` : `${origin}/…`;
}
