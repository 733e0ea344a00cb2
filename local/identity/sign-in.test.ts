import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Browser, pkce, startCode } from './test-browser.ts';
import { callback, TestCloud, uuid } from './test-cloud.ts';

let cloud: TestCloud;

beforeEach(async () => {
  cloud = await TestCloud.start();
});

afterEach(async () => {
  await cloud.stop();
  await cloud.removeData();
});

describe('signing in by code and PKCE', () => {
  it("gives tokens of Cognito's shape", async () => {
    const { tokens, state } = await cloud.signInByPage('alice');
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

    const access = await cloud.verify(tokens.body.access_token);
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

    const id = await cloud.verify(tokens.body.id_token, cloud.clientId);
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
    cloud = await cloud.again(
      {},
      { AccessTokenValidity: 7, IdTokenValidity: 2, TokenValidityUnits: { AccessToken: 'minutes' } },
    );
    const { tokens } = await cloud.signInByPage('alice');
    expect(tokens.body.expires_in).toBe(420);
    const { payload: access } = await cloud.verify(tokens.body.access_token);
    const { payload: id } = await cloud.verify(tokens.body.id_token);
    expect((access.exp ?? 0) - (access.iat ?? 0)).toBe(420);
    expect((id.exp ?? 0) - (id.iat ?? 0)).toBe(7200);
  });

  it('gives a client with a secret its tokens for that secret alone', async () => {
    cloud = await cloud.again({}, { GenerateSecret: true });
    const { attributes } = await cloud.create('AWS::Cognito::UserPoolClient', 'Client', {
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
    expect((await cloud.exchange({ code, code_verifier: verifier })).status).toBe(401);
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
    const { body } = await cloud.exchange({ code, code_verifier: verifier });
    expect(body.id_token).toBeUndefined();
    expect((await cloud.verify(body.access_token)).payload.scope).toBe('profile');
  });

  it('refreshes with the same sign-in behind new tokens', async () => {
    const { tokens } = await cloud.signInByPage('bob');
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token };
    const again = await cloud.exchange(refresh);
    expect(again.status).toBe(200);
    expect(again.body.refresh_token).toBeUndefined();
    const first = (await cloud.verify(tokens.body.access_token)).payload;
    const second = (await cloud.verify(again.body.access_token)).payload;
    expect(second).toMatchObject({
      sub: first.sub,
      username: 'bob',
      origin_jti: first.origin_jti,
      auth_time: first.auth_time,
    });
    expect(second.jti).not.toBe(first.jti);
    expect((await cloud.verify(again.body.id_token)).payload.nonce).toBeUndefined();
  });

  it('revokes a refresh token', async () => {
    const { tokens } = await cloud.signInByPage('bob');
    const revoked = await fetch(`${cloud.issuer}/oauth2/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: cloud.clientId, token: tokens.body.refresh_token }),
    });
    expect(revoked.status).toBe(200);
    const again = await cloud.exchange({
      grant_type: 'refresh_token',
      refresh_token: tokens.body.refresh_token,
    });
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant']);
  });

  it('gives tokens for a code once', async () => {
    const { code, verifier, tokens } = await cloud.signInByPage('alice');
    const again = await cloud.exchange({ code, code_verifier: verifier });
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant']);
    const refreshed = await cloud.exchange({
      grant_type: 'refresh_token',
      refresh_token: tokens.body.refresh_token,
    });
    expect(refreshed.status).toBe(400);
  });

  it('gives no tokens for another verifier, or none', async () => {
    const verifiers: Record<string, string>[] = [{ code_verifier: pkce().verifier }, {}];
    for (const fields of verifiers) {
      const browser = new Browser();
      const { code } = await startCode(browser, cloud, {
        name: 'alice',
        scope: 'openid',
        redirectUri: callback,
      });
      const { status, body } = await cloud.exchange({ code, ...fields });
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
    const { tokens } = await cloud.signInByPage(name);
    expect((await cloud.verify(tokens.body.access_token)).payload.username).toBe(name);
    expect((await cloud.verify(tokens.body.id_token)).payload.email).toMatch(
      /^[a-z0-9._-]*[a-z0-9]@example\.com$/,
    );
  });

  it('asks again in the same browser, so that two windows can be two people', async () => {
    const { browser, tokens } = await cloud.signInByPage('alice');
    const { code, verifier } = await startCode(browser, cloud, {
      name: 'bob',
      scope: 'openid',
      redirectUri: callback,
    });
    const second = await cloud.exchange({ code, code_verifier: verifier });
    expect((await cloud.verify(second.body.access_token)).payload.username).toBe('bob');
    const refreshed = await cloud.exchange({
      grant_type: 'refresh_token',
      refresh_token: tokens.body.refresh_token,
    });
    expect((await cloud.verify(refreshed.body.access_token)).payload.username).toBe('alice');
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
      const { body } = await cloud.exchange({ code: code?.get('code') ?? '', code_verifier: verifier });
      names.push((await cloud.verify(body.access_token)).payload.username);
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
