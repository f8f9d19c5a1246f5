import type { AccessIdentity, FetchPort } from '@sluice/contract';
import { createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose';
import type { Env } from './env.ts';

/**
 * Whom a `Cf-Access-Jwt-Assertion` names. Signature, issuer, audience and times are checked; the keys are fetched from
 * the team's own address and kept for ten minutes
 * (https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/,
 * read 2026-11-21). A token of a service has no email, so it names nobody.
 * @returns for each token `null` when it is not valid here, or this deployment takes none.
 * @throws when the keys cannot be fetched.
 */
export function createAccessIdentity(
  env: Pick<Env, 'SLUICE_ACCESS_TEAM' | 'SLUICE_ACCESS_AUD'>,
  fetch: FetchPort,
  now_ms: () => number,
): (token: string) => Promise<AccessIdentity | null> {
  const { SLUICE_ACCESS_TEAM: team, SLUICE_ACCESS_AUD: audience } = env;
  if (!team || !audience) return async () => null;
  const issuer = new URL(team).origin;
  const keys = createRemoteJWKSet(new URL('/cdn-cgi/access/certs', issuer), {
    [customFetch]: (url, init) => fetch(url, init as Parameters<FetchPort>[1]),
  });
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ['RS256'],
        requiredClaims: ['exp', 'iat', 'email'],
        currentDate: new Date(now_ms()),
      });
      const { email, exp = 0 } = payload;
      if (typeof email !== 'string' || email === '') return null;
      return { email: email.toLowerCase(), expires_at_ms: exp * 1000 };
    } catch (error) {
      if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) return null;
      throw error;
    }
  };
}
