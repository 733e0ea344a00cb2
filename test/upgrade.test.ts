import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, generateKeyPair, importJWK, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadKeys } from '#local/identity/keys.ts';
import { testCloud } from '#test/support/cloud.ts';
import { RawClient, UpgradeRefused } from '#test/support/raw-client.ts';
import { Storage } from '#test/support/storage.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-upgrade-'));
const cloud = testCloud({ dataDir });

/** What the upgrade is answered with. */
async function statusOf(attempt: Promise<RawClient>): Promise<number> {
  const refused = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refused instanceof UpgradeRefused) return refused.status;
  throw new Error('It was not refused', { cause: refused });
}

describe('an upgrade', () => {
  it('without a token is a 401', async () => {
    expect(await statusOf(RawClient.open(cloud(), []))).toBe(401);
    expect(await statusOf(RawClient.open(cloud(), ['fanfare.v1']))).toBe(401);
    expect(await statusOf(RawClient.open(cloud(), ['fanfare.v1', 'bearer.']))).toBe(401);
    expect(await statusOf(RawClient.open(cloud(), ['fanfare.v1'], { authorization: 'Basic YTpi' }))).toBe(
      401,
    );
  });

  it('with a token as a subprotocol is answered with fanfare.v1', async () => {
    const alice = await RawClient.signIn(cloud(), 'alice');
    expect(alice.socket.protocol).toBe('fanfare.v1');
    alice.close();
  });

  it('with a token in the Authorization header is as good', async () => {
    const { accessToken } = await cloud().identity.accessToken('alice');
    const bare = await RawClient.open(cloud(), [], { authorization: `Bearer ${accessToken}` });
    expect(bare.socket.protocol).toBe('');
    const named = await RawClient.open(cloud(), ['fanfare.v1'], { authorization: `Bearer ${accessToken}` });
    expect(named.socket.protocol).toBe('fanfare.v1');
    expect(await bare.request({ action: 'subscribe', rooms: [{ room: 'general' }] })).toMatchObject({
      type: 'subscribed',
    });
    bare.close();
    named.close();
  });
});

describe('a token', () => {
  /** Of a person who is signed in: what a good token says. */
  let claims: JWTPayload;
  let poolKey: { kid: string; key: Parameters<SignJWT['sign']>[0] };

  beforeAll(async () => {
    claims = decodeJwt((await cloud().identity.accessToken('alice')).accessToken);
    const pool = cloud().deployment.find('AWS::Cognito::UserPool')[0]?.ref ?? '';
    const { signing } = await loadKeys(join(dataDir, pool));
    poolKey = { kid: signing.kid, key: await importJWK(signing, 'RS256') };
  });

  async function signed(payload: JWTPayload, { kid, key } = poolKey): Promise<string> {
    return await new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid }).sign(key);
  }

  async function refusal(token: string | Promise<string>): Promise<number> {
    return await statusOf(RawClient.connect(cloud(), await token));
  }

  it('of the claims that the pool gives, signed by its key, is taken', async () => {
    const client = await RawClient.connect(cloud(), await signed(claims));
    client.close();
  });

  it('that somebody else signed is a 403', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    expect(await refusal(signed(claims, { kid: poolKey.kid, key: privateKey }))).toBe(403);
    expect(await refusal(signed(claims, { kid: 'another', key: privateKey }))).toBe(403);
  });

  it('whose claims were changed after signing is a 403', async () => {
    const [header, , signature] = (await signed(claims)).split('.');
    const payload = Buffer.from(JSON.stringify({ ...claims, sub: 'mallory' })).toString('base64url');
    expect(await refusal(`${header}.${payload}.${signature}`)).toBe(403);
  });

  it('that nobody signed is a 403', async () => {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    expect(await refusal(`${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`)).toBe(403);
    expect(await refusal('nonsense')).toBe(403);
  });

  it('that was signed with the public key as a shared secret is a 403', async () => {
    const jwks: unknown = await (await fetch(`${claims.iss}/.well-known/jwks.json`)).json();
    const secret = new TextEncoder().encode(JSON.stringify(jwks));
    const token = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: poolKey.kid }).sign(secret);
    expect(await refusal(token)).toBe(403);
  });

  it('that has expired is a 403', async () => {
    const { accessToken } = await cloud().identity.accessToken('alice', { expiresInSeconds: -1 });
    expect(await refusal(accessToken)).toBe(403);
  });

  it('of another pool is a 403', async () => {
    const iss = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_another';
    expect(await refusal(signed({ ...claims, iss }))).toBe(403);
  });

  it('of another app client is a 403', async () => {
    expect(await refusal(signed({ ...claims, client_id: 'another' }))).toBe(403);
  });

  it('that is an ID token and no access token is a 403', async () => {
    const { idToken } = await cloud().identity.accessToken('alice');
    expect(await refusal(idToken ?? '')).toBe(403);
  });

  it('that is refused leaves no connection behind', async () => {
    const storage = new Storage(cloud());
    const connections = async () => (await storage.everything()).Connections;
    await expect.poll(connections).toEqual([]);
    expect(await refusal('nonsense')).toBe(403);
    expect(await connections()).toEqual([]);
  });
});
