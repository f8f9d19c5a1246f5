import { GatewayError, type TokenClaims, type TokenPort } from '@sluice/contract';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';
import { createKeyring, type KeyringEnv } from './keyring.ts';

export const TOKEN_PREFIX = 'slu_tok_';

const ALGORITHM = 'HS256';
const ISSUER = 'sluice';
const AUDIENCE = 'sluice: browser token';
/** Of our own, so that no JWT of another kind is ever read as one of these. */
const TYPE = 'sluice-token+jwt';

/**
 * Browser tokens are `slu_tok_` and a JWT (RFC 7519), signed with HMAC-SHA256 under a key that is derived from the
 * deployment's own. Whoever can open stored credentials can sign tokens, and nobody else.
 * The first key of the keyring signs; the others still verify, so that a rotation ends no token early.
 */
export function createBrowserTokens(env: KeyringEnv): TokenPort {
  const keyring = createKeyring(env, 'tokens');
  return {
    async sign({ token_id, expires_at_ms, organization_id, key_id, ...scope }) {
      const key = keyring === null ? null : await keyring.find(keyring.current_id);
      if (keyring === null || key === null)
        throw new GatewayError(
          'encryption_unavailable',
          'This gateway has no key to sign tokens with. Set the secret SLUICE_ENCRYPTION_KEYS (npm run deploy makes one), then call again.',
        );
      const jwt = new SignJWT({ org: organization_id, scope })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: keyring.current_id })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(key_id)
        .setJti(token_id)
        .setExpirationTime(Math.floor(expires_at_ms / 1000));
      return TOKEN_PREFIX + (await jwt.sign(key));
    },

    async verify(text) {
      if (keyring === null || !text.startsWith(TOKEN_PREFIX)) return null;
      try {
        const { payload } = await jwtVerify<SignedClaims>(
          text.slice(TOKEN_PREFIX.length),
          async ({ kid }) => {
            const key = kid === undefined ? null : await keyring.find(kid);
            if (key === null) throw new Error('No such key.');
            return key;
          },
          {
            algorithms: [ALGORITHM],
            issuer: ISSUER,
            audience: AUDIENCE,
            typ: TYPE,
            requiredClaims: ['exp', 'sub', 'jti', 'org', 'scope'],
          },
        );
        const { exp = 0, sub = '', jti = '', org, scope } = payload;
        return { ...scope, token_id: jti, expires_at_ms: exp * 1000, organization_id: org, key_id: sub };
      } catch {
        return null;
      }
    },
  };
}

interface SignedClaims {
  org: string;
  scope: Omit<TokenClaims, 'token_id' | 'expires_at_ms' | 'organization_id' | 'key_id'>;
}
