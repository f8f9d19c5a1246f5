import type { DeadEvent, Delivery, Webhook, WebhookWithSecret } from '@sluice/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import { toast, toastError } from '../../ui/toast.tsx';

const WEBHOOKS = ['webhooks'] as const;
/** No organization may have more. */
const WEBHOOKS_MAX = 50;

export const useWebhooks = () =>
  useQuery({
    queryKey: [...WEBHOOKS, 'list'],
    queryFn: async () =>
      (await answer(gateway.GET('/admin/v1/webhooks', { params: { query: { limit: WEBHOOKS_MAX } } }))).data,
  });

export const useWebhook = (id: string) =>
  useQuery({
    queryKey: [...WEBHOOKS, 'one', id],
    queryFn: () => answer(gateway.GET('/admin/v1/webhooks/{id}', { params: { path: { id } } })),
  });

export interface WebhookFields {
  name?: string;
  /** Absent = as it is. */
  url?: string;
  format?: Webhook['format'];
  events?: Webhook['events'];
  private_allowed?: boolean;
  region?: Webhook['region'];
  enabled?: boolean;
}

/** Changes to endpoints; what depends on them is read again after each. */
export function useWebhookChanges() {
  const queries = useQueryClient();
  const changed = async <T>(change: Promise<T>): Promise<T> => {
    try {
      return await change;
    } finally {
      await queries.invalidateQueries({ queryKey: WEBHOOKS });
    }
  };
  const patch = ({ id, etag }: Pick<Webhook, 'id' | 'etag'>, fields: WebhookFields): Promise<Webhook> =>
    changed(
      answer(
        gateway.PATCH('/admin/v1/webhooks/{id}', {
          params: { path: { id }, header: { 'if-match': etag } },
          body: fields,
        }),
      ),
    );
  const turn = async (webhook: Pick<Webhook, 'id' | 'etag' | 'name'>, enabled: boolean): Promise<void> => {
    try {
      const after = await patch(webhook, { enabled });
      toast(enabled ? `${after.name} is told again` : `${after.name} is paused`, {
        description: enabled
          ? 'What waited is sent now.'
          : 'Nothing new is planned for it; what waits goes once it is resumed.',
        action: { label: 'Undo', onSelect: () => void turn(after, !enabled) },
      });
    } catch (error) {
      toastError(error);
    }
  };
  return {
    create: (fields: WebhookFields & { url: string }): Promise<WebhookWithSecret> =>
      changed(answer(gateway.POST('/admin/v1/webhooks', { body: fields }))),
    change: patch,
    /** Says so, and offers to take it back. */
    turn,
    async remove(id: string): Promise<void> {
      await answer(gateway.DELETE('/admin/v1/webhooks/{id}', { params: { path: { id } } }));
      // Its own page is still there, and must not ask for what is gone.
      await queries.invalidateQueries({ queryKey: [...WEBHOOKS, 'list'] });
    },
    rotate: (id: string, overlap_seconds: number): Promise<WebhookWithSecret> =>
      changed(
        answer(
          gateway.POST('/admin/v1/webhooks/{id}/rotate', {
            params: { path: { id } },
            body: { overlap_seconds },
          }),
        ),
      ),
    replay: (id: string, delivery: string): Promise<Delivery> =>
      changed(
        answer(
          gateway.POST('/admin/v1/webhooks/{id}/deliveries/{delivery}/replay', {
            params: { path: { id, delivery } },
            body: {},
          }),
        ),
      ),
  };
}

/** Sends a `webhook.test` at once; nothing is stored. @throws Refusal */
export const testWebhook = (id: string) =>
  answer(gateway.POST('/admin/v1/webhooks/{id}/test', { params: { path: { id } }, body: {} }));

export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

/** Newest first. @param filter.state, filter.event `undefined` = any */
export const listDeliveries = (
  id: string,
  filter: { state: string | undefined; event: string | undefined },
  cursor: string | undefined,
): Promise<Page<Delivery>> =>
  answer(
    gateway.GET('/admin/v1/webhooks/{id}/deliveries', {
      params: { path: { id }, query: { ...filter, limit: 100, cursor } as never },
    }),
  );

/** Events that could not even be planned, newest first. */
export const listDeadEvents = (cursor: string | undefined): Promise<Page<DeadEvent>> =>
  answer(
    gateway.GET('/admin/v1/webhooks/dead-events', { params: { query: { limit: 100, cursor } as never } }),
  );
