import { type ClockPort, GatewayError, type KeyPolicy, type TokenClaims } from '@sluice/contract';
import type { BadKeyGuard } from '../bad-key-guard.ts';
import { isTokenAccepted, narrowPolicy } from '../browser-token.ts';
import { isAddressAllowed } from '../ip-allowlist.ts';
import type { GatewayRequest } from '../request.ts';

/** Who a credential says it is; whether that is so, its key's policy decides. */
export interface Identity {
  key_id: string;
  /** SHA-256 of the whole key, hex; of a token, empty. */
  hash: string;
  /** The credential is a browser token, and its signature is ours. */
  token?: TokenClaims;
}

/** Policies as this isolate knows them. */
export interface KeyCachePort {
  /**
   * Reads a credential: format and checksum, then its hash or its signature, remembered.
   * @returns `null` for anything that cannot be a virtual key or one of our tokens; no storage is touched for it.
   */
  identify(credential: string): Promise<Identity | null> | Identity | null;
  /** The policy as this isolate has it; `null` = it knows that there is none; `undefined` = it would have to ask. */
  peek(key_id: string): KeyPolicy | null | undefined;
  /** Asks the key's ledger. `null` = no such key. */
  ask(key_id: string): Promise<KeyPolicy | null>;
  /** Takes a newer policy that an admission brought along; `null` forgets the key. */
  learn(key_id: string, policy: KeyPolicy | null): void;
  /**
   * Asks the ledger whether the policy has changed, since a request that is refused never gets to an admission.
   * @param proven the caller has shown the secret; without it, a flood asks only a few times a second.
   * @returns the policy if it is newer than what was known, else `null`.
   */
  refresh(key_id: string, known_version: number, proven: boolean): Promise<KeyPolicy | null>;
}

export interface AuthenticatePorts {
  keys: KeyCachePort;
  clock: ClockPort;
  bad_keys: BadKeyGuard;
}

type Caller = Pick<GatewayRequest, 'credential' | 'client_ip' | 'origin'>;

/**
 * Stage 1. Who calls, and may they call from here, now?
 * @param fresh ask the ledger even for a key that is known: for requests that never come to an admission.
 * @returns the key's policy; for a browser token, narrowed to what that may do
 * @throws GatewayError invalid_api_key (one error for every reason), key_disabled, ip_not_allowed, origin_not_allowed;
 *   rate_limit_exceeded for an address that has shown too many bad keys, never for a good one that is known here
 */
export async function authenticate(
  request: Caller,
  ports: AuthenticatePorts,
  fresh = false,
): Promise<KeyPolicy> {
  if (request.credential === null) throw rejected();
  const identifying = ports.keys.identify(request.credential);
  const identity = identifying instanceof Promise ? await identifying : identifying;
  if (identity === null) throw failed(request, ports);
  let policy = ports.keys.peek(identity.key_id);
  const known = policy !== undefined;
  if (policy === undefined) policy = await lookUp(identity, request, ports);
  if (policy === null) throw failed(request, ports);
  try {
    const accepted = accept(request, policy, identity, ports);
    if (!known || !fresh) return accepted;
  } catch (refusal) {
    const proven = refusal instanceof GatewayError && refusal.code !== 'invalid_api_key';
    // What was asked for just now is no older: a bad secret must cost what a key costs that nobody has.
    const newer = known ? await ports.keys.refresh(identity.key_id, policy.version, proven) : null;
    if (newer !== null) return accept(request, newer, identity, ports);
    throw hadSecret(policy, identity) ? refusal : failed(request, ports);
  }
  const current = await ports.keys.ask(identity.key_id);
  if (current === null) throw rejected();
  return accept(request, current, identity, ports);
}

/** Only for keys that this isolate has not met: those are found out by asking storage, which a flood must not do. */
async function lookUp(
  identity: Identity,
  { client_ip }: Caller,
  { keys, bad_keys }: AuthenticatePorts,
): Promise<KeyPolicy | null> {
  const wait_ms = identity.token === undefined ? bad_keys.lookUpWait(client_ip) : 0;
  if (wait_ms > 0) throw tooMany(wait_ms);
  const policy = await keys.ask(identity.key_id);
  if (policy === null) bad_keys.foundNothing(client_ip);
  return policy;
}

function accept(
  request: Caller,
  policy: KeyPolicy,
  identity: Identity,
  ports: { clock: ClockPort },
): KeyPolicy {
  const { token } = identity;
  if (!isAccepted(policy, identity, ports.clock.now_ms())) throw rejected();
  if (policy.state === 'disabled')
    throw new GatewayError('key_disabled', 'This API key is disabled. Ask its owner to enable it.');
  if (!isAddressAllowed(request.client_ip, policy.ip_allowlist))
    throw new GatewayError('ip_not_allowed', 'This API key may not be used from this network address.');
  if (request.origin !== null && policy.origins.length > 0 && !policy.origins.includes(request.origin))
    throw new GatewayError('origin_not_allowed', 'This API key may not be used from pages of this origin.');
  if (token === undefined) return policy;
  if (token.origins.length > 0 && (request.origin === null || !token.origins.includes(request.origin)))
    throw new GatewayError(
      'origin_not_allowed',
      'This token may be used from pages of its own origins only. Make one for this origin.',
    );
  return narrowPolicy(policy, token);
}

function isAccepted(policy: KeyPolicy, identity: Identity, now_ms: number): boolean {
  if (policy.state === 'revoked') return false;
  if (policy.expires_at_ms !== null && now_ms >= policy.expires_at_ms) return false;
  if (identity.token !== undefined) return isTokenAccepted(policy, identity.token, now_ms);
  let accepted = false;
  for (const secret of policy.secrets)
    if (
      equalsInConstantTime(secret.hash, identity.hash) &&
      (secret.expires_at_ms === null || now_ms < secret.expires_at_ms)
    )
      accepted = true;
  return accepted;
}

/** The caller has a secret that ends, or has ended: this is nobody who guesses. */
const hadSecret = (policy: KeyPolicy, { hash, token }: Identity): boolean =>
  token !== undefined || policy.secrets.some((secret) => equalsInConstantTime(secret.hash, hash));

const rejected = (): GatewayError =>
  new GatewayError(
    'invalid_api_key',
    'The API key is missing or not valid. Send a virtual key as "Authorization: Bearer slu_…".',
  );

const tooMany = (wait_ms: number): GatewayError =>
  new GatewayError(
    'rate_limit_exceeded',
    `Too many API keys that are not valid came from this network address. Try again in ${Math.ceil(wait_ms / 1000)} s; a valid key is not affected once it is known here.`,
    { retry_after_ms: wait_ms, extra: { limit: 'invalid_api_keys' } },
  );

/** A bad credential: one body for every reason, until its address has shown too many. */
function failed({ client_ip }: Caller, { bad_keys }: AuthenticatePorts): GatewayError {
  const wait_ms = bad_keys.failed(client_ip);
  return wait_ms > 0 ? tooMany(wait_ms) : rejected();
}

function equalsInConstantTime(left: string, right: string): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let i = 0; i < left.length; i++) difference |= left.charCodeAt(i) ^ right.charCodeAt(i);
  return difference === 0;
}
