import { createHash, randomUUID } from 'node:crypto';
import { type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { AppClient } from './client.ts';
import type { PoolKeys } from './keys.ts';
import type { TokenOverrides } from './triggers.ts';
import type { User } from './users.ts';

/** What was granted, and to whom. */
export interface Grant {
  user: User;
  client: AppClient;
  scopes: string[];
  /** Seconds since the epoch at which the person signed in. */
  authTime: number;
  /** The same in every token of one sign-in. */
  originJti: string;
  /** The page's own, echoed in the id token. */
  nonce?: string | undefined;
}

export interface Tokens {
  accessToken: string;
  /** With the scope `openid`. */
  idToken: string | undefined;
  /** Seconds for which the access token is good. */
  expiresIn: number;
}

/** Signs tokens of the shape that Cognito gives its own ("Understanding user pool JSON web tokens"). */
export class TokenSigner {
  readonly #issuer: string;
  readonly #key: PoolKeys['signing'];
  readonly #publicKey: JWK;

  constructor(issuer: string, keys: PoolKeys) {
    this.#issuer = issuer;
    this.#key = keys.signing;
    const { kty, n, e, alg } = keys.signing;
    this.#publicKey = { kty, n, e, alg };
  }

  /** `expiresIn` (seconds) replaces the validity that the client's properties say, of both tokens. */
  async sign(grant: Grant, overrides: TokenOverrides, expiresIn?: number): Promise<Tokens> {
    const iat = Math.floor(Date.now() / 1000);
    const { client } = grant;
    const groups = overrides.groupOverrideDetails?.groupsToOverride;
    const shared = {
      sub: grant.user.sub,
      ...(groups?.length ? { 'cognito:groups': groups } : {}),
      iss: this.#issuer,
      origin_jti: grant.originJti,
      event_id: randomUUID(),
      auth_time: grant.authTime,
      iat,
    };

    const access = overrides.accessTokenGeneration;
    const scopes = new Set([...grant.scopes, ...(access?.scopesToAdd ?? [])]);
    for (const scope of access?.scopesToSuppress ?? []) scopes.delete(scope);
    const accessValidity = expiresIn ?? client.accessTokenValidity;
    const accessToken = await this.#jwt(
      {
        ...shared,
        client_id: client.id,
        token_use: 'access',
        scope: [...scopes].join(' '),
        exp: iat + accessValidity,
        jti: randomUUID(),
        username: grant.user.username,
      },
      access,
    );
    if (!grant.scopes.includes('openid')) {
      return { accessToken, idToken: undefined, expiresIn: accessValidity };
    }

    const idToken = await this.#jwt(
      {
        ...shared,
        at_hash: halfHash(accessToken),
        'cognito:username': grant.user.username,
        ...(grant.nonce === undefined ? {} : { nonce: grant.nonce }),
        aud: client.id,
        token_use: 'id',
        exp: iat + (expiresIn ?? client.idTokenValidity),
        jti: randomUUID(),
        ...profileClaims(grant.user, grant.scopes),
      },
      overrides.idTokenGeneration,
    );
    return { accessToken, idToken, expiresIn: accessValidity };
  }

  /** The subject and scopes of an access token of this pool. Rejects with jose's errors, or Zod's. */
  async verifyAccessToken(token: string): Promise<{ sub: string; scopes: string[] }> {
    const { payload } = await jwtVerify(token, this.#publicKey, {
      issuer: this.#issuer,
      algorithms: ['RS256'],
    });
    const { sub, scope } = accessClaims.parse(payload);
    return { sub, scopes: scope.split(' ') };
  }

  async #jwt(payload: JWTPayload, change: TokenOverrides['idTokenGeneration']): Promise<string> {
    const fixed = new Set([...Object.keys(payload), ...reserved].filter((claim) => !replaceable.has(claim)));
    for (const [claim, value] of Object.entries(change?.claimsToAddOrOverride ?? {})) {
      if (!fixed.has(claim)) payload[claim] = value;
    }
    for (const claim of change?.claimsToSuppress ?? []) if (!fixed.has(claim)) delete payload[claim];
    return await new SignJWT(payload)
      .setProtectedHeader({ kid: this.#key.kid, alg: 'RS256' })
      .sign(this.#key);
  }
}

/**
 * The claims of the e-mail address and the name. With no scope but `openid` Cognito gives every attribute; a further
 * OpenID scope narrows them to its own ("Scopes, M2M, and resource servers").
 */
export function profileClaims(user: User, scopes: string[]): Record<string, string | boolean> {
  const all = !scopes.some((scope) => ['email', 'profile', 'phone'].includes(scope));
  return {
    ...(all || scopes.includes('email') ? { email: user.email, email_verified: user.emailVerified } : {}),
    ...(all || scopes.includes('profile') ? { name: user.name } : {}),
  };
}

const accessClaims = z.object({ sub: z.string(), token_use: z.literal('access'), scope: z.string() });

/** Claims of a token that a pre-token-generation function may change; the others it may only add to. */
const replaceable = new Set(['cognito:groups', 'email', 'email_verified', 'name']);
const reserved = ['acr', 'amr', 'azp', 'nbf', 'nonce', 'aud', 'device_key', 'identities', 'version'];

/** `at_hash` of OpenID Connect Core 3.1.3.6. */
function halfHash(token: string): string {
  return createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');
}
