import { GatewayError, type KeyRecord } from '@sluice/contract';
import { newId } from './new-id.ts';
import type { Admin, AdminPorts } from './ports.ts';
import { matchesEtag, renderAuditedKey } from './render-key.ts';

export interface KeyChange {
  admin: Admin;
  key_id: string;
  /** From `if-match` or the body; `null` = whatever is there is changed. */
  etag: string | null;
  /** For the audit log: `key.update`, `key.revoke`, … */
  action: string;
  /** Hash of a new secret; `null` = the secret stays. */
  secret_hash: string | null;
  /** @returns the key as it shall be; the same object when there is nothing to do. */
  apply: (key: KeyRecord) => KeyRecord;
}

const RACES_MAX = 3;

/**
 * Changes a stored key. A change that leaves the key as it is writes nothing, so that the same request can be sent
 * again until it is in force.
 * @throws GatewayError not_found, also for a key of another organization; conflict when the etag is old.
 */
export async function changeKey(ports: AdminPorts, change: KeyChange): Promise<KeyRecord> {
  const { admin, key_id, etag } = change;
  for (let race = 0; race < RACES_MAX; race++) {
    const before = await requireKey(ports, admin, key_id);
    if (etag !== null && !matchesEtag(etag, before.version)) throw lost();
    const applied = change.apply(before);
    const is_same = change.secret_hash === null && JSON.stringify(applied) === JSON.stringify(before);
    if (is_same) return before;
    const now_ms = ports.clock.now_ms();
    const after = { ...applied, version: before.version + 1, updated_at_ms: now_ms };
    const is_written = await ports.keys.update(after, change.secret_hash, {
      id: newId(ports, 'evt'),
      at_ms: now_ms,
      actor: `admin:${admin.id}`,
      action: change.action,
      target_type: 'key',
      target_id: key_id,
      before: renderAuditedKey(before),
      after: renderAuditedKey(after),
    });
    if (is_written) return after;
  }
  throw lost();
}

/** @throws GatewayError limits_unavailable when the change is stored, but the key's ledger could not be told. */
export async function putInForce(ports: AdminPorts, key_id: string): Promise<void> {
  try {
    await ports.keyPolicyChanged(key_id);
  } catch (cause) {
    throw new GatewayError(
      'limits_unavailable',
      'The change is saved, but not yet in force: the ledger of this key did not answer. Send the same request again.',
      { retry_after_ms: 1000, cause },
    );
  }
}

/** @throws GatewayError not_found */
export async function requireKey(ports: AdminPorts, admin: Admin, key_id: string): Promise<KeyRecord> {
  const key = await ports.keys.find(admin.organization_id, key_id);
  if (key === null) throw new GatewayError('not_found', 'There is no such key.');
  return key;
}

export const lost = () =>
  new GatewayError(
    'conflict',
    'Somebody else changed this in the meantime. Read it again, then repeat the change.',
  );
