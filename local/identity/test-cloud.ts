import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { type Listening, listen } from '../http.ts';
import type { InvocationResult, Invoker } from '../lambda/invoker.ts';
import type { Created } from '../template/provider.ts';
import { Identity } from './identity.ts';
import { Browser, startCode } from './test-browser.ts';

export const callback = 'http://localhost:4000/';
export const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:';
export const functions = {
  preSignUp: `${functionArn}preSignUp`,
  postConfirmation: `${functionArn}postConfirmation`,
  preAuthentication: `${functionArn}preAuthentication`,
  postAuthentication: `${functionArn}postAuthentication`,
  preToken: `${functionArn}preToken`,
};

type TriggerEvent = Record<string, unknown> & { response: Record<string, unknown> };

/** Records calls; a function answers with its event unless a test says otherwise. */
class RecordingInvoker implements Invoker {
  readonly calls: { fn: string; event: TriggerEvent }[] = [];
  readonly answers = new Map<string, (event: TriggerEvent) => InvocationResult>();

  async invoke(fn: string, event: unknown): Promise<InvocationResult> {
    const sent: TriggerEvent = JSON.parse(JSON.stringify(event));
    this.calls.push({ fn, event: sent });
    return this.answers.get(fn)?.(sent) ?? { ok: true, payload: sent };
  }

  invokeAsync(): void {
    throw new Error('triggers are waited for');
  }

  called(): string[] {
    return this.calls.map(({ fn }) => fn.slice(functionArn.length));
  }
}

/** A listening `Identity` with one pool, one client and a domain. */
export class TestCloud {
  readonly invoker = new RecordingInvoker();
  readonly rewrites = new Map<string, string>();
  readonly identity: Identity;
  readonly listening: Listening;
  readonly folder: string;
  poolId = '';
  clientId = '';
  issuer = '';

  private constructor(listening: Listening, folder: string) {
    this.listening = listening;
    this.folder = folder;
    this.identity = new Identity({
      invoker: this.invoker,
      publicUrl: listening.url,
      dataDir: folder,
      rewrite: (prefix, replacement) => this.rewrites.set(prefix, replacement),
    });
  }

  /** `pool` and `client` are properties beside the usual ones. */
  static async start(pool: object = {}, client: object = {}, folder?: string): Promise<TestCloud> {
    let started: TestCloud | undefined;
    const listening = await listen((request, response) => {
      void started?.identity.handle(request, response);
    });
    const data = folder ?? (await mkdtemp(join(tmpdir(), 'fanfare-identity-')));
    const cloud = new TestCloud(listening, data);
    started = cloud;
    try {
      await cloud.#deploy(pool, client);
    } catch (error) {
      await cloud.stop();
      throw error;
    }
    return cloud;
  }

  async #deploy(pool: object, client: object): Promise<void> {
    this.poolId = (await this.create('AWS::Cognito::UserPool', 'Pool', pool)).ref;
    this.clientId = (
      await this.create('AWS::Cognito::UserPoolClient', 'Client', {
        UserPoolId: this.poolId,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthScopes: ['openid', 'profile', 'email'],
        CallbackURLs: [callback],
        LogoutURLs: [`${callback}bye`],
        ...client,
      })
    ).ref;
    await this.create('AWS::Cognito::UserPoolDomain', 'Domain', {
      UserPoolId: this.poolId,
      Domain: 'fanfare',
      ManagedLoginVersion: 2,
    });
    this.issuer = this.rewrites.get(`https://cognito-idp.us-east-1.amazonaws.com/${this.poolId}`) ?? '';
  }

  /** A new process, as it were, on the same data. */
  async again(pool: object = {}, client: object = {}): Promise<TestCloud> {
    await this.stop();
    return await TestCloud.start(pool, client, this.folder);
  }

  stop(): Promise<void> {
    return this.listening.close();
  }

  removeData(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }

  async create(type: string, logicalId: string, properties: object): Promise<Created> {
    const provider = this.identity.providers[type];
    if (!provider) throw new Error(`no provider for ${type}`);
    return await provider({
      stack: 'identity',
      logicalId,
      type,
      properties: { ...properties },
      metadata: {},
    });
  }

  /** The whole of what a page does: authorization request, sign-in form, code for tokens. */
  async signInByPage(name: string) {
    const browser = new Browser();
    const request = { name, scope: 'openid profile email', redirectUri: callback };
    const { verifier, code, state } = await startCode(browser, this, request);
    const tokens = await this.exchange({ code, code_verifier: verifier });
    return { browser, tokens, state, code, verifier };
  }

  /** A call of the token endpoint by a page at the callback's origin. */
  async exchange(fields: Record<string, string>) {
    const response = await fetch(`${this.issuer}/oauth2/token`, {
      method: 'POST',
      headers: { origin: 'http://localhost:4000' },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: this.clientId,
        redirect_uri: callback,
        ...fields,
      }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  /** By the published keys, as an authorizer would. */
  verify(token: string, audience?: string) {
    const keys = createRemoteJWKSet(new URL(`${this.issuer}/.well-known/jwks.json`));
    return jwtVerify(token, keys, { issuer: this.issuer, ...(audience ? { audience } : {}) });
  }
}
