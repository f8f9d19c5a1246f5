import type { CreatedKey, Key, Project, paths, UsageReport } from '@sluice/client';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import { useMay } from '../../api/may.ts';

const PAGE = 100;
/** More keys than these are found by search of the API alone; the table says that there are more. */
const PAGES_MAX = 20;

export const KEYS = ['keys'] as const;

/** All keys, so that the table can sort and search them. */
async function listKeys(): Promise<{ keys: Key[]; has_more: boolean }> {
  const keys: Key[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const query = { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const { data, next_cursor } = await answer(gateway.GET('/admin/v1/keys', { params: { query } }));
    keys.push(...data);
    if (next_cursor === null) return { keys, has_more: false };
    cursor = next_cursor;
  }
  return { keys, has_more: true };
}

export const useKeys = () => useQuery({ queryKey: [...KEYS, 'all'], queryFn: listKeys });

export const PROJECTS = ['projects'] as const;

const listProjects = async (): Promise<Project[]> =>
  (await answer(gateway.GET('/admin/v1/projects', {}))).data;

export const useProjects = () => useQuery({ queryKey: PROJECTS, queryFn: listProjects });

const DAYS = 30;

/** What each one of a dimension spent in the last 30 days, by id; `undefined` = on its way, or not for this role. */
export function useSpendBy(dimension: 'key' | 'project') {
  const may = useMay()('GET /admin/v1/usage');
  const { data } = useQuery({
    queryKey: ['usage', 'by', dimension],
    enabled: may,
    queryFn: async () => {
      const from = new Date(Math.floor(Date.now() / 60_000) * 60_000 - DAYS * 86_400_000).toISOString();
      const query = { group_by: dimension, from, limit: 5_000 };
      return (await answer(gateway.GET('/admin/v1/usage', { params: { query } }))) as UsageReport;
    },
  });
  return useMemo(
    () => (data === undefined ? undefined : new Map(data.data.map((row) => [row[dimension] ?? '', row]))),
    [data, dimension],
  );
}

export type CreateKeyBody = paths['/admin/v1/keys']['post']['requestBody']['content']['application/json'];

/** The secret is in this answer, and in no other one. */
export const createKey = (body: CreateKeyBody): Promise<CreatedKey> =>
  answer(gateway.POST('/admin/v1/keys', { body }));
