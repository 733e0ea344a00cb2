import type { IncomingMessage } from 'node:http';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import type { JwtAuthorizer } from './api.ts';

/** `requestContext.authorizer.jwt`: claims as strings, and the route's scopes that the token has. */
export interface JwtIdentity {
  claims: Record<string, string>;
  scopes: string[] | null;
}

/** A token's identity, or the status and `www-authenticate` header of its refusal. */
export type JwtVerdict =
  | { allowed: true; identity: JwtIdentity }
  | { allowed: false; status: 401 | 403; wwwAuthenticate: string };

/**
 * Checks bearer tokens as "Control access to HTTP APIs with JWT authorizers" says: an RSA signature by a key of the
 * issuer's `jwks_uri`, `iss`, `aud` (or `client_id`, where there is no `aud`), the times, and one of the route's scopes.
 */
export class JwtVerifier {
  readonly #keys = new Map<string, Promise<JWTVerifyGetKey>>();

  async verify(
    authorizer: JwtAuthorizer,
    request: IncomingMessage,
    url: URL,
    scopes: string[],
  ): Promise<JwtVerdict> {
    const token = tokenOf(authorizer, request, url);
    if (!token) return { allowed: false, status: 401, wwwAuthenticate: 'Bearer' };
    const refused = (description: string): JwtVerdict => ({
      allowed: false,
      status: 401,
      wwwAuthenticate: `Bearer scope="${scopes.join(' ')}" error="invalid_token" error_description="${description}"`,
    });

    let claims: JWTPayload;
    try {
      const keys = await this.#keysOf(authorizer.issuer);
      const { issuer } = authorizer;
      claims = (await jwtVerify(token, keys, { issuer, algorithms, requiredClaims: ['exp'] })).payload;
    } catch (error) {
      return refused(describe(error));
    }
    const audience = claims.aud === undefined ? [claims.client_id] : [claims.aud].flat();
    if (!authorizer.audience.some((wanted) => audience.includes(wanted))) {
      return refused('the token does not have a valid audience');
    }
    const granted = String(claims.scope ?? claims.scp ?? '').split(/[\s,]+/);
    const matched = scopes.filter((scope) => granted.includes(scope));
    if (scopes.length > 0 && matched.length === 0) {
      const wwwAuthenticate = `Bearer scope="${scopes.join(' ')}" error="insufficient_scope"`;
      return { allowed: false, status: 403, wwwAuthenticate };
    }
    const texts = Object.entries(claims).map(([name, value]) => [name, claimText(value)]);
    return {
      allowed: true,
      identity: { claims: Object.fromEntries(texts), scopes: scopes.length ? matched : null },
    };
  }

  #keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    const known = this.#keys.get(issuer);
    if (known) return known;
    const keys = discover(issuer);
    this.#keys.set(issuer, keys);
    // An issuer that is not up yet is asked again with the next token.
    keys.catch(() => this.#keys.delete(issuer));
    return keys;
  }
}

const algorithms = ['RS256', 'RS384', 'RS512'];
const configuration = z.object({ jwks_uri: z.url() });

class DiscoveryError extends Error {
  override readonly name = 'DiscoveryError';
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url).catch((cause: unknown) => {
    throw new DiscoveryError('OIDC discovery endpoint communication error', { cause });
  });
  const found = response.ok ? configuration.safeParse(await response.json()) : undefined;
  if (!found?.success) throw new DiscoveryError('OIDC discovery endpoint communication error');
  return createRemoteJWKSet(new URL(found.data.jwks_uri));
}

function describe(error: unknown): string {
  if (error instanceof DiscoveryError) return error.message;
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss') return 'invalid issuer';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature is invalid';
  return 'the token is invalid';
}

function tokenOf({ identitySource: { from, name } }: JwtAuthorizer, request: IncomingMessage, url: URL) {
  const value = from === 'header' ? request.headers[name.toLowerCase()] : url.searchParams.get(name);
  return [value]
    .flat()[0]
    ?.replace(/^Bearer /i, '')
    .trim();
}

/** Lists become `[a b]`, as AWS writes them. */
function claimText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.join(' ')}]`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
