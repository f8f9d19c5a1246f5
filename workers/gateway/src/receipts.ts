import { createReceiptSigner, type ReceiptSigner } from '@sluice/cloudflare/crypto/receipt-signer';
import type { ReceiptPorts } from '@sluice/cloudflare/d1/chain-receipts';
import { findReceipt } from '@sluice/cloudflare/d1/traces';
import type { Env } from '@sluice/cloudflare/env';
import { renderReceipt } from '@sluice/core/receipt';
import type { SignedReceipts } from '@sluice/http/read-receipt';

/** Once per isolate: a key is imported only once. */
let signer: ReceiptSigner | null | undefined;

/** A key that cannot be read signs nothing, and must not keep traces from being stored. */
function requireSigner(env: Env): ReceiptSigner | null {
  if (signer !== undefined) return signer;
  try {
    signer = createReceiptSigner(env);
  } catch (error) {
    console.error(JSON.stringify({ event: 'receipt_keys_unreadable', error: String(error) }));
    signer = null;
  }
  return signer;
}

/** What the consumer signs with; `null` = receipts are not signed. */
export function receiptPorts(env: Env): ReceiptPorts | null {
  const known = requireSigner(env);
  return known === null ? null : { render: renderReceipt, signer: known };
}

/** What a reader of receipts asks. */
export function connectReceipts(env: Env): SignedReceipts {
  const known = requireSigner(env);
  return {
    find: (organization_id, request_id) => findReceipt(env.DB, organization_id, request_id),
    sign: async (receipt) => (known === null ? receipt : (await known.sign(receipt, null)).receipt),
    publicKeys: async () => (known === null ? { keys: [] } : await known.publicKeys()),
  };
}
