import createFetchClient, { type Client, type ClientOptions } from 'openapi-fetch';
import type { paths } from './openapi.generated.ts';

/** What the routes answer, by name: `Key`, `Budget`, … */
export type * from './openapi.generated.ts';

export interface SluiceOptions extends Omit<ClientOptions, 'baseUrl'> {
  /** Of the gateway, without `/v1`; absent = of the page that this runs in. */
  base_url?: string;
  /** A virtual key for `/v1`, or an admin key for `/admin/v1`; absent = the session of the page. */
  key?: string;
}

export type SluiceClient = Client<paths>;

/**
 * Calls the gateway by the types of its own description: `client.GET('/admin/v1/keys', …)` answers
 * `{data, error, response}` and throws only when nothing came.
 */
export function createClient({ base_url = '', key, headers, ...options }: SluiceOptions = {}): SluiceClient {
  return createFetchClient<paths>({
    ...options,
    baseUrl: base_url,
    headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...plain(headers) },
  });
}

const plain = (headers: ClientOptions['headers']): Record<string, string> =>
  headers === undefined ? {} : Object.fromEntries(new Headers(headers as HeadersInit));
