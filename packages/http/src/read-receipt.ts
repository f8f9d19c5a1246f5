import { GatewayError, type TraceRecord } from '@sluice/contract';
import { ledgerOf } from '@sluice/core/limits/shards';
import { renderReceipt } from '@sluice/core/receipt';
import type { AppPorts, KeyedRead } from './app.ts';

/** A request that is still open is waited for this long: its answer may have ended a moment ago elsewhere. */
const WAIT_MS = 3000;

/** `GET /v1/receipts/{id}`: from the ledger of the key that made the request, else from the organization's traces. */
export function readReceipt(
  ports: Pick<AppPorts, 'ledger' | 'flush' | 'findTrace'>,
  request_id: string,
): KeyedRead {
  return async ({ policy }) => {
    const ledger = ledgerOf(policy, request_id, policy.token !== undefined);
    await ports.flush(ledger);
    const json = await ports.ledger.record(ledger, request_id, WAIT_MS);
    const trace =
      json === null
        ? await ports.findTrace(policy.organization_id, request_id)
        : (JSON.parse(json) as TraceRecord);
    const { token } = policy;
    if (
      trace === null ||
      trace.organization_id !== policy.organization_id ||
      (token !== undefined && trace.token_id !== token.token_id)
    )
      throw new GatewayError(
        'not_found',
        'There is no receipt with this id, or it is not of this organization.',
      );
    return renderReceipt(trace);
  };
}
