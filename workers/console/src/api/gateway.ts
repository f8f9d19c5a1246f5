import { createClient, type SluiceClient } from '@sluice/client';

/** What a change has to show besides the cookie; told by `GET /admin/v1/session`, kept in memory only. */
let csrf_token: string | null = null;

export function setCsrfToken(token: string | null): void {
  csrf_token = token;
}

/** Runs when the gateway says that nobody is signed in (any more). */
let onSignedOut: () => void = () => {};

export function setOnSignedOut(run: () => void): void {
  onSignedOut = run;
}

/** The browser's `fetch`, with what the session needs: for the client and for what it cannot do (downloads, streams). */
export async function fetchGateway(input: Request): Promise<Response> {
  const request = new Request(input);
  if (csrf_token !== null && request.method !== 'GET' && request.method !== 'HEAD')
    request.headers.set('x-csrf-token', csrf_token);
  const response = await fetch(request);
  if (response.status === 401 && !new URL(request.url).pathname.startsWith('/v1/')) onSignedOut();
  return response;
}

/** The administration API, typed by its own description. Wrap each call in {@link answer}. */
export const gateway: SluiceClient = createClient({
  base_url: globalThis.location?.origin ?? '',
  fetch: fetchGateway,
});
