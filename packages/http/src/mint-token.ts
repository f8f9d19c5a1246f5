import { type CataloguePort, GatewayError, type KeyPolicy, type TokenPort } from '@sluice/contract';
import { claimToken, TOKEN_MS_MAX, TOKEN_MS_USUAL } from '@sluice/core/browser-token';
import { hashKey } from '@sluice/core/key-format';
import type { Context } from 'hono';
import * as z from 'zod';
import { toNanos } from './admin/apply-key-changes.ts';
import { metadata } from './admin/key-schema.ts';
import { readBody } from './admin/read-body.ts';
import type { AppPorts } from './app.ts';
import { readCredential } from './credential.ts';
import type { TokenShown } from './described/answers/key-answers.ts';

/** It travels in a header, and servers on the way take headers of 8 kB. */
const TOKEN_CHARS_MAX = 6_000;

const isWebOrigin = (text: string): boolean =>
  URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text);

export const tokenCreate = z.strictObject({
  ttl_seconds: z
    .int()
    .min(1)
    .max(TOKEN_MS_MAX / 1000)
    .nullish(),
  origins: z
    .array(z.string().max(300).refine(isWebOrigin, 'not an origin, as https://shop.example'))
    .max(16)
    .nullish(),
  models: z.array(z.string().trim().min(1).max(200)).max(32).nullish(),
  limit_usd: z.number().positive().max(5_000_000).nullish(),
  rate_limit: z.int().positive().max(1_000_000).nullish(),
  user: z.string().trim().min(1).max(256).nullish(),
  metadata: metadata.nullish(),
});

type TokenPorts = Pick<AppPorts, 'tokens'> & {
  pipeline: Pick<AppPorts['pipeline'], 'clock' | 'random' | 'catalogue'>;
};

/**
 * `POST /v1/tokens`: a short-lived, narrower stand-in for the caller's own key, to be given to a page.
 * @returns the token, once, with what it came down to
 * @throws GatewayError invalid_request, forbidden (wider than the key), encryption_unavailable
 */
export async function mintToken(
  c: Context,
  { policy }: { policy: KeyPolicy },
  { tokens, pipeline: { clock, random, catalogue } }: TokenPorts,
): Promise<TokenShown> {
  const asked = await readBody(c, tokenCreate);
  // Authentication has seen it: it is a key of this policy.
  const hash = await hashKey(readCredential(c.req.raw.headers) ?? '');
  return await issueToken(policy, hash, asked, {
    tokens,
    catalogue,
    now_ms: clock.now_ms(),
    token_id: `tok_${random.id(20)}`,
  });
}

interface IssuePorts {
  tokens: Pick<TokenPort, 'sign'>;
  catalogue: Pick<CataloguePort, 'providersOf'>;
  now_ms: number;
  token_id: string;
}

/**
 * @param hash of the secret of the key that the token ends with.
 * @throws GatewayError invalid_request, forbidden (wider than the key), encryption_unavailable
 */
export async function issueToken(
  policy: KeyPolicy,
  hash: string,
  asked: z.output<typeof tokenCreate>,
  { tokens, catalogue, now_ms, token_id }: IssuePorts,
): Promise<TokenShown> {
  const claims = claimToken(
    policy,
    hash,
    {
      ttl_ms: asked.ttl_seconds == null ? TOKEN_MS_USUAL : asked.ttl_seconds * 1000,
      origins: asked.origins ?? [],
      models: asked.models ?? [],
      spend_cap_usd_nanos: asked.limit_usd == null ? null : toNanos(asked.limit_usd),
      requests_per_minute: asked.rate_limit ?? null,
      user_id: asked.user ?? null,
      metadata: asked.metadata ?? {},
    },
    { now_ms, token_id, providersOf: catalogue.providersOf },
  );
  const token = await tokens.sign(claims);
  if (token.length > TOKEN_CHARS_MAX)
    throw new GatewayError(
      'invalid_request',
      `This token would be ${token.length} characters long, and headers take ${TOKEN_CHARS_MAX}. Name fewer models and origins, or less metadata.`,
    );
  return {
    token,
    token_id: claims.token_id,
    expires_at: new Date(claims.expires_at_ms).toISOString(),
    origins: claims.origins.length > 0 ? claims.origins : policy.origins,
    models: claims.models,
    limit_usd: asked.limit_usd ?? null,
    rate_limit: claims.requests_per_minute,
    user: claims.user_id,
  };
}
