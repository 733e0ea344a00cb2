import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Listening, listen } from '../http.ts';
import type { InvocationResult, Invoker } from '../lambda/invoker.ts';
import { type Resource, UnsupportedError } from '../template/provider.ts';
import { Identity } from './identity.ts';
import { Browser, pkce, startCode } from './test-browser.ts';

const callback = 'http://localhost:4000/';
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const functions = {
  preSignUp: 'arn:aws:lambda:us-east-1:000000000000:function:preSignUp',
  postConfirmation: 'arn:aws:lambda:us-east-1:000000000000:function:postConfirmation',
  preAuthentication: 'arn:aws:lambda:us-east-1:000000000000:function:preAuthentication',
  postAuthentication: 'arn:aws:lambda:us-east-1:000000000000:function:postAuthentication',
  preToken: 'arn:aws:lambda:us-east-1:000000000000:function:preToken',
};

type Event = Record<string, unknown> & { response: Record<string, unknown> };

/** Records calls; a function answers with its event unless a test says otherwise. */
class RecordingInvoker implements Invoker {
  readonly calls: { fn: string; event: Event }[] = [];
  readonly answers = new Map<string, (event: Event) => InvocationResult>();

  async invoke(fn: string, event: unknown): Promise<InvocationResult> {
    const sent: Event = JSON.parse(JSON.stringify(event));
    this.calls.push({ fn, event: sent });
    return this.answers.get(fn)?.(sent) ?? { ok: true, payload: sent };
  }

  invokeAsync(): void {
    throw new Error('triggers are waited for');
  }

  called(): string[] {
    return this.calls.map(({ fn }) => fn.slice(fn.lastIndexOf(':') + 1));
  }
}

let folder: string;
let invoker: RecordingInvoker;
let cloud: Cloud;

interface Cloud {
  identity: Identity;
  listening: Listening;
  rewrites: Map<string, string>;
  issuer: string;
  poolId: string;
  clientId: string;
}

async function start(pool: object = {}, client: object = {}): Promise<Cloud> {
  let current: Identity | undefined;
  const listening = await listen((request, response) => {
    void current?.handle(request, response);
  });
  const rewrites = new Map<string, string>();
  const identity = new Identity({
    invoker,
    publicUrl: listening.url,
    dataDir: folder,
    rewrite: (prefix, replacement) => rewrites.set(prefix, replacement),
  });
  current = identity;
  const { ref: poolId } = await create(identity, 'AWS::Cognito::UserPool', 'Pool', pool);
  const { ref: clientId } = await create(identity, 'AWS::Cognito::UserPoolClient', 'Client', {
    UserPoolId: poolId,
    AllowedOAuthFlows: ['code'],
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthScopes: ['openid', 'profile', 'email'],
    CallbackURLs: [callback],
    LogoutURLs: [`${callback}bye`],
    ...client,
  });
  await create(identity, 'AWS::Cognito::UserPoolDomain', 'Domain', {
    UserPoolId: poolId,
    Domain: 'fanfare',
    ManagedLoginVersion: 2,
  });
  return {
    identity,
    listening,
    rewrites,
    poolId,
    clientId,
    issuer: rewrites.get(`https://cognito-idp.us-east-1.amazonaws.com/${poolId}`) ?? '',
  };
}

async function create(identity: Identity, type: string, logicalId: string, properties: object) {
  const provider = identity.providers[type];
  if (!provider) throw new Error(`no provider for ${type}`);
  const resource: Resource = {
    stack: 'identity',
    logicalId,
    type,
    properties: { ...properties },
    metadata: {},
  };
  return await provider(resource);
}

/** The whole of what a page does: authorization request, sign-in form, code for tokens. */
async function signInByPage(name: string, scope = 'openid profile email') {
  const browser = new Browser();
  const { verifier, code, state } = await startCode(browser, cloud, { name, scope, redirectUri: callback });
  const tokens = await exchange({ code, code_verifier: verifier });
  return { browser, tokens, state, code, verifier };
}

