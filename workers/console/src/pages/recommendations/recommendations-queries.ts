import type { Recommendation } from '@sluice/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';

/** All of them, whatever was decided: there are a few for each kind. */
export const useRecommendations = () =>
  useQuery({
    queryKey: ['recommendations'],
    queryFn: () => answer(gateway.GET('/admin/v1/recommendations', {})),
  });

/** Reads a month of traces, which takes a while; the list is asked for again when it is done. */
export function useRun() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answer(gateway.POST('/admin/v1/recommendations/run', { body: {} })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['recommendations'] }),
  });
}

const path = (id: string) => ({ params: { path: { id } } });

export const applyRecommendation = (id: string): Promise<Recommendation> =>
  answer(gateway.POST('/admin/v1/recommendations/{id}/apply', { ...path(id), body: {} }));

/** @param snooze_days `null` = for good. */
export const dismissRecommendation = (id: string, snooze_days: number | null): Promise<Recommendation> =>
  answer(
    gateway.POST('/admin/v1/recommendations/{id}/dismiss', {
      ...path(id),
      body: snooze_days === null ? {} : { snooze_days },
    }),
  );

/** Takes the decision back; what was applied is as it was before. */
export const undoRecommendation = (id: string): Promise<Recommendation> =>
  answer(gateway.POST('/admin/v1/recommendations/{id}/undo', { ...path(id), body: {} }));
