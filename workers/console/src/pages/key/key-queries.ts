import type { BrowserToken, KeyDetail, paths, RotatedKey, UsageReport } from '@sluice/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import { useMay } from '../../api/may.ts';
import { KEYS } from '../keys/keys-queries.ts';

const ONE = '/admin/v1/keys/{id}';
export type KeyPatch = NonNullable<paths[typeof ONE]['patch']['requestBody']>['content']['application/json'];

/** One key with what it has used, read again while it is looked at. */
export const useKey = (id: string) =>
  useQuery({
    queryKey: [...KEYS, id],
    queryFn: (): Promise<KeyDetail> => answer(gateway.GET(ONE, { params: { path: { id } } })),
    refetchInterval: 10_000,
  });

/** Everything that shows this key is read again. */
export function useKeyChanged(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: KEYS });
}

type Versioned = Pick<KeyDetail, 'id' | 'etag'>;
const paramsOf = ({ id, etag }: Versioned) => ({ path: { id }, header: { 'if-match': etag } });

/** @throws Refusal 409 when somebody else changed it since it was read. */
export const changeKey = (key: Versioned, body: KeyPatch) =>
  answer(gateway.PATCH(ONE, { params: paramsOf(key), body }));

export const turnKey = (key: Versioned, verb: 'revoke' | 'disable' | 'enable') => {
  const params = paramsOf(key);
  const body = {};
  if (verb === 'revoke') return answer(gateway.POST('/admin/v1/keys/{id}/revoke', { params, body }));
  if (verb === 'disable') return answer(gateway.POST('/admin/v1/keys/{id}/disable', { params, body }));
  return answer(gateway.POST('/admin/v1/keys/{id}/enable', { params, body }));
};

/** The new secret is in this answer, and in no other one. */
export const rotateKey = (key: Versioned, overlap_seconds: number): Promise<RotatedKey> =>
  answer(gateway.POST('/admin/v1/keys/{id}/rotate', { params: paramsOf(key), body: { overlap_seconds } }));

export type TokenBody = NonNullable<
  paths['/admin/v1/keys/{id}/tokens']['post']['requestBody']
>['content']['application/json'];

export const createToken = (id: string, body: TokenBody): Promise<BrowserToken> =>
  answer(gateway.POST('/admin/v1/keys/{id}/tokens', { params: { path: { id } }, body }));

const DAYS = 30;

/** What the key did on each of the last 30 days. */
export function useKeyUsage(id: string) {
  const may = useMay()('GET /admin/v1/usage');
  return useQuery({
    queryKey: ['usage', 'key', id],
    enabled: may,
    queryFn: async () => {
      const from = new Date(Math.floor(Date.now() / 60_000) * 60_000 - DAYS * 86_400_000).toISOString();
      const query = { key: id, group_by: 'day', from };
      return (await answer(gateway.GET('/admin/v1/usage', { params: { query } }))) as UsageReport;
    },
  });
}

export async function listKeyTraces(id: string, cursor: string | undefined) {
  const query = { key: id, limit: 50, ...(cursor === undefined ? {} : { cursor }) };
  return await answer(gateway.GET('/admin/v1/traces', { params: { query } }));
}

/** In the order of their chain, from its beginning. */
export async function listReceipts(id: string, cursor: string | undefined) {
  const query = { limit: 100, ...(cursor === undefined ? {} : { after: Number(cursor) }) };
  const page = await answer(gateway.GET('/admin/v1/keys/{id}/receipts', { params: { path: { id }, query } }));
  return { data: page.data, next_cursor: page.next_after === null ? null : String(page.next_after) };
}
