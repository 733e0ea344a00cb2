/** What a token says of itself. Nothing is verified here: that is the server's part. */
export interface TokenClaims {
  /** The person, by user id. */
  userId?: string;
  /** Milliseconds since the epoch. */
  expiresAt?: number;
}

/** Reads a JWT's payload. Of what is no JWT nothing is known. */
export function readToken(token: string): TokenClaims {
  const payload = token.split('.')[1];
  if (!payload) return {};
  try {
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (c) =>
      c.charCodeAt(0),
    );
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof claims !== 'object' || claims === null) return {};
    return {
      ...('sub' in claims && typeof claims.sub === 'string' && { userId: claims.sub }),
      ...('exp' in claims && typeof claims.exp === 'number' && { expiresAt: claims.exp * 1000 }),
    };
  } catch {
    // An opaque token of another kind of server: whether it is good shows at the upgrade.
    return {};
  }
}
