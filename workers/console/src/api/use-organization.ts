import type { Organization } from '@sluice/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, answerWithEtag } from './answer.ts';
import { gateway } from './gateway.ts';

export const ORGANIZATION = ['organization', 'settings'] as const;

/** The organization's settings with their version. */
export const useOrganization = () =>
  useQuery({
    queryKey: ORGANIZATION,
    queryFn: () => answerWithEtag(gateway.GET('/admin/v1/organization', {})),
  });

/** Changes settings; nothing changes if somebody else was faster since `etag`. @throws Refusal */
export function useOrganizationChange() {
  const queries = useQueryClient();
  return async (changes: object, etag: string | null): Promise<Organization> => {
    try {
      return await answer(
        gateway.PATCH('/admin/v1/organization', {
          params: { header: etag === null ? {} : { 'if-match': etag } },
          body: changes as never,
        }),
      );
    } finally {
      // Also after a refusal: it may be one because somebody else was faster.
      await Promise.all(
        ['organization', 'cache', 'guards'].map((name) => queries.invalidateQueries({ queryKey: [name] })),
      );
    }
  };
}
