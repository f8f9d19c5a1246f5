import { GatewayError, type KeyPolicy, type TokenClaims, type TokenScope } from '@sluice/contract';
import type { GatewayRequest } from './request.ts';

export const TOKEN_MS_MAX = 7_200_000;
export const TOKEN_MS_USUAL = 900_000;
/** As many characters of a stored hash as it takes to tell secrets of one key apart. */
const TAG_CHARS = 16;
/** Prefix, then the three parts of a JWT. Longer ones cannot have been made here. */
const SHAPE = /^slu_tok_[\w-]{20,200}\.[\w-]{20,6000}\.[\w-]{20,200}$/;

export const looksLikeToken = (credential: string): boolean =>
  credential.startsWith('slu_tok_') && SHAPE.test(credential);

export const secretTag = (hash: string): string => hash.slice(0, TAG_CHARS);

/** Whether the key that the token was made from, and the secret it was made with, still stand for it. */
export const isTokenAccepted = (policy: KeyPolicy, token: TokenClaims, now_ms: number): boolean =>
  now_ms < token.expires_at_ms &&
  token.organization_id === policy.organization_id &&
  token.key_id === policy.key_id &&
  policy.secrets.some(
    ({ hash, expires_at_ms }) =>
      secretTag(hash) === token.secret_tag && (expires_at_ms === null || now_ms < expires_at_ms),
  );

const narrowed = new WeakMap<TokenClaims, { from: KeyPolicy; policy: KeyPolicy }>();

/**
 * The key's policy as the token has it: never more than either of them allows. Models and limits of the token stand
 * in `token`, beside the key's own, so that both are asked.
 * @param token the same object for the same token: the policy is remembered by it.
 */
export function narrowPolicy(from: KeyPolicy, token: TokenClaims): KeyPolicy {
  const known = narrowed.get(token);
  if (known?.from === from) return known.policy;
  const { per_request_limit_usd_nanos: limit } = from;
  const { spend_cap_usd_nanos: cap } = token;
  const policy: KeyPolicy = {
    ...from,
    origins:
      token.origins.length === 0
        ? from.origins
        : token.origins.filter((origin) => from.origins.length === 0 || from.origins.includes(origin)),
    // No request may cost more than all of them; and with a cap there is a budget.
    per_request_limit_usd_nanos: cap === null ? limit : Math.min(cap, limit ?? cap),
    token: scopeOf(token),
  };
  narrowed.set(token, { from, policy });
  return policy;
}

const scopeOf = ({ organization_id: _o, key_id: _k, secret_tag: _s, ...scope }: TokenClaims): TokenScope =>
  scope;

/** Whoever is named in the token is who calls, whatever the page writes into its request. */
export function bindToToken(request: Pick<GatewayRequest, 'hints'>, { user_id, metadata }: TokenScope): void {
  const { hints } = request;
  request.hints = {
    ...hints,
    user_id: user_id ?? hints.user_id,
    metadata: { ...hints.metadata, ...metadata },
  };
}

/** What a holder of a key asks for; `null` and empty lists: as the key has it. */
export type TokenAsk = Pick<
  TokenScope,
  'origins' | 'models' | 'spend_cap_usd_nanos' | 'requests_per_minute' | 'user_id' | 'metadata'
> & { ttl_ms: number };

/**
 * The claims of a new token. It ends with its key, or with the secret that it was made with, where that is sooner.
 * @throws GatewayError forbidden when it would be wider than its key
 */
export function claimToken(
  policy: KeyPolicy,
  hash: string,
  { ttl_ms, ...ask }: TokenAsk,
  {
    now_ms,
    token_id,
    providersOf,
  }: { now_ms: number; token_id: string; providersOf: (model: string) => string[] },
): TokenClaims {
  refuseWider(policy, ask, providersOf);
  const secret = policy.secrets.find((one) => one.hash === hash);
  const ends_ms = Math.min(
    now_ms + ttl_ms,
    policy.expires_at_ms ?? Number.POSITIVE_INFINITY,
    secret?.expires_at_ms ?? Number.POSITIVE_INFINITY,
  );
  return {
    ...ask,
    token_id,
    // Signed in whole seconds.
    expires_at_ms: Math.floor(ends_ms / 1000) * 1000,
    organization_id: policy.organization_id,
    key_id: policy.key_id,
    secret_tag: secretTag(hash),
  };
}

function refuseWider(
  policy: KeyPolicy,
  ask: Omit<TokenAsk, 'ttl_ms'>,
  providersOf: (model: string) => string[],
): void {
  const { origins, model_allowlist, limits } = policy;
  const origin = origins.length === 0 ? undefined : ask.origins.find((one) => !origins.includes(one));
  if (origin !== undefined) throw wider('origins', `the key may not be used from ${origin}`);
  const model =
    model_allowlist.length === 0
      ? undefined
      : ask.models.find((one) => !model_allowlist.some((pattern) => isWithin(one, pattern, providersOf)));
  if (model !== undefined) throw wider('models', `the key may not use ${model}`);
  const { requests_per_minute } = limits;
  if (requests_per_minute !== null && (ask.requests_per_minute ?? 0) > requests_per_minute)
    throw wider('rate_limit', `the key has ${requests_per_minute} requests per minute`);
  for (const { hard, limit_usd_nanos, window } of policy.budgets)
    if (hard && (ask.spend_cap_usd_nanos ?? 0) > limit_usd_nanos)
      throw wider('limit_usd', `the ${window} budget of the key is smaller`);
}

const wider = (param: string, because: string): GatewayError =>
  new GatewayError(
    'forbidden',
    `A token may do no more than its key: ${because}. Ask for less, or leave ${param} out to have what the key has.`,
    { param },
  );

/**
 * Whether all that a token names is allowed by one pattern of its key. A bare name is, where the pattern allows it of a
 * provider that serves it: the key's own list still says whose it may be.
 */
function isWithin(name: string, pattern: string, providersOf: (model: string) => string[]): boolean {
  const bare = name.slice(name.indexOf('/') + 1);
  if (isWithinText(name, pattern) || isWithinText(bare, pattern)) return true;
  if (name.includes('/') || name.endsWith('*')) return false;
  return providersOf(name).some((provider) => isWithinText(`${provider}/${name}`, pattern));
}

const isWithinText = (name: string, pattern: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
