import Provider, { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { z } from 'zod';
import { errorPage, pageHeaders } from './page.ts';
import type { Pool } from './pool.ts';
import { TriggerError } from './triggers.ts';
import { uuidFrom } from './users.ts';

const standardScopes = ['openid', 'email', 'profile', 'phone', 'aws.cognito.signin.user.admin'];

/**
 * The OpenID Connect side of a pool: the protocol is oidc-provider's, the paths and the tokens are Cognito's.
 * Clients and scopes are read once, so a provider is made after the template's resources.
 */
export function oidcProvider(pool: Pool): Provider {
  const clients = [...pool.clients.values()].filter((client) => client.managedLogin);
  const scopes = [...standardScopes, ...pool.customScopes];
  const provider = new Provider(pool.issuer, {
    adapter: (model) => pool.store.adapter(model),
    clients: clients.map((client) => ({
      client_id: client.id,
      client_name: client.name,
      ...(client.secret ? { client_secret: client.secret } : {}),
      // Cognito takes the secret in the body too (client_secret_post); here it must be the Authorization header.
      token_endpoint_auth_method: client.secret ? 'client_secret_basic' : 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: client.callbackUrls,
    })),
    scopes,
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'none'],
    jwks: { keys: [pool.keys.signing] },
    cookies: { keys: [pool.keys.cookie] },
    routes: {
      authorization: '/oauth2/authorize',
      token: '/oauth2/token',
      revocation: '/oauth2/revoke',
      jwks: '/.well-known/jwks.json',
    },
    discovery: {
      userinfo_endpoint: `${pool.issuer}/oauth2/userInfo`,
      end_session_endpoint: `${pool.issuer}/logout`,
    },
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      // `/logout` and `/oauth2/userInfo` are not OpenID Connect's but Cognito's own: see endpoints.ts.
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
    },
    interactions: { url: (ctx, interaction) => signInPath(pool, ctx, interaction.uid) },
    findAccount: (_ctx, sub) => pool.users.findBySub(sub) && { accountId: sub, claims: () => ({ sub }) },
    loadExistingGrant: async (ctx) => {
      const { account, client, requestParamScopes } = ctx.oidc;
      if (!account || !client) return undefined;
      // Cognito asks for no consent.
      const grant = new ctx.oidc.provider.Grant({ accountId: account.accountId, clientId: client.clientId });
      grant.addOIDCScope([...requestParamScopes].join(' '));
      await grant.save();
      return grant;
    },
    // Cognito always gives a refresh token, and the same one until it expires.
    issueRefreshToken: () => true,
    rotateRefreshToken: false,
    expiresWithSession: () => false,
    clientBasedCORS: (_ctx, origin, client) =>
      (client.redirectUris ?? []).some((uri) => new URL(uri).origin === origin),
    ttl: {
      AccessToken: (_ctx, _token, client) => validity(client.clientId, 'accessTokenValidity'),
      IdToken: (_ctx, _token, client) => validity(client.clientId, 'idTokenValidity'),
      RefreshToken: (_ctx, _token, client) => validity(client.clientId, 'refreshTokenValidity'),
      Grant: (_ctx, grant) => validity(grant.clientId, 'refreshTokenValidity'),
      AuthorizationCode: 5 * 60,
      Interaction: 60 * 60,
      Session: 60,
    },
    renderError: (ctx, { error, error_description }) => {
      ctx.set(pageHeaders());
      ctx.body = errorPage(error_description ?? error);
    },
  });

  function validity(
    clientId: string | undefined,
    of: 'accessTokenValidity' | 'idTokenValidity' | 'refreshTokenValidity',
  ): number {
    const client = pool.clients.get(clientId ?? '');
    if (!client) throw new errors.InvalidClient(`unknown client ${clientId}`);
    return client[of];
  }

  provider.use<object, Pick<KoaContextWithOIDC, 'oidc'>>(async (ctx, next) => {
    await next();
    if (ctx.oidc?.route === 'token' && ctx.status === 200) await giveCognitoTokens(pool, ctx);
  });
  return provider;
}

/** Where the browser goes to sign in; a scope that the client may not have ends the request instead, as in Cognito. */
function signInPath(pool: Pool, ctx: KoaContextWithOIDC, uid: string): string {
  const allowed = pool.clients.get(ctx.oidc.client?.clientId ?? '')?.scopes ?? [];
  // Of the query itself: oidc-provider has already dropped the scopes that no client may have.
  const asked = new URLSearchParams(ctx.querystring).get('scope') ?? '';
  for (const scope of asked.split(' ').filter(Boolean)) {
    if (!allowed.includes(scope)) throw new errors.InvalidScope('the client may not ask for it', scope);
  }
  return `${new URL(pool.issuer).pathname}/sign-in/${uid}`;
}

const tokenResponse = z.object({ refresh_token: z.string().optional() });

/** Puts Cognito's tokens in the place of the opaque access token and plain id token that the protocol made. */
async function giveCognitoTokens(pool: Pool, ctx: KoaContextWithOIDC): Promise<void> {
  const { AccessToken, AuthorizationCode, RefreshToken } = ctx.oidc.entities;
  const refreshed = !AuthorizationCode;
  const source = AuthorizationCode ?? RefreshToken;
  const user = pool.users.findBySub(AccessToken?.accountId ?? '');
  const client = pool.clients.get(ctx.oidc.client?.clientId ?? '');
  if (!source || !user || !client) throw new Error('oidc-provider issued tokens for nobody');
  try {
    const tokens = await pool.tokens(
      {
        user,
        client,
        scopes: (AccessToken?.scope ?? '').split(' ').filter(Boolean),
        authTime: source.authTime ?? Math.floor(Date.now() / 1000),
        originJti: uuidFrom(source.grantId ?? ''),
        nonce: refreshed ? undefined : source.nonce,
      },
      refreshed ? 'TokenGeneration_RefreshTokens' : 'TokenGeneration_HostedAuth',
    );
    const { refresh_token } = tokenResponse.parse(ctx.body);
    ctx.body = {
      access_token: tokens.accessToken,
      id_token: tokens.idToken,
      // A refresh answers without one: the page keeps the one it has.
      refresh_token: refreshed ? undefined : refresh_token,
      expires_in: tokens.expiresIn,
      token_type: 'Bearer',
    };
  } catch (error) {
    if (!(error instanceof TriggerError)) throw error;
    ctx.status = 400;
    ctx.body = { error: 'invalid_request', error_description: error.message };
  }
}
