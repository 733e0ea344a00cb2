import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { arn, region, stableId } from '../aws.ts';
import type { Invoker } from '../lambda/invoker.ts';
import { parseProperties, unsupported } from '../template/properties.ts';
import type { Providers, Resource } from '../template/provider.ts';
import { type AppClient, appClient } from './client.ts';
import { direct } from './direct.ts';
import { logout, sendJson, userInfo } from './endpoints.ts';
import { oidcProvider } from './oidc.ts';
import { Pool } from './pool.ts';
import {
  brandingProperties,
  clientProperties,
  domainProperties,
  resourceServerProperties,
  userPoolProperties,
} from './properties.ts';
import { signIn } from './sign-in.ts';
import type { Tokens } from './tokens.ts';
import { uuidFrom } from './users.ts';

/** The path under which the public port serves everything of Cognito's. */
export const identityPath = '/_local/identity/';

/** A token was asked for where no pool, or more than one, could give it. */
export class NoSinglePoolError extends Error {
  override readonly name = 'NoSinglePoolError';
}

/** Cognito user pools with managed login, for the local cloud. */
export class Identity {
  readonly providers: Providers = {
    'AWS::Cognito::UserPool': (resource) => this.#createPool(resource),
    'AWS::Cognito::UserPoolClient': (resource) => this.#createClient(resource),
    'AWS::Cognito::UserPoolDomain': (resource) => this.#createDomain(resource),
    'AWS::Cognito::UserPoolResourceServer': (resource) => this.#createResourceServer(resource),
    'AWS::Cognito::ManagedLoginBranding': (resource) => this.#createBranding(resource),
  };
  readonly #invoker: Invoker;
  readonly #publicUrl: string;
  readonly #dataDir: string;
  readonly #rewrite: (prefix: string, replacement: string) => void;
  readonly #pools = new Map<string, Pool>();
  /** Made at a pool's first request, when all of its clients are known. */
  readonly #oidc = new Map<Pool, Provider>();

  /**
   * `publicUrl`: where the public port is reached, without a trailing slash (`http://localhost:4000`). `dataDir`:
   * keeps keys, users and refresh tokens. `rewrite`: told which prefixes of AWS's addresses are served where.
   */
  constructor(options: {
    invoker: Invoker;
    publicUrl: string;
    dataDir: string;
    rewrite: (prefix: string, replacement: string) => void;
  }) {
    this.#invoker = options.invoker;
    this.#publicUrl = options.publicUrl;
    this.#dataDir = options.dataDir;
    this.#rewrite = options.rewrite;
  }

  /** Answers a request of the public port whose path begins with `identityPath`. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      console.error('identity: %s %s failed:', request.method, request.url, error);
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: 'server_error' });
    }
  }

  /**
   * Signs `username` in without a browser, through the only client of the only pool, as its page would: a new name is
   * signed up, and the triggers run. `expiresInSeconds` replaces the client's own validity. Rejects with `NameError`,
   * `TriggerError`, `SignUpClosedError` or `NoSinglePoolError`.
   */
  async accessToken(username: string, options: { expiresInSeconds?: number } = {}): Promise<Tokens> {
    const [[pool, client] = [], ...more] = [...this.#pools.values()].flatMap((each) =>
      [...each.clients.values()].map((of): [Pool, AppClient] => [each, of]),
    );
    if (!pool || !client || more.length) {
      throw new NoSinglePoolError(
        `A token needs one user pool client in the template; there are ${more.length + (client ? 1 : 0)}.`,
      );
    }
    return await pool.signInDirectly(username, client, options.expiresInSeconds);
  }

  pool(id: string): Pool | undefined {
    return this.#pools.get(id);
  }

