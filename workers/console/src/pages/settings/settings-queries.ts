import type { Exporter, RateLimits, StoredSession, Tenant } from '@sluice/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import { useMay } from '../../api/may.ts';

export type Limits = RateLimits;

/** Where somebody is signed in as who is signed in here. */
export const useSessions = () =>
  useQuery({
    queryKey: ['sessions'],
    queryFn: async (): Promise<StoredSession[]> => (await answer(gateway.GET('/admin/v1/sessions', {}))).data,
  });

/** A link that signs in once, as whoever makes it. @throws Refusal */
export const createSignInLink = (ttl_seconds: number) =>
  answer(gateway.POST('/admin/v1/session/links', { body: { ttl_seconds } }));

/** What the deployment says of itself; nothing for those who may not ask. */
export function useDoctor() {
  const may = useMay();
  return useQuery({
    queryKey: ['doctor'],
    queryFn: () => answer(gateway.GET('/admin/v1/doctor', {})),
    enabled: may('GET /admin/v1/doctor'),
  });
}

export interface ReceiptKey {
  kid: string;
  /** Ed25519, base64url. */
  x: string;
  alg?: string;
}

export const useReceiptKeys = () =>
  useQuery({
    queryKey: ['receipt-keys'],
    queryFn: async (): Promise<ReceiptKey[]> => {
      const list = await answer(gateway.GET('/.well-known/sluice-receipt-keys.json', {}));
      return (list as unknown as { keys: ReceiptKey[] }).keys;
    },
  });

const EXPORTERS = ['telemetry'] as const;

export const useExporters = () =>
  useQuery({
    queryKey: EXPORTERS,
    queryFn: async (): Promise<Exporter[]> => (await answer(gateway.GET('/admin/v1/telemetry', {}))).data,
  });

export interface ExporterFields {
  name?: string;
  endpoint?: string;
  protocol?: Exporter['protocol'];
  signals?: Exporter['signals'];
  /** Absent = as they are. */
  headers?: Record<string, string>;
  sample_ratio?: number;
  capture_content?: boolean;
  private_allowed?: boolean;
  region?: Exporter['region'];
  enabled?: boolean;
}

/** Changes to exporters; the list is read again after each. */
export function useExporterChanges() {
  const queries = useQueryClient();
  const changed = async <T>(change: Promise<T>): Promise<T> => {
    try {
      return await change;
    } finally {
      await queries.invalidateQueries({ queryKey: EXPORTERS });
    }
  };
  return {
    create: (fields: ExporterFields & { endpoint: string }) =>
      changed(answer(gateway.POST('/admin/v1/telemetry', { body: fields }))),
    change: ({ id, etag }: Pick<Exporter, 'id' | 'etag'>, fields: ExporterFields): Promise<Exporter> =>
      changed(
        answer(
          gateway.PATCH('/admin/v1/telemetry/{id}', {
            params: { path: { id }, header: { 'if-match': etag } },
            body: fields,
          }),
        ),
      ),
    remove: (id: string) =>
      changed(answer(gateway.DELETE('/admin/v1/telemetry/{id}', { params: { path: { id } } }))),
    /** Sends an empty message at once. @throws Refusal */
    test: (id: string) =>
      answer(gateway.POST('/admin/v1/telemetry/{id}/test', { params: { path: { id } }, body: {} })),
  };
}

const TENANTS = ['organizations'] as const;

/** All organizations of the deployment, for whoever has its key. */
export const useTenants = (is_deployment: boolean) =>
  useQuery({
    queryKey: TENANTS,
    queryFn: async (): Promise<Tenant[]> => (await answer(gateway.GET('/admin/v1/organizations', {}))).data,
    enabled: is_deployment,
  });

export function useTenantChanges() {
  const queries = useQueryClient();
  const read = () => queries.invalidateQueries({ queryKey: TENANTS });
  return {
    /** @returns the secret of its first owner's admin key. @throws Refusal */
    async create(name: string): Promise<string> {
      const made = await answer(gateway.POST('/admin/v1/organizations', { body: { name } }));
      await read();
      return (made as unknown as { admin_key: { secret: string } }).admin_key.secret;
    },
    async createOwnerKey(id: string): Promise<string> {
      const made = await answer(
        gateway.POST('/admin/v1/organizations/{id}/owner-keys', { params: { path: { id } } }),
      );
      return (made as unknown as { secret: string }).secret;
    },
    async close(id: string): Promise<void> {
      await answer(gateway.POST('/admin/v1/organizations/{id}/close', { params: { path: { id } } }));
      await read();
    },
  };
}
