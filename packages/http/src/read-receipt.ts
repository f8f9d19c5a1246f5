import { GatewayError, type KeyPolicy, type TraceRecord } from '@sluice/contract';
import { ledgerOf } from '@sluice/core/limits/shards';
import { renderReceipt } from '@sluice/core/receipt';
import type { AppPorts, KeyedRead } from './app.ts';

/** A request that is still open is waited for this long: its answer may have ended a moment ago elsewhere. */
const WAIT_MS = 3000;

/** Receipts that were signed, and what signs the others. */
export interface SignedReceipts {
  /** As it was signed and chained when its trace was stored; `null` = it is not stored yet, or no longer. */
  find: (organization_id: string, request_id: string) => Promise<Record<string, unknown> | null>;
  /** Signs without a place in the chain; where there is no key, what comes back is not signed. */
  sign: (receipt: Record<string, unknown>) => Promise<Record<string, unknown>>;
  /** JWKS. */
  publicKeys: () => Promise<{ keys: unknown[] }>;
}

const NO_RECEIPT = 'There is no receipt with this id, or it is not of this organization.';

/**
 * `GET /v1/receipts/{id}`: as it was signed into the chain of its key. Before its trace is stored, and while the
 * database is away, from the ledger of the key: signed then, too, with `chain: null`.
 */
export function readReceipt(
  ports: Pick<AppPorts, 'ledger' | 'flush' | 'findTrace' | 'receipts'>,
  request_id: string,
): KeyedRead {
  return async ({ policy }) => {
    const { organization_id, token } = policy;
    const receipts = await ports.receipts();
    const chained = await receipts.find(organization_id, request_id).catch(logUnread);
    if (chained !== null) {
      if (token !== undefined && chained['token_id'] !== token.token_id)
        throw new GatewayError('not_found', NO_RECEIPT);
      return chained;
    }
    const trace = await findOwnTrace(ports, policy, request_id);
    if (trace === null) throw new GatewayError('not_found', NO_RECEIPT);
    return await receipts.sign(renderReceipt(trace));
  };
}

function logUnread(error: unknown): null {
  console.error(JSON.stringify({ event: 'receipt_not_read', error: String(error) }));
  return null;
}

/** From the ledger of the key that made the request, else from the organization's traces; `null` = not the caller's. */
export async function findOwnTrace(
  ports: Pick<AppPorts, 'ledger' | 'flush' | 'findTrace'>,
  policy: KeyPolicy,
  request_id: string,
): Promise<TraceRecord | null> {
  const { organization_id, token } = policy;
  const ledger = ledgerOf(policy, request_id, token !== undefined);
  await ports.flush(ledger);
  const json = await ports.ledger.record(ledger, request_id, WAIT_MS);
  const trace =
    json === null ? await ports.findTrace(organization_id, request_id) : (JSON.parse(json) as TraceRecord);
  if (trace === null || trace.organization_id !== organization_id) return null;
  return token !== undefined && trace.token_id !== token.token_id ? null : trace;
}
