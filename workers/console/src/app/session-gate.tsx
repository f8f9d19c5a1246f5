import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { readSession, SESSION } from '../api/session.ts';
import { Failure } from '../ui/state.tsx';
import { SignInPage } from './sign-in-page.tsx';

/** Shows the pages to who is signed in, and to everybody else the way in; the address stays as it is. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { data, error, refetch } = useQuery({
    queryKey: SESSION,
    queryFn: readSession,
    staleTime: 5 * 60_000,
  });
  const has_link = location.hash.startsWith('#sign_in=') || location.hash.startsWith('#invitation=');
  if (data === null || (data === undefined && has_link)) return <SignInPage />;
  if (data !== undefined) return has_link ? <SignInPage /> : children;
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  return null;
}
