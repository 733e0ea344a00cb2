import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Invoker } from '../lambda/invoker.ts';
import type { AppClient } from './client.ts';
import { loadKeys, type PoolKeys } from './keys.ts';
import type { UserPoolProperties } from './properties.ts';
import { Store } from './store.ts';
import { type Grant, TokenSigner, type Tokens } from './tokens.ts';
import { type TokenSource, Triggers } from './triggers.ts';
import { parseUsername, type User, Users } from './users.ts';

/** The pool takes no new users: AllowAdminCreateUserOnly. */
export class SignUpClosedError extends Error {
  override readonly name = 'SignUpClosedError';
}

/** One user pool: its people, its app clients, its keys and its triggers. */
export class Pool {
  readonly id: string;
  /** The `iss` of its tokens, and the address under which everything of it is served. */
  readonly issuer: string;
  readonly keys: PoolKeys;
  readonly users: Users;
  readonly store: Store;
  readonly clients = new Map<string, AppClient>();
  /** Scopes of the pool's resource servers, as `identifier/scope`. */
  readonly customScopes = new Set<string>();
  readonly signer: TokenSigner;
  readonly #triggers: Triggers;
  readonly #caseSensitive: boolean;
  readonly #openSignUp: boolean;
  readonly #signUps = new Map<string, Promise<User>>();

  private constructor(
    at: { id: string; issuer: string; folder: string },
    keys: PoolKeys,
    invoker: Invoker,
    properties: UserPoolProperties,
  ) {
    this.id = at.id;
    this.issuer = at.issuer;
    this.keys = keys;
    this.users = new Users(at.id, at.folder);
    this.store = new Store(at.folder);
    this.signer = new TokenSigner(at.issuer, keys);
    this.#triggers = new Triggers(invoker, at.id, properties.LambdaConfig ?? {});
    this.#caseSensitive = properties.UsernameConfiguration?.CaseSensitive ?? true;
    this.#openSignUp = !properties.AdminCreateUserConfig?.AllowAdminCreateUserOnly;
  }

  static async open(
    at: { id: string; issuer: string; dataDir: string },
    invoker: Invoker,
    properties: UserPoolProperties,
  ): Promise<Pool> {
    const folder = join(at.dataDir, at.id);
    return new Pool({ ...at, folder }, await loadKeys(folder), invoker, properties);
  }

  /**
   * Signs in whoever says this name, and signs them up first where the name is new. Rejects with `NameError`,
   * `SignUpClosedError` or `TriggerError`, whose messages are for the person.
   */
  async signIn(typed: string, clientId: string): Promise<User> {
    const name = parseUsername(typed);
    const username = this.#caseSensitive ? name : name.toLowerCase();
    const user = this.users.find(username) ?? (await this.#signUpOnce(username, clientId));
    await this.#authenticate(user, clientId);
    return user;
  }

  /**
   * Signs a user in through Cognito's API, whose tokens are for the person's own attributes alone. Rejects with
   * `TriggerError`.
   */
  async signInByApi(user: User, client: AppClient): Promise<Tokens> {
    await this.#authenticate(user, client.id);
    const grant = {
      user,
      client,
      scopes: ['aws.cognito.signin.user.admin'],
      authTime: Math.floor(Date.now() / 1000),
      originJti: randomUUID(),
    };
    return await this.tokens(grant, 'TokenGeneration_Authentication');
  }

  /** Tokens for a grant, as the pre-token-generation trigger wants them. Rejects with `TriggerError`. */
  async tokens(grant: Grant, source: TokenSource, expiresIn?: number): Promise<Tokens> {
    const { user, client, scopes } = grant;
    const overrides = await this.#triggers.preTokenGeneration(user, client.id, source, scopes);
    return await this.signer.sign(grant, overrides, expiresIn);
  }

  /** Signs in without a browser, with every scope that the client may have. Rejects as `signIn` and `tokens` do. */
  async signInDirectly(typed: string, client: AppClient, expiresIn?: number): Promise<Tokens> {
    const user = await this.signIn(typed, client.id);
    const grant = {
      user,
      client,
      scopes: client.scopes.length ? client.scopes : ['openid'],
      authTime: Math.floor(Date.now() / 1000),
      originJti: randomUUID(),
    };
    return await this.tokens(grant, 'TokenGeneration_HostedAuth', expiresIn);
  }

  async #authenticate(user: User, clientId: string): Promise<void> {
    await this.#triggers.preAuthentication(user, clientId);
    await this.#triggers.postAuthentication(user, clientId);
  }

  /** Two windows that give the same new name at once are one sign-up. */
  #signUpOnce(username: string, clientId: string): Promise<User> {
    const running = this.#signUps.get(username);
    if (running) return running;
    const signUp = this.#signUp(username, clientId).finally(() => this.#signUps.delete(username));
    this.#signUps.set(username, signUp);
    return signUp;
  }

  async #signUp(username: string, clientId: string): Promise<User> {
    if (!this.#openSignUp)
      throw new SignUpClosedError(`There is no user ${username}, and sign-up is closed.`);
    const { autoConfirmUser, autoVerifyEmail } = await this.#triggers.preSignUp(
      this.users.draft(username, false),
      clientId,
    );
    // Not confirmed by the trigger: Cognito would mail a code. There is no mail here, so it counts as entered, which
    // confirms the user and verifies the address.
    const user = this.users.draft(username, !autoConfirmUser || autoVerifyEmail === true);
    await this.users.save(user);
    await this.#triggers.postConfirmation(user, clientId);
    return user;
  }
}
