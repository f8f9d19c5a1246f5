import type { Budget, Project, paths } from '@sluice/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import { PROJECTS } from '../keys/keys-queries.ts';

export const BUDGETS = ['budgets'] as const;
const PAGES_MAX = 10;

/** All budgets that keys share. */
async function listBudgets(): Promise<Budget[]> {
  const budgets: Budget[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const query = { limit: 100, ...(cursor === undefined ? {} : { cursor }) };
    const { data, next_cursor } = await answer(gateway.GET('/admin/v1/budgets', { params: { query } }));
    budgets.push(...data);
    if (next_cursor === null) break;
    cursor = next_cursor;
  }
  return budgets;
}

export const useBudgets = () =>
  useQuery({ queryKey: BUDGETS, queryFn: listBudgets, refetchInterval: 15_000 });

export function useProjectsChanged(): () => void {
  const queries = useQueryClient();
  return () => {
    void queries.invalidateQueries({ queryKey: PROJECTS });
    void queries.invalidateQueries({ queryKey: BUDGETS });
    void queries.invalidateQueries({ queryKey: ['keys'] });
  };
}

const ONE = '/admin/v1/projects/{id}';
type ProjectPatch = NonNullable<paths[typeof ONE]['patch']['requestBody']>['content']['application/json'];

export const createProject = (name: string): Promise<Project> =>
  answer(gateway.POST('/admin/v1/projects', { body: { name } }));

export const changeProject = (id: string, body: ProjectPatch): Promise<Project> =>
  answer(gateway.PATCH(ONE, { params: { path: { id } }, body }));

export type BudgetBody = paths['/admin/v1/budgets']['post']['requestBody']['content']['application/json'];

/** @returns whether everybody knows of it already. */
export const createBudget = (body: BudgetBody) => answer(gateway.POST('/admin/v1/budgets', { body }));

type BudgetPatch = NonNullable<
  paths['/admin/v1/budgets/{id}']['patch']['requestBody']
>['content']['application/json'];

const paramsOf = ({ id, etag }: Pick<Budget, 'id' | 'etag'>) => ({
  path: { id },
  header: { 'if-match': etag },
});

/** @throws Refusal 409 when somebody else changed it since it was read. */
export const changeBudget = (budget: Pick<Budget, 'id' | 'etag'>, body: BudgetPatch) =>
  answer(gateway.PATCH('/admin/v1/budgets/{id}', { params: paramsOf(budget), body }));

export const removeBudget = (budget: Pick<Budget, 'id' | 'etag'>) =>
  answer(gateway.DELETE('/admin/v1/budgets/{id}', { params: paramsOf(budget) }));

/** What one user, model or session has used of a budget that is each one's own. */
export const readBudgetUsage = (id: string, subject: string) =>
  answer(gateway.GET('/admin/v1/budgets/{id}/usage', { params: { path: { id }, query: { subject } } }));
