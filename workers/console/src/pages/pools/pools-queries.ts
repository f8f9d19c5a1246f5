import type { Pool, PoolReport } from '@sluice/client';
import { answer, answerWithEtag } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import type { TimeRange } from '../../ui/time-range.tsx';

export const poolsQuery = {
  queryKey: ['pools'],
  queryFn: async (): Promise<{ pools: Pool[]; etag: string | null }> => {
    const { data, etag } = await answerWithEtag(gateway.GET('/admin/v1/pools', {}));
    return { pools: data.data, etag };
  },
};

const isoOf = (ms: number): string => new Date(ms).toISOString();

export const reportQuery = (name: string, range: TimeRange) => ({
  queryKey: ['pools', name, 'report', range.from_ms, range.to_ms],
  queryFn: (): Promise<PoolReport> =>
    answer(
      gateway.GET('/admin/v1/pools/{name}/report', {
        params: { path: { name }, query: { from: isoOf(range.from_ms), to: isoOf(range.to_ms) } },
      }),
    ),
});

export type PoolBody = Omit<Pool, 'model_name'>;

export const createPool = (body: PoolBody): Promise<Pool> =>
  answer(gateway.POST('/admin/v1/pools', { body }));

/** @param etag of the organization, as the list came with. */
export const changePool = (
  name: string,
  { name: _, ...body }: PoolBody,
  etag: string | null,
): Promise<Pool> =>
  answer(
    gateway.PATCH('/admin/v1/pools/{name}', {
      params: { path: { name }, header: { 'if-match': etag ?? undefined } },
      body,
    }),
  );

export const deletePool = (name: string) =>
  answer(gateway.DELETE('/admin/v1/pools/{name}', { params: { path: { name } } }));