async function exchange(fields: Record<string, string>) {
  const response = await fetch(`${cloud.issuer}/oauth2/token`, {
    method: 'POST',
    headers: { origin: 'http://localhost:4000' },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: cloud.clientId,
      redirect_uri: callback,
      ...fields,
    }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

function verify(token: string, audience?: string) {
  const keys = createRemoteJWKSet(new URL(`${cloud.issuer}/.well-known/jwks.json`));
  return jwtVerify(token, keys, { issuer: cloud.issuer, ...(audience ? { audience } : {}) });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fanfare-identity-'));
  invoker = new RecordingInvoker();
  cloud = await start();
});

afterEach(async () => {
  await cloud.listening.close();
  await rm(folder, { recursive: true });
});

describe('the pool', () => {
  it('answers what CloudFormation answers, the same in every run', async () => {
    expect(cloud.poolId).toMatch(/^us-east-1_[a-z0-9]{9}$/);
    expect(cloud.clientId).toMatch(/^[a-z0-9]{26}$/);
    const created = await create(cloud.identity, 'AWS::Cognito::UserPool', 'Pool', {});
    expect(created).toEqual({
      ref: cloud.poolId,
      attributes: {
        Arn: `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${cloud.poolId}`,
        ProviderName: `cognito-idp.us-east-1.amazonaws.com/${cloud.poolId}`,
        ProviderURL: `https://cognito-idp.us-east-1.amazonaws.com/${cloud.poolId}`,
        UserPoolId: cloud.poolId,
      },
    });
  });

  it('registers the local addresses of issuer and domain', () => {
    const base = `${cloud.listening.url}/_local/identity/${cloud.poolId}`;
    expect(Object.fromEntries(cloud.rewrites)).toEqual({
      [`https://cognito-idp.us-east-1.amazonaws.com/${cloud.poolId}`]: base,
      'https://fanfare.auth.us-east-1.amazoncognito.com': base,
    });
  });

  it.each([
    ['AWS::Cognito::UserPoolClient', { AllowedOAuthFlows: ['implicit'] }, 'AllowedOAuthFlows.0'],
    ['AWS::Cognito::UserPoolClient', { CallbackURLs: ['fanfare://done'] }, 'CallbackURLs.0'],
    ['AWS::Cognito::UserPoolDomain', { Domain: 'x', CustomDomainConfig: {} }, 'CustomDomainConfig'],
    ['AWS::Cognito::UserPool', { LambdaConfig: { CustomMessage: 'arn' } }, 'LambdaConfig.CustomMessage'],
  ])('refuses of %s what it cannot play, by name: %j', async (type, properties, named) => {
    const pool = type.endsWith('UserPool') ? {} : { UserPoolId: cloud.poolId };
    const creating = async () => await create(cloud.identity, type, 'Odd', { ...pool, ...properties });
    await expect(creating).rejects.toThrow(UnsupportedError);
    await expect(creating).rejects.toThrow(`identity/Odd (${type}): the property ${named} is not supported`);
  });

  it('refuses a resource of another pool', async () => {
    const creating = async () =>
      await create(cloud.identity, 'AWS::Cognito::UserPoolClient', 'Odd', { UserPoolId: 'us-east-1_other' });
    await expect(creating).rejects.toThrow(/UserPoolId names us-east-1_other/);
  });
});

describe('discovery', () => {
  it("has the issuer, and Cognito's paths", async () => {
    const response = await fetch(`${cloud.issuer}/.well-known/openid-configuration`, {
      headers: { origin: 'http://localhost:5173' },
    });
    expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
    expect(await response.json()).toMatchObject({
      issuer: cloud.issuer,
      authorization_endpoint: `${cloud.issuer}/oauth2/authorize`,
      token_endpoint: `${cloud.issuer}/oauth2/token`,
      userinfo_endpoint: `${cloud.issuer}/oauth2/userInfo`,
      revocation_endpoint: `${cloud.issuer}/oauth2/revoke`,
      end_session_endpoint: `${cloud.issuer}/logout`,
      jwks_uri: `${cloud.issuer}/.well-known/jwks.json`,
    });
  });

  it('shows no private key', async () => {
    const { keys } = await (await fetch(`${cloud.issuer}/.well-known/jwks.json`)).json();
    expect(Object.keys(keys[0]).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  });
});

describe('signing in by code and PKCE', () => {
  it("gives tokens of Cognito's shape", async () => {
    const { tokens, state } = await signInByPage('alice');
    expect(state).toBe('the-state');
    expect(tokens.status).toBe(200);
    expect(tokens.headers.get('access-control-allow-origin')).toBe('http://localhost:4000');
    expect(Object.keys(tokens.body).sort()).toEqual([
      'access_token',
      'expires_in',
      'id_token',
      'refresh_token',
      'token_type',
    ]);
    expect(tokens.body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });

    const access = await verify(tokens.body.access_token);
    expect(access.protectedHeader).toEqual({ kid: expect.any(String), alg: 'RS256' });
    expect(access.payload).toEqual({
      sub: expect.stringMatching(uuid),
      iss: cloud.issuer,
      client_id: cloud.clientId,
      origin_jti: expect.stringMatching(uuid),
      event_id: expect.stringMatching(uuid),
      token_use: 'access',
      scope: 'openid profile email',
      auth_time: expect.any(Number),
      iat: expect.any(Number),
      exp: (access.payload.iat ?? 0) + 3600,
      jti: expect.stringMatching(uuid),
      username: 'alice',
    });

    const id = await verify(tokens.body.id_token, cloud.clientId);
    const hash = createHash('sha256').update(tokens.body.access_token).digest().subarray(0, 16);
    expect(id.payload).toMatchObject({
      sub: access.payload.sub,
      origin_jti: access.payload.origin_jti,
      token_use: 'id',
      'cognito:username': 'alice',
      email: 'alice@example.com',
      email_verified: true,
      name: 'alice',
      nonce: 'the-nonce',
      at_hash: hash.toString('base64url'),
    });
  });

  it('takes validities and their units from the template', async () => {
    await cloud.listening.close();
    cloud = await start(
      {},
      { AccessTokenValidity: 7, IdTokenValidity: 2, TokenValidityUnits: { AccessToken: 'minutes' } },
    );
    const { tokens } = await signInByPage('alice');
    expect(tokens.body.expires_in).toBe(420);
    const { payload: access } = await verify(tokens.body.access_token);
    const { payload: id } = await verify(tokens.body.id_token);
    expect((access.exp ?? 0) - (access.iat ?? 0)).toBe(420);
    expect((id.exp ?? 0) - (id.iat ?? 0)).toBe(7200);
  });

  it('gives a client with a secret its tokens for that secret alone', async () => {
    await cloud.listening.close();
    cloud = await start({}, { GenerateSecret: true });
    const { attributes } = await create(cloud.identity, 'AWS::Cognito::UserPoolClient', 'Client', {
      UserPoolId: cloud.poolId,
      GenerateSecret: true,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthScopes: ['openid'],
      CallbackURLs: [callback],
    });
    const { code, verifier } = await startCode(new Browser(), cloud, {
      name: 'alice',
      scope: 'openid',
      redirectUri: callback,
    });
    expect((await exchange({ code, code_verifier: verifier })).status).toBe(401);
    const response = await fetch(`${cloud.issuer}/oauth2/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${cloud.clientId}:${attributes?.ClientSecret}`).toString('base64')}`,
      },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        redirect_uri: callback,
        code,
        code_verifier: verifier,
      }),
    });
    expect(response.status).toBe(200);
  });

  it('gives no id token without the scope openid', async () => {
    const browser = new Browser();
    const { code, verifier } = await startCode(browser, cloud, {
      name: 'alice',
      scope: 'profile',
      redirectUri: callback,
      nonce: null,
    });
    const { body } = await exchange({ code, code_verifier: verifier });
    expect(body.id_token).toBeUndefined();
    expect((await verify(body.access_token)).payload.scope).toBe('profile');
  });

  it('refreshes with the same sign-in behind new tokens', async () => {
    const { tokens } = await signInByPage('bob');
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token };
    const again = await exchange(refresh);
    expect(again.status).toBe(200);
    expect(again.body.refresh_token).toBeUndefined();
    const first = (await verify(tokens.body.access_token)).payload;
    const second = (await verify(again.body.access_token)).payload;
    expect(second).toMatchObject({
      sub: first.sub,
      username: 'bob',
      origin_jti: first.origin_jti,
      auth_time: first.auth_time,
    });
    expect(second.jti).not.toBe(first.jti);
    expect((await verify(again.body.id_token)).payload.nonce).toBeUndefined();
  });

  it('revokes a refresh token', async () => {
    const { tokens } = await signInByPage('bob');
    const revoked = await fetch(`${cloud.issuer}/oauth2/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: cloud.clientId, token: tokens.body.refresh_token }),
    });
    expect(revoked.status).toBe(200);
    const again = await exchange({ grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token });
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant']);
  });

  it('gives tokens for a code once', async () => {
    const { code, verifier, tokens } = await signInByPage('alice');
    const again = await exchange({ code, code_verifier: verifier });
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant']);
    const refreshed = await exchange({
      grant_type: 'refresh_token',
      refresh_token: tokens.body.refresh_token,
    });
    expect(refreshed.status).toBe(400);
  });

  it('gives no tokens for another verifier, or none', async () => {
    for (const fields of [{ code_verifier: randomBytes(32).toString('base64url') }, {}]) {
      const browser = new Browser();
      const { code } = await startCode(browser, cloud, {
        name: 'alice',
        scope: 'openid',
        redirectUri: callback,
      });
      const { status, body } = await exchange({ code, ...fields });
      expect([status, body.error]).toEqual([400, 'invalid_grant']);
    }
  });

  it('refuses a page of another origin at the token endpoint', async () => {
    const response = await fetch(`${cloud.issuer}/oauth2/token`, {
      method: 'POST',
      headers: { origin: 'http://evil.example' },
      body: new URLSearchParams({ grant_type: 'authorization_code', client_id: cloud.clientId, code: 'x' }),
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('an authorization request', () => {
  const request = (changes: Record<string, string | null>) => {
    const query = new URLSearchParams({
      client_id: cloud.clientId,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: callback,
      code_challenge: pkce().challenge,
      code_challenge_method: 'S256',
      state: 's',
    });
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) query.delete(name);
      else query.set(name, value);
    }
    return fetch(`${cloud.issuer}/oauth2/authorize?${query}`, {
      redirect: 'manual',
      headers: { accept: 'text/html' },
    });
  };

  it.each([
    ['an unregistered redirect_uri', { redirect_uri: 'http://evil.example/<b>' }],
    ['a redirect_uri that only begins like one', { redirect_uri: `${callback}elsewhere` }],
    ['an unknown client', { client_id: 'nobody' }],
  ])('with %s is answered with an error page, and no redirect', async (_what, changes) => {
    const response = await request(changes);
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const page = await response.text();
    expect(page).toContain('This sign-in cannot go on');
    expect(page).not.toContain('<b>');
  });

  it.each([
    ['no PKCE challenge', { code_challenge: null, code_challenge_method: null }, 'invalid_request'],
    ['a scope that the client may not have', { scope: 'openid phone' }, 'invalid_scope'],
    ['an unknown scope', { scope: 'openid rooms/write' }, 'invalid_scope'],
    ['the implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
    ['prompt=none, as there is no session', { prompt: 'none' }, 'login_required'],
  ])('with %s goes back to the page with the error', async (_what, changes, error) => {
    const response = await request(changes);
    expect(response.status).toBe(303);
    const location = new URL(response.headers.get('location') ?? '');
    const answer = new URLSearchParams(location.hash ? location.hash.slice(1) : location.search);
    expect(location.origin).toBe(new URL(callback).origin);
    expect([answer.get('error'), answer.get('state')]).toEqual([error, 's']);
  });

  it('may come to /login, as on the domain', async () => {
    const response = await fetch(`${cloud.issuer}/login?client_id=${cloud.clientId}`, { redirect: 'manual' });
    expect(response.headers.get('location')).toBe(
      `${new URL(cloud.issuer).pathname}/oauth2/authorize?client_id=${cloud.clientId}`,
    );
  });
});

describe('the sign-in page', () => {
  it('asks for a name, offers the accounts, and loads nothing', async () => {
    const browser = new Browser();
    const page = await browser.authorize(cloud, { redirectUri: callback, scope: 'openid' });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self' http:\/\/localhost:4000; frame-ancestors 'none'/,
    );
    const html = await page.text();
    for (const name of ['alice', 'bob', 'carol']) expect(html).toContain(`value="${name}"`);
    expect(html).toContain('<label for="username">');
    expect(html).toContain('stands in for Cognito');
    expect(html).not.toMatch(/<script|src=|href=|https?:/);
    const style = /<style>([\s\S]*)<\/style>/.exec(html)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page.headers.get('content-security-policy')).toContain(`'sha256-${hash}'`);
  });

  it.each([
    '',
    '   ',
    'two words',
    '"><script>alert(1)</script>',
    'a'.repeat(41),
    '../../etc/passwd',
    'a\u0000b',
    'line\nbreak',
    '___',
    '\u202Eevil',
  ])('refuses the name %j on the page, escaped, and signs nobody up', async (name) => {
    const browser = new Browser();
    const page = await browser.authorize(cloud, { redirectUri: callback, scope: 'openid' });
    const answer = await browser.post(page.url, { username: name });
    expect(answer.status).toBe(400);
    const html = await answer.text();
    expect(html).toContain('role="alert"');
    expect(html).toContain('A name has 1 to 40 letters');
    expect(html).not.toContain('<script');
    await expect(cloud.identity.accessToken(name)).rejects.toThrow('A name has 1 to 40 letters');

    // The page is still good for another try.
    const second = await browser.post(page.url, { username: 'alice' });
    expect(second.status).toBe(303);
  });

  it.each(['__proto__', 'constructor', 'Zoë', 'Ελένη', 'a.b-c_d'])('takes the name %s', async (name) => {
    const { tokens } = await signInByPage(name);
    expect((await verify(tokens.body.access_token)).payload.username).toBe(name);
    expect((await verify(tokens.body.id_token)).payload.email).toMatch(/^[a-z0-9._-]*[a-z0-9]@example\.com$/);
  });

  it('asks again in the same browser, so that two windows can be two people', async () => {
    const { browser, tokens } = await signInByPage('alice');
    const { code, verifier } = await startCode(browser, cloud, {
      name: 'bob',
      scope: 'openid',
      redirectUri: callback,
    });
    const second = await exchange({ code, code_verifier: verifier });
    expect((await verify(second.body.access_token)).payload.username).toBe('bob');
    const refreshed = await exchange({
      grant_type: 'refresh_token',
      refresh_token: tokens.body.refresh_token,
    });
    expect((await verify(refreshed.body.access_token)).payload.username).toBe('alice');
  });

  it('serves two sign-ins at once in one browser', async () => {
    const browser = new Browser();
    const first = await browser.authorize(cloud, { redirectUri: callback, scope: 'openid' });
    const second = await browser.authorize(cloud, { redirectUri: callback, scope: 'openid' });
    const codes = [
      await browser.finish(second.url, 'bob', callback),
      await browser.finish(first.url, 'alice', callback),
    ];
    const names = [];
    for (const [code, { verifier }] of [
      [codes[0], second],
      [codes[1], first],
    ] as const) {
      const { body } = await exchange({ code: code?.get('code') ?? '', code_verifier: verifier });
      names.push((await verify(body.access_token)).payload.username);
    }
    expect(names).toEqual(['bob', 'alice']);
  });

  it('says so when the sign-in belongs to no cookie', async () => {
    const browser = new Browser();
    const page = await browser.authorize(cloud, { redirectUri: callback, scope: 'openid' });
    const stranger = await fetch(page.url, {
      method: 'POST',
      body: new URLSearchParams({ username: 'alice' }),
    });
    expect(stranger.status).toBe(400);
    expect(await stranger.text()).toContain('It has expired, or was begun in another browser.');
  });
});

describe('triggers', () => {
  const triggers = {
    LambdaConfig: {
      PreSignUp: functions.preSignUp,
      PostConfirmation: functions.postConfirmation,
      PreAuthentication: functions.preAuthentication,
      PostAuthentication: functions.postAuthentication,
    },
  };

  beforeEach(async () => {
    await cloud.listening.close();
    cloud = await start(triggers);
  });

  it('run once for a new name in the documented order, and of a known one only those of signing in', async () => {
    await signInByPage('dave');
    expect(invoker.called()).toEqual([
      'preSignUp',
      'postConfirmation',
      'preAuthentication',
      'postAuthentication',
    ]);
    await signInByPage('dave');
    await signInByPage('alice');
    expect(invoker.called().slice(4)).toEqual([
      'preAuthentication',
      'postAuthentication',
      'preAuthentication',
      'postAuthentication',
    ]);
  });

  it("get Cognito's events", async () => {
    await signInByPage('dave');
    const [preSignUp, postConfirmation, , postAuthentication] = invoker.calls.map(({ event }) => event);
    const common = {
      version: '1',
      region: 'us-east-1',
      userPoolId: cloud.poolId,
      userName: 'dave',
      callerContext: { awsSdkVersion: expect.any(String), clientId: cloud.clientId },
    };
    expect(preSignUp).toEqual({
      ...common,
      triggerSource: 'PreSignUp_SignUp',
      request: { userAttributes: { email: 'dave@example.com', name: 'dave' }, validationData: null },
      response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
    });
    const userAttributes = {
      sub: expect.stringMatching(uuid),
      'cognito:user_status': 'CONFIRMED',
      email: 'dave@example.com',
      email_verified: 'true',
      name: 'dave',
    };
    expect(postConfirmation).toEqual({
      ...common,
      triggerSource: 'PostConfirmation_ConfirmSignUp',
      request: { userAttributes },
      response: {},
    });
    expect(postAuthentication).toEqual({
      ...common,
      triggerSource: 'PostAuthentication_Authentication',
      request: { userAttributes, newDeviceUsed: false },
      response: {},
    });
  });

  it('leave an address unverified that was confirmed without a code', async () => {
    invoker.answers.set(functions.preSignUp, (event) => ({
      ok: true,
      payload: { ...event, response: { autoConfirmUser: true, autoVerifyEmail: false } },
    }));
    const { tokens } = await signInByPage('dave');
    expect((await verify(tokens.body.id_token)).payload.email_verified).toBe(false);
  });

  it('refuse a sign-up, with the message on the page and no user left behind', async () => {
    invoker.answers.set(functions.preSignUp, () => ({
      ok: false,
      errorType: 'Error',
      errorMessage: 'no <b>daves</b>',
    }));
    const browser = new Browser();
    const page = await browser.authorize(cloud, { redirectUri: callback, scope: 'openid' });
    const answer = await browser.post(page.url, { username: 'dave' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('PreSignUp failed with error no &lt;b&gt;daves&lt;/b&gt;.');

    invoker.answers.delete(functions.preSignUp);
    await browser.finish(page.url, 'dave', callback);
    expect(invoker.called().filter((fn) => fn === 'preSignUp')).toHaveLength(2);
  });

  it('fail a sign-in when PostAuthentication fails', async () => {
    invoker.answers.set(functions.postAuthentication, () => ({
      ok: false,
      errorType: 'Error',
      errorMessage: 'no table',
    }));
    await expect(cloud.identity.accessToken('alice')).rejects.toThrow(
      'PostAuthentication failed with error no table.',
    );
  });

  it('must return their event, as Cognito demands', async () => {
    invoker.answers.set(functions.postAuthentication, () => ({ ok: true, payload: null }));
    await expect(cloud.identity.accessToken('alice')).rejects.toThrow('Unrecognizable lambda output');
  });

  it('sign one new name up once when two windows give it at once', async () => {
    await Promise.all([cloud.identity.accessToken('dave'), cloud.identity.accessToken('dave')]);
    expect(invoker.called().filter((fn) => fn === 'preSignUp')).toHaveLength(1);
  });

  it('change tokens before they are signed, but not whose they are', async () => {
    await cloud.listening.close();
    cloud = await start({
      LambdaConfig: { PreTokenGenerationConfig: { LambdaArn: functions.preToken, LambdaVersion: 'V2_0' } },
    });
    invoker.answers.set(functions.preToken, (event) => ({
      ok: true,
      payload: {
        ...event,
        response: {
          claimsAndScopeOverrideDetails: {
            idTokenGeneration: {
              claimsToAddOrOverride: { team: 'blue', sub: 'x' },
              claimsToSuppress: ['email'],
            },
            accessTokenGeneration: {
              claimsToAddOrOverride: { plan: 'free', client_id: 'x' },
              scopesToAdd: ['rooms/read'],
            },
            groupOverrideDetails: { groupsToOverride: ['admins'] },
          },
        },
      },
    }));
    const { tokens } = await signInByPage('alice');
    const access = (await verify(tokens.body.access_token)).payload;
    const id = (await verify(tokens.body.id_token)).payload;
    expect(access).toMatchObject({
      plan: 'free',
      client_id: cloud.clientId,
      scope: 'openid profile email rooms/read',
      'cognito:groups': ['admins'],
    });
    expect(id).toMatchObject({ team: 'blue', sub: access.sub, 'cognito:groups': ['admins'] });
    expect(id.email).toBeUndefined();
    const event = invoker.calls.at(-1)?.event;
    expect(event).toMatchObject({ version: '2', triggerSource: 'TokenGeneration_HostedAuth' });
    expect(event?.request).toMatchObject({ scopes: ['openid', 'profile', 'email'] });

    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token };
    await exchange(refresh);
    expect(invoker.calls.at(-1)?.event.triggerSource).toBe('TokenGeneration_RefreshTokens');
    invoker.answers.set(functions.preToken, () => ({ ok: false, errorType: 'Error', errorMessage: 'no' }));
    expect(await exchange(refresh)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: 'PreTokenGeneration failed with error no.' },
    });
  });
});

