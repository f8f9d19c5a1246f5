import type { ClockPort, KeyPolicy, LedgerPort, TokenPort } from '@sluice/contract';
import { looksLikeToken } from './browser-token.ts';
import { hashKey, parseKey } from './key-format.ts';
import type { Identity, KeyCachePort } from './stages/authenticate.ts';

const IDENTITIES_MAX = 5000;
const POLICIES_MAX = 5000;
const UNKNOWN_MAX = 5000;
/** How long an isolate believes that a well-formed key does not exist. */
const UNKNOWN_MS = 10_000;
/** A wrong secret on a known key must not become a call to its ledger each time: that would be the attack. */
const REFRESH_MS = 50;

/**
 * Keys as one isolate knows them. A policy is kept until an admission says that it is old: the ledger compares
 * versions at every admission, so a change is in force on the next request without asking for it here.
 */
export function createKeyCache(
  ledger: Pick<LedgerPort, 'policy'>,
  clock: ClockPort,
  tokens: Pick<TokenPort, 'verify'>,
): KeyCachePort {
  /** By the whole credential, never a part of it: tokens of one key begin alike. */
  const identities = new Map<string, Identity>();
  const policies = new Map<string, KeyPolicy>();
  const unknown_until = new Map<string, number>();
  const asked_ms = new Map<string, number>();

  function remember(credential: string, identity: Identity): Identity {
    if (identities.size >= IDENTITIES_MAX) identities.clear();
    identities.set(credential, identity);
    return identity;
  }

  async function identifyKey(credential: string, key_id: string): Promise<Identity> {
    return remember(credential, { key_id, hash: await hashKey(credential) });
  }

  async function identifyToken(credential: string): Promise<Identity | null> {
    const token = await tokens.verify(credential);
    return token === null ? null : remember(credential, { key_id: token.key_id, hash: '', token });
  }

  async function ask(key_id: string): Promise<KeyPolicy | null> {
    const policy = await ledger.policy(key_id);
    learn(key_id, policy);
    return policy;
  }

  function learn(key_id: string, policy: KeyPolicy | null): void {
    if (policy === null) {
      policies.delete(key_id);
      if (unknown_until.size >= UNKNOWN_MAX) unknown_until.clear();
      unknown_until.set(key_id, clock.now_ms() + UNKNOWN_MS);
      return;
    }
    if (policies.size >= POLICIES_MAX) policies.clear();
    policies.set(key_id, policy);
    unknown_until.delete(key_id);
  }

  async function refresh(key_id: string, known_version: number, proven: boolean): Promise<KeyPolicy | null> {
    const held = policies.get(key_id);
    if (held !== undefined && held.version > known_version) return held;
    const now_ms = clock.now_ms();
    if (!proven && (asked_ms.get(key_id) ?? 0) + REFRESH_MS > now_ms) return null;
    if (asked_ms.size >= POLICIES_MAX) asked_ms.clear();
    asked_ms.set(key_id, now_ms);
    const policy = await ask(key_id);
    return policy !== null && policy.version > known_version ? policy : null;
  }

  return {
    refresh,
    ask,
    identify(credential) {
      const known = identities.get(credential);
      if (known !== undefined) return known;
      if (looksLikeToken(credential)) return identifyToken(credential);
      const parsed = parseKey(credential);
      if (parsed === null || parsed.kind === 'admin') return null;
      return identifyKey(credential, parsed.key_id);
    },
    peek(key_id) {
      const known = policies.get(key_id);
      if (known !== undefined) return known;
      return (unknown_until.get(key_id) ?? 0) > clock.now_ms() ? null : undefined;
    },
    learn,
  };
}
