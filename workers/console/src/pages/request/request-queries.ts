import type { Receipt, Trace } from '@sluice/client';
import { useQuery } from '@tanstack/react-query';
import { answer, Refusal } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import { verifySignature } from './verify-signature.ts';

/** A request is stored a few seconds after it ended: so long it is asked for again. */
const ASK_TIMES = 12;
const ASK_MS = 2_000;

const isMissing = (error: unknown): boolean => error instanceof Refusal && error.status === 404;

export function useTrace(id: string) {
  const query = useQuery({
    queryKey: ['traces', 'one', id],
    queryFn: (): Promise<Trace> => answer(gateway.GET('/admin/v1/traces/{id}', { params: { path: { id } } })),
    retry: (count, error) => (isMissing(error) ? count < ASK_TIMES : count < 2),
    retryDelay: ASK_MS,
  });
  return { ...query, is_awaited: query.isPending && isMissing(query.failureReason) };
}

/** What a receipt's signature is worth, found out here: the gateway is not asked for its opinion. */
export interface Signed {
  receipt: Receipt;
  /** `unsigned`: no key; `valid`, `broken`; `unknown`: this browser or the key list has not what it takes. */
  state: 'unsigned' | 'valid' | 'broken' | 'unknown';
}

export const useReceipt = (id: string) =>
  useQuery({
    queryKey: ['traces', 'receipt', id],
    queryFn: async (): Promise<Signed> => {
      const receipt = await answer(
        gateway.GET('/admin/v1/traces/{id}/receipt', { params: { path: { id } } }),
      );
      if (receipt.signature === null) return { receipt, state: 'unsigned' };
      const { keys } = (await answer(
        gateway.GET('/.well-known/sluice-receipt-keys.json', {}),
      )) as unknown as { keys: { kid?: string; x?: string }[] };
      return { receipt, state: await verifySignature(receipt, keys) };
    },
  });