describe('userInfo', () => {
  it('answers an access token with its person, to any page', async () => {
    const { tokens } = await signInByPage('alice');
    const response = await fetch(`${cloud.issuer}/oauth2/userInfo`, {
      headers: { authorization: `Bearer ${tokens.body.access_token}`, origin: 'http://localhost:4000' },
    });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response.json()).toEqual({
      sub: (await verify(tokens.body.access_token)).payload.sub,
      email: 'alice@example.com',
      email_verified: 'true',
      name: 'alice',
      username: 'alice',
    });
  });

  it('refuses an id token, a forged one and none', async () => {
    const { tokens } = await signInByPage('alice');
    const [head, , signature] = tokens.body.access_token.split('.');
    const forged = `${head}.${Buffer.from('{"sub":"x","token_use":"access","scope":"openid"}').toString('base64url')}.${signature}`;
    for (const authorization of [`Bearer ${tokens.body.id_token}`, `Bearer ${forged}`, '']) {
      const response = await fetch(`${cloud.issuer}/oauth2/userInfo`, { headers: { authorization } });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('invalid_token');
    }
  });
});

describe('logout', () => {
  const logout = (query: string) => fetch(`${cloud.issuer}/logout?${query}`, { redirect: 'manual' });

  it('goes back to a registered address', async () => {
    const response = await logout(
      `client_id=${cloud.clientId}&logout_uri=${encodeURIComponent(`${callback}bye`)}`,
    );
    expect([response.status, response.headers.get('location')]).toEqual([302, `${callback}bye`]);
  });

  it('goes nowhere else', async () => {
    for (const query of [
      `client_id=${cloud.clientId}&logout_uri=http://evil.example`,
      `logout_uri=${callback}bye`,
      '',
    ]) {
      const response = await logout(query);
      expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    }
  });
});

