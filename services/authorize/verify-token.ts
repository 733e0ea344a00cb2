import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import * as z from 'zod';

/** The token is none of ours: forged, expired, of another pool or client, or not an access token. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  readonly expired: boolean;
  constructor(reason: string, { expired = false } = {}) {
    super(reason);
    this.expired = expired;
  }
}

const claims = z.object({
  sub: z.string().min(1),
  /** Seconds since the epoch. */
  exp: z.number(),
  token_use: z.literal('access'),
  client_id: z.string(),
});

/** Who a verified token speaks for, and until when (seconds since the epoch). */
export interface Subject {
  userId: string;
  expiresAt: number;
}

/** Keys that cannot be had are our failure, not the token's: jose's codes of an answer that is none, bad or late. */
const keysMissing = new Set(
  [errors.JOSEError, errors.JWKSInvalid, errors.JWKSTimeout].map(({ code }): string => code),
);

/**
 * Verifies Cognito access tokens of one pool and client ("Verifying JSON web tokens", Amazon Cognito developer
 * guide): signature by the pool's published keys (fetched once, and again for an unknown key id), issuer, expiry,
 * `token_use` and `client_id`.
 * @returns a function that throws TokenRefused, or another error where the keys cannot be fetched
 */
export function tokenVerifier(issuer: string, clientId: string) {
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
  return async (token: string): Promise<Subject> => {
    const payload = await verifySignature(token);
    const parsed = claims.safeParse(payload);
    if (!parsed.success) throw new TokenRefused('not an access token');
    if (parsed.data.client_id !== clientId) throw new TokenRefused('a token of another client');
    return { userId: parsed.data.sub, expiresAt: parsed.data.exp };
  };

  async function verifySignature(token: string): Promise<unknown> {
    try {
      return (await jwtVerify(token, keys, { issuer, algorithms: ['RS256'] })).payload;
    } catch (error) {
      if (error instanceof errors.JOSEError && !keysMissing.has(error.code))
        throw new TokenRefused(error.code, { expired: error instanceof errors.JWTExpired });
      throw error;
    }
  }
}
