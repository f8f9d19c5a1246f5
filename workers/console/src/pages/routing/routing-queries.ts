import type { Chain, Organization, paths, Simulation, Split, UsageReport } from '@sluice/client';
import { useQueryClient } from '@tanstack/react-query';
import { answer, answerWithEtag } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import type { TimeRange } from '../../ui/time-range.tsx';

type Body<P extends keyof paths, M extends 'post' | 'patch'> =
  paths[P] extends Record<M, { requestBody?: { content: { 'application/json': infer B } } }> ? B : never;

export type OrganizationPatch = Body<'/admin/v1/organization', 'patch'>;
export type RoutingPatch = NonNullable<OrganizationPatch['routing']>;
export type ChainBody = Omit<Chain, 'model_name'>;
export type SplitBody = Omit<Split, 'model_name'>;
export type AssistantBody = Body<'/admin/v1/assistants', 'post'>;
/** The change that recorded requests are routed again with. */
export type SimulationRouting = Partial<NonNullable<Body<'/admin/v1/routing/simulate', 'post'>['routing']>>;

/** Of the newest requests of the last seven days. */
export const SAMPLE = 500;

export const simulate = (routing: SimulationRouting): Promise<Simulation> =>
  answer(
    gateway.POST('/admin/v1/routing/simulate', {
      body: { sample: SAMPLE, prices: {}, routing: { chains: [], splits: [], assistants: [], ...routing } },
    }),
  );

export const organizationQuery = {
  queryKey: ['organization', 'routing'],
  queryFn: async (): Promise<{ organization: Organization; etag: string | null }> => {
    const { data, etag } = await answerWithEtag(gateway.GET('/admin/v1/organization', {}));
    return { organization: data, etag };
  },
};

/** @throws Refusal 409 when somebody else changed it since it was read. */
export const changeOrganization = (body: OrganizationPatch, etag: string | null): Promise<Organization> =>
  answer(
    gateway.PATCH('/admin/v1/organization', { params: { header: { 'if-match': etag ?? undefined } }, body }),
  );

export const chainsQuery = {
  queryKey: ['chains'],
  queryFn: async () => {
    const { data, etag } = await answerWithEtag(gateway.GET('/admin/v1/chains', {}));
    return { rows: data.data, etag };
  },
};
export const splitsQuery = {
  queryKey: ['splits'],
  queryFn: async () => {
    const { data, etag } = await answerWithEtag(gateway.GET('/admin/v1/splits', {}));
    return { rows: data.data, etag };
  },
};
export const assistantsQuery = {
  queryKey: ['assistants'],
  queryFn: async () => {
    const { data, etag } = await answerWithEtag(gateway.GET('/admin/v1/assistants', {}));
    return { rows: data.data, etag };
  },
};

/** One of these is what is changed: `etag` is of the list that it was read with. */
const of = (name: string, etag: string | null) => ({
  params: { path: { name }, header: { 'if-match': etag ?? undefined } },
});
const named = (name: string) => ({ params: { path: { name } } });

export const createChain = (body: ChainBody) => answer(gateway.POST('/admin/v1/chains', { body }));
export const changeChain = ({ name, ...body }: ChainBody, etag: string | null) =>
  answer(gateway.PATCH('/admin/v1/chains/{name}', { ...of(name, etag), body }));
export const deleteChain = (name: string) => answer(gateway.DELETE('/admin/v1/chains/{name}', named(name)));

export const createSplit = (body: SplitBody) => answer(gateway.POST('/admin/v1/splits', { body }));
export const changeSplit = ({ name, ...body }: SplitBody, etag: string | null) =>
  answer(gateway.PATCH('/admin/v1/splits/{name}', { ...of(name, etag), body }));
export const deleteSplit = (name: string) => answer(gateway.DELETE('/admin/v1/splits/{name}', named(name)));

export const createAssistant = (body: AssistantBody) =>
  answer(gateway.POST('/admin/v1/assistants', { body }));
export const changeAssistant = ({ name, ...body }: AssistantBody, etag: string | null) =>
  answer(gateway.PATCH('/admin/v1/assistants/{name}', { ...of(name, etag), body }));
export const deleteAssistant = (name: string) =>
  answer(gateway.DELETE('/admin/v1/assistants/{name}', named(name)));

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** What each arm came to, as `NAME/ARM`. */
export const splitUsageQuery = (range: TimeRange) => ({
  queryKey: ['splits', 'usage', range.from_ms, range.to_ms],
  queryFn: async (): Promise<UsageReport['data']> => {
    const query = { group_by: 'split', from: isoOf(range.from_ms), to: isoOf(range.to_ms) };
    return ((await answer(gateway.GET('/admin/v1/usage', { params: { query } }))) as UsageReport).data;
  },
});

/** To be called after every change of what decides about requests. */
export function useRoutingChanged(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await Promise.all(
      ['organization', 'chains', 'splits', 'assistants'].map((name) =>
        queries.invalidateQueries({ queryKey: [name] }),
      ),
    );
  };
}
