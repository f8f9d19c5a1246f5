/**
 * The key that the client shows, from any header that some SDK uses: OpenAI's, Anthropic's, Azure's, Google's.
 * Never from the URL, where logs would keep it.
 */
export function readCredential(headers: Headers): string | null {
  const bearer = headers.get('authorization');
  if (bearer !== null) return bearer.slice(0, 7).toLowerCase() === 'bearer ' ? bearer.slice(7).trim() : null;
  return headers.get('x-api-key') ?? headers.get('api-key') ?? headers.get('x-goog-api-key');
}
