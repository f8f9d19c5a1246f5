import { createReceiptSigner, type ReceiptSigner } from '@sluice/cloudflare/crypto/receipt-signer';
import type { ReceiptPorts } from '@sluice/cloudflare/d1/chain-receipts';
import { findReceipt } from '@sluice/cloudflare/d1/traces';
import type { Env } from '@sluice/cloudflare/env';
import { renderReceipt } from '@sluice/core/receipt';
import type { SignedReceipts } from '@sluice/http/read-receipt';

/** Once per isolate and secret: a key is imported only once. */
let known: { keys: string | undefined; signer: ReceiptSigner | null } | null = null;

/**
 * A key that cannot be read signs nothing, and must not keep traces from being stored: their receipts are signed when
 * they are read, once it can be, with no place in the chain.
 */
function findSigner(env: Env): ReceiptSigner | null {
  const keys = env.SLUICE_RECEIPT_KEYS;
  if (known !== null && known.keys === keys) return known.signer;
  let signer: ReceiptSigner | null = null;
  try {
    signer = createReceiptSigner(env);
  } catch (error) {
    console.error(JSON.stringify({ event: 'receipt_keys_unreadable', error: String(error) }));
  }
  known = { keys, signer };
  return signer;
}

/** What the consumer signs with; `null` = receipts are not signed. */
export function receiptPorts(env: Env): ReceiptPorts | null {
  const signer = findSigner(env);
  return signer === null ? null : { render: renderReceipt, signer };
}

/** What a reader of receipts asks. */
export function connectReceipts(env: Env): SignedReceipts {
  const signer = findSigner(env);
  return {
    find: (organization_id, request_id) => findReceipt(env.DB, organization_id, request_id),
    sign: async (receipt) => (signer === null ? receipt : (await signer.sign(receipt, null)).receipt),
    publicKeys: async () => (signer === null ? { keys: [] } : await signer.publicKeys()),
  };
}