  /** The username of a user of any pool, by `sub`. */
  usernameOf(sub: string): string | undefined {
    return [...this.#pools.values()]
      .map((pool) => pool.users.findBySub(sub)?.username)
      .find((name) => name !== undefined);
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const full = request.url ?? '/';
    const [first = '', ...rest] = full.slice(identityPath.length).split('/');
    if (first === 'token' && !rest.length) return await direct(this, request, response);
    const pool = this.#pools.get(first);
    if (!pool)
      return sendJson(response, 404, { error: 'not_found', error_description: 'No such user pool.' });

    const local = `/${rest.join('/')}`;
    const [path = '', search = ''] = local.split(/\?(.*)/s);
    // As on Cognito's domain, /login is another name of the authorization endpoint.
    if (path === '/login') {
      response.writeHead(302, { location: `${new URL(pool.issuer).pathname}/oauth2/authorize?${search}` });
      response.end();
      return;
    }
    if (path === '/logout') return logout(pool, new URLSearchParams(search), response);
    if (path === '/oauth2/userInfo') return await userInfo(pool, request, response);

    const provider = this.#oidcOf(pool);
    if (path.startsWith('/sign-in/')) return await signIn(pool, provider, request, response);
    // oidc-provider finds the path that it is mounted on by comparing the two.
    Object.assign(request, { originalUrl: full, url: local });
    withoutSession(request);
    await provider.callback()(request, response);
  }

  #oidcOf(pool: Pool): Provider {
    const provider = this.#oidc.get(pool) ?? oidcProvider(pool);
    this.#oidc.set(pool, provider);
    return provider;
  }

  async #createPool(resource: Resource) {
    const properties = parseProperties(resource, userPoolProperties);
    const id = `${region}_${stableId(`${resource.stack}/${resource.logicalId}`, 9)}`;
    const providerName = `cognito-idp.${region}.amazonaws.com/${id}`;
    const issuer = `${this.#publicUrl}${identityPath}${id}`;
    this.#rewrite(`https://${providerName}`, issuer);
    this.#pools.set(id, await Pool.open({ id, issuer, dataDir: this.#dataDir }, this.#invoker, properties));
    return {
      ref: id,
      attributes: {
        Arn: arn('cognito-idp', `userpool/${id}`),
        ProviderName: providerName,
        ProviderURL: `https://${providerName}`,
        UserPoolId: id,
      },
    };
  }

  #createClient(resource: Resource) {
    const properties = parseProperties(resource, clientProperties);
    const pool = this.#poolOf(resource, properties.UserPoolId);
    const client = appClient(resource, properties);
    pool.clients.set(client.id, client);
    this.#oidc.delete(pool);
    return {
      ref: client.id,
      attributes: {
        ClientId: client.id,
        Name: client.name,
        ...(client.secret ? { ClientSecret: client.secret } : {}),
      },
    };
  }

  #createDomain(resource: Resource) {
    const { UserPoolId, Domain } = parseProperties(resource, domainProperties);
    const pool = this.#poolOf(resource, UserPoolId);
    this.#rewrite(`https://${Domain}.auth.${region}.amazoncognito.com`, pool.issuer);
    return { ref: Domain };
  }

  #createResourceServer(resource: Resource) {
    const { UserPoolId, Identifier, Scopes = [] } = parseProperties(resource, resourceServerProperties);
    const pool = this.#poolOf(resource, UserPoolId);
    for (const { ScopeName } of Scopes) pool.customScopes.add(`${Identifier}/${ScopeName}`);
    this.#oidc.delete(pool);
    return { ref: Identifier };
  }

  /** The local page has a look of its own. */
  #createBranding(resource: Resource) {
    const { UserPoolId } = parseProperties(resource, brandingProperties);
    this.#poolOf(resource, UserPoolId);
    const id = uuidFrom(`${resource.stack}/${resource.logicalId}`);
    return { ref: `${UserPoolId}|${id}`, attributes: { ManagedLoginBrandingId: id } };
  }

  #poolOf(resource: Resource, id: string): Pool {
    const pool = this.#pools.get(id);
    if (pool) return pool;
    throw unsupported(resource, 'UserPoolId', `${id} is no pool of the template`);
  }
}

/**
 * Drops oidc-provider's session cookie. Cognito remembers a browser for an hour; here every sign-in asks, so that two
 * windows of one browser can be two people, and signing out needs to forget nothing.
 */
function withoutSession(request: IncomingMessage): void {
  const cookies = (request.headers.cookie ?? '').split(/;\s*/);
  request.headers.cookie = cookies.filter((cookie) => !/^_session(\.sig)?=/.test(cookie)).join('; ');
}
