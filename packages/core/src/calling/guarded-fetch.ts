import { type Connection, type FetchPort, GatewayError } from '@sluice/contract';
import { addressProblem } from '../upstream-address.ts';

/**
 * What a provider may fetch with while it prepares a call. Where a token comes from can be written in a credential
 * that somebody pasted, so these addresses are judged like base URLs, and by the same permission.
 */
export const guardedFetch =
  (fetch: FetchPort, connection: Connection): FetchPort =>
  (url, init) => {
    requireAddress(url, connection);
    return fetch(url, init);
  };

/** @throws GatewayError forbidden when a prepared call has left its base URL for an address that may not be called. */
export function requireOwnAddress(url: string, connection: Connection): void {
  if (!url.startsWith(connection.base_url)) requireAddress(url, connection);
}

function requireAddress(url: string, connection: Connection): void {
  const problem = addressProblem(url.replace(/[?#].*$/s, ''), connection.private_allowed);
  if (problem !== null)
    throw new GatewayError(
      'forbidden',
      `An address that this credential leads to may not be called: ${problem}.`,
    );
}
