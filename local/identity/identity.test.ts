import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnsupportedError } from '../template/provider.ts';
import { callback, TestCloud } from './test-cloud.ts';

let cloud: TestCloud;

beforeEach(async () => {
  cloud = await TestCloud.start();
});

afterEach(async () => {
  await cloud.stop();
  await cloud.removeData();
});

describe('the pool', () => {
  it('answers what CloudFormation answers, the same in every run', async () => {
    expect(cloud.poolId).toMatch(/^us-east-1_[a-z0-9]{9}$/);
    expect(cloud.clientId).toMatch(/^[a-z0-9]{26}$/);
    const created = await cloud.create('AWS::Cognito::UserPool', 'Pool', {});
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
    const creating = async () => await cloud.create(type, 'Odd', { ...pool, ...properties });
    await expect(creating).rejects.toThrow(UnsupportedError);
    await expect(creating).rejects.toThrow(`Odd (${type}) in stack identity, ${named}: `);
  });

  it('refuses a resource of another pool', async () => {
    const creating = async () =>
      await cloud.create('AWS::Cognito::UserPoolClient', 'Odd', { UserPoolId: 'us-east-1_other' });
    await expect(creating).rejects.toThrow('UserPoolId: us-east-1_other is no pool of the template.');
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

describe('userInfo', () => {
  it('answers an access token with its person, to any page', async () => {
    const { tokens } = await cloud.signInByPage('alice');
    const response = await fetch(`${cloud.issuer}/oauth2/userInfo`, {
      headers: { authorization: `Bearer ${tokens.body.access_token}`, origin: 'http://localhost:4000' },
    });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response.json()).toEqual({
      sub: (await cloud.verify(tokens.body.access_token)).payload.sub,
      email: 'alice@example.com',
      email_verified: 'true',
      name: 'alice',
      username: 'alice',
    });
  });

  it('refuses an id token, a forged one and none', async () => {
    const { tokens } = await cloud.signInByPage('alice');
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
    const { tokens } = await cloud.signInByPage('erin');
    const direct = await (await post({ username: 'erin', expiresInSeconds: 5 })).json();
    const { payload } = await cloud.verify(direct.accessToken);
    expect(payload.sub).toBe((await cloud.verify(tokens.body.access_token)).payload.sub);
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
    await cloud.create('AWS::Cognito::UserPoolClient', 'Second', { UserPoolId: cloud.poolId });
    await expect(cloud.identity.accessToken('alice')).rejects.toThrow('there are 2');
  });
});

describe('after a restart', () => {
  it('keys, people and their subs are the same', async () => {
    const before = await cloud.identity.accessToken('frank');
    const kid = decodeProtectedHeader(before.accessToken).kid;
    const keysBefore = await (await fetch(`${cloud.issuer}/.well-known/jwks.json`)).json();
    cloud = await cloud.again();
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
    const { tokens } = await cloud.signInByPage('frank');
    cloud = await cloud.again();
    const again = await cloud.exchange({
      grant_type: 'refresh_token',
      refresh_token: tokens.body.refresh_token,
    });
    expect(again.status).toBe(200);
    expect((await cloud.verify(again.body.access_token)).payload.username).toBe('frank');
  });

  it('a damaged file is named', async () => {
    await writeFile(join(cloud.folder, cloud.poolId, 'users.json'), '{"half');
    await expect(cloud.again()).rejects.toThrow(/users\.json is damaged: start with --fresh/);
  });
});
