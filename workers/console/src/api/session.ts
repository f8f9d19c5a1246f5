import type { Session } from '@sluice/client';
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, Refusal } from './answer.ts';
import { gateway, setCsrfToken } from './gateway.ts';

export const SESSION = ['session'] as const;

/**
 * That somebody signed in here. The cookie itself no script sees, and asking without one is an error in the log of
 * the browser.
 */
const HINT = 'sluice.signed_in';

/** Who is signed in; `null` = nobody. */
export async function readSession(): Promise<Session | null> {
  if (localStorage.getItem(HINT) === null) return null;
  try {
    const session = await answer(gateway.GET('/admin/v1/session'));
    setCsrfToken(session.csrf_token);
    return session;
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) {
      localStorage.removeItem(HINT);
      return null;
    }
    throw error;
  }
}

/**
 * @param proof a link's token, or an admin key; neither = whoever Cloudflare Access vouches for, in this organization.
 * @throws Refusal for one that does not hold.
 */
export async function signIn(proof: {
  token?: string;
  key?: string;
  organization?: string;
}): Promise<Session> {
  const { key, ...body } = proof;
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const session = await answer(gateway.POST('/admin/v1/session', { body, headers }));
  setCsrfToken(session.csrf_token);
  localStorage.setItem(HINT, '1');
  return session;
}

/**
 * Takes an invitation, and signs in with the admin key that it gave.
 * @returns the key, which is shown once.
 * @throws Refusal for one that was taken, is over, or was taken back.
 */
export async function acceptInvitation(token: string): Promise<{ secret: string; session: Session }> {
  const { secret } = (await answer(
    gateway.POST('/admin/v1/invitations/accept', { body: { token } }),
  )) as unknown as { secret: string };
  return { secret, session: await signIn({ key: secret }) };
}

/** Of a page that is shown to nobody who is not signed in. */
export function useSession(): Session {
  const { data } = useQuery({ queryKey: SESSION, queryFn: readSession, staleTime: 5 * 60_000 });
  if (data === undefined || data === null) throw new Error('no session here');
  return data;
}

/** Shows the way in, and keeps nothing that whoever signs in next might not be meant to see. */
export function forgetSession(queries: QueryClient): void {
  setCsrfToken(null);
  localStorage.removeItem(HINT);
  queries.setQueryData(SESSION, null);
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
}

export function useSignOut(): (everywhere?: boolean) => Promise<void> {
  const queries = useQueryClient();
  return async (everywhere = false) => {
    await answer(
      everywhere ? gateway.DELETE('/admin/v1/sessions', {}) : gateway.DELETE('/admin/v1/session', {}),
    );
    forgetSession(queries);
  };
}
