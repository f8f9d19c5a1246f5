import type { Anomaly, Reconciliation, ReconciliationSummary, SpendReport } from '@sluice/client';
import { useQuery } from '@tanstack/react-query';
import { answer, readRefusal } from '../../api/answer.ts';
import { fetchGateway, gateway } from '../../api/gateway.ts';
import { useMay } from '../../api/may.ts';
import { stringifySearch } from '../../app/search.ts';
import { formatMoney } from '../../ui/format.ts';
import { queryOf, type Span } from '../overview/usage-queries.ts';

/** What spend can be split by, with its word. */
export const DIMENSIONS = {
  key: 'Key',
  project: 'Project',
  user: 'User',
  model: 'Model',
  provider: 'Provider',
  connection: 'Connection',
  session: 'Session',
  door: 'Door',
  split: 'Split',
} as const;
export type Dimension = keyof typeof DIMENSIONS;

/** Writes dollars in the currency that the page is read in, by the organization's own rate. */
export function useMoney(currency: string | undefined) {
  const { data } = useQuery({
    queryKey: ['organization', 'money'],
    queryFn: () => answer(gateway.GET('/admin/v1/organization')),
    enabled: useMay()('GET /admin/v1/organization'),
    staleTime: 60_000,
  });
  const chosen = (currency ?? data?.currency) === 'eur' && data !== undefined ? 'eur' : 'usd';
  const rate = chosen === 'eur' && data !== undefined ? data.usd_per_eur : 1;
  return {
    currency: chosen,
    time_zone: data?.time_zone ?? 'UTC',
    rate,
    can_change: data !== undefined,
    format: (usd: number | null | undefined) =>
      formatMoney(usd === null || usd === undefined ? null : usd / rate, chosen),
  };
}
export type Money = ReturnType<typeof useMoney>;

/** By day, far enough back for a forecast and for the month before. */
export const useDays = () =>
  useQuery({
    queryKey: ['spend', 'days'],
    queryFn: async () => {
      const query = { group_by: 'day', from: new Date(Date.now() - 65 * 86_400_000).toISOString() };
      return (await answer(gateway.GET('/admin/v1/spend', { params: { query } }))) as SpendReport;
    },
  });

export const spendExportUrl = (span: Span, by: string): string =>
  `/admin/v1/spend${stringifySearch({ ...queryOf(span), group_by: by, format: 'csv' })}`;

export const listAnomalies = async (cursor: string | undefined) =>
  (await answer(gateway.GET('/admin/v1/anomalies', { params: { query: { limit: 50, cursor } } }))) as {
    data: Anomaly[];
    next_cursor: string | null;
  };

export const useStatements = () =>
  useQuery({
    queryKey: ['statements'],
    queryFn: async () => (await answer(gateway.GET('/admin/v1/statements'))).data,
  });

export const listReconciliations = async (cursor: string | undefined) =>
  (await answer(gateway.GET('/admin/v1/reconciliations', { params: { query: { limit: 50, cursor } } }))) as {
    data: ReconciliationSummary[];
    next_cursor: string | null;
  };

export const useReconciliation = (id: string | undefined) =>
  useQuery({
    queryKey: ['reconciliations', id],
    queryFn: () =>
      answer(gateway.GET('/admin/v1/reconciliations/{id}', { params: { path: { id: id ?? '' } } })),
    enabled: id !== undefined,
  });

/** @throws Refusal for a file that is no export of a provider. */
export async function importBill(file: File): Promise<Reconciliation> {
  const response = await fetchGateway(
    new Request('/admin/v1/reconciliations', {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: file,
    }),
  );
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw readRefusal(response, body);
  return body as Reconciliation;
}
