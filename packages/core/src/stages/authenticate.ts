import { type ClockPort, GatewayError, type KeyPolicy } from '@sluice/contract';
import { isAddressAllowed } from '../ip-allowlist.ts';
import type { GatewayRequest } from '../request.ts';

/** Policies as this isolate knows them. */
export interface KeyCachePort {
  /**
   * Reads a credential: format and checksum, then its hash, both remembered.
   * @returns `null` for anything that cannot be a virtual key; no storage is touched for it.
   */
  identify(
    credential: string,
  ): Promise<{ key_id: string; hash: string }> | { key_id: string; hash: string } | null;
  /** The key's policy; asks its ledger only when this isolate has none. `null` = no such key. */
  policy(key_id: string): Promise<KeyPolicy | null> | KeyPolicy | null;
  /** Takes a newer policy that an admission brought along; `null` forgets the key. */
  learn(key_id: string, policy: KeyPolicy | null): void;
  /**
   * Asks the ledger whether the policy has changed, since a request that is refused never gets to an admission.
   * @param proven the caller has shown the secret; without it, a flood asks only a few times a second.
   * @returns the policy if it is newer than what was known, else `null`.
   */
  refresh(key_id: string, known_version: number, proven: boolean): Promise<KeyPolicy | null>;
}

const rejected = (): GatewayError =>
  new GatewayError(
    'invalid_api_key',
    'The API key is missing or not valid. Send a virtual key as "Authorization: Bearer slu_…".',
  );

/**
 * Stage 1. Who calls, and may they call from here, now?
 * @throws GatewayError invalid_api_key (one error for every reason), key_disabled, ip_not_allowed, origin_not_allowed
 */
export async function authenticate(
  request: Pick<GatewayRequest, 'credential' | 'client_ip' | 'origin'>,
  ports: { keys: KeyCachePort; clock: ClockPort },
): Promise<KeyPolicy> {
  if (request.credential === null) throw rejected();
  const identifying = ports.keys.identify(request.credential);
  const identity = identifying instanceof Promise ? await identifying : identifying;
  if (identity === null) throw rejected();
  const reading = ports.keys.policy(identity.key_id);
  const policy = reading instanceof Promise ? await reading : reading;
  if (policy === null) throw rejected();
  try {
    return accept(request, policy, identity.hash, ports);
  } catch (refusal) {
    const proven = refusal instanceof GatewayError && refusal.code !== 'invalid_api_key';
    const newer = await ports.keys.refresh(identity.key_id, policy.version, proven);
    if (newer === null) throw refusal;
    return accept(request, newer, identity.hash, ports);
  }
}

function accept(
  request: Pick<GatewayRequest, 'client_ip' | 'origin'>,
  policy: KeyPolicy,
  hash: string,
  ports: { clock: ClockPort },
): KeyPolicy {
  if (!isAccepted(policy, hash, ports.clock.now_ms())) throw rejected();
  if (policy.state === 'disabled')
    throw new GatewayError('key_disabled', 'This API key is disabled. Ask its owner to enable it.');
  if (!isAddressAllowed(request.client_ip, policy.ip_allowlist))
    throw new GatewayError('ip_not_allowed', 'This API key may not be used from this network address.');
  if (request.origin !== null && policy.origins.length > 0 && !policy.origins.includes(request.origin))
    throw new GatewayError('origin_not_allowed', 'This API key may not be used from pages of this origin.');
  return policy;
}

function isAccepted(policy: KeyPolicy, hash: string, now_ms: number): boolean {
  if (policy.state === 'revoked') return false;
  if (policy.expires_at_ms !== null && now_ms >= policy.expires_at_ms) return false;
  let accepted = false;
  for (const secret of policy.secrets)
    if (
      equalsInConstantTime(secret.hash, hash) &&
      (secret.expires_at_ms === null || now_ms < secret.expires_at_ms)
    )
      accepted = true;
  return accepted;
}

function equalsInConstantTime(left: string, right: string): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let i = 0; i < left.length; i++) difference |= left.charCodeAt(i) ^ right.charCodeAt(i);
  return difference === 0;
}