describe('a token without a browser', () => {
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${cloud.listening.url}/_local/identity/token`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  it('is that of the same person as by the page', async () => {
    const { tokens } = await signInByPage('erin');
    const direct = await (await post({ username: 'erin', expiresInSeconds: 5 })).json();
    const { payload } = await verify(direct.accessToken);
    expect(payload.sub).toBe((await verify(tokens.body.access_token)).payload.sub);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(5);
    expect(decodeProtectedHeader(direct.idToken).alg).toBe('RS256');
  });

  it('is refused to pages, and for what is not a request', async () => {
    expect((await post({ username: 'alice' }, { origin: 'http://evil.example' })).status).toBe(403);
    for (const body of ['', '{', '[]', {}, { username: 1 }, { username: 'alice', expiresInSeconds: 0 }]) {
      expect((await post(body)).status).toBe(400);
    }
    expect((await fetch(`${cloud.listening.url}/_local/identity/token`)).status).toBe(405);
  });

  it('says when the template has no client, or two', async () => {
    await create(cloud.identity, 'AWS::Cognito::UserPoolClient', 'Second', { UserPoolId: cloud.poolId });
    await expect(cloud.identity.accessToken('alice')).rejects.toThrow('there are 2');
  });
});

describe('after a restart', () => {
  async function restart() {
    const { port } = cloud.listening;
    await cloud.listening.close();
    cloud = await start();
    return port;
  }

  it('keys, people and their subs are the same', async () => {
    const before = await cloud.identity.accessToken('frank');
    const kid = decodeProtectedHeader(before.accessToken).kid;
    const keysBefore = await (await fetch(`${cloud.issuer}/.well-known/jwks.json`)).json();
    await restart();
    expect(await (await fetch(`${cloud.issuer}/.well-known/jwks.json`)).json()).toEqual(keysBefore);
    const after = await cloud.identity.accessToken('frank');
    expect(decodeProtectedHeader(after.accessToken).kid).toBe(kid);
    const keys = createRemoteJWKSet(new URL(`${cloud.issuer}/.well-known/jwks.json`));
    const [old, fresh] = await Promise.all([
      jwtVerify(before.accessToken, keys),
      jwtVerify(after.accessToken, keys),
    ]);
    expect(old.payload.sub).toBe(fresh.payload.sub);
  });

  it('a page stays signed in', async () => {
    const { tokens } = await signInByPage('frank');
    await restart();
    const again = await exchange({ grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token });
    expect(again.status).toBe(200);
    expect((await verify(again.body.access_token)).payload.username).toBe('frank');
  });

  it('a damaged file is named', async () => {
    await writeFile(join(folder, cloud.poolId, 'users.json'), '{"half');
    await cloud.listening.close();
    await expect(start()).rejects.toThrow(/users\.json is damaged: start with --fresh/);
  });
});

it('runs with no warning of oidc-provider', async () => {
  const printed = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'info'), vi.spyOn(console, 'error')];
  await signInByPage('alice');
  for (const spy of printed) expect(spy).not.toHaveBeenCalled();
});
