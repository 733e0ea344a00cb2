import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { testServer } from '#test/support/http-server.ts';
import { TokenRefused, tokenVerifier } from './verify-token.ts';

const server = testServer();
const ours = await makeKey('ours');
const next = await makeKey('next');
const foreign = await makeKey('ours');

const clientId = 'the-page';
const inAnHour = Math.floor(Date.now() / 1000) + 3_600;
let published: object[];
let verify: ReturnType<typeof tokenVerifier>;
let issuer: string;

beforeEach(() => {
  published = [ours.jwk];
  server().answer = () => ({ body: { keys: published } });
  issuer = `${server().url}/us-east-1_pool`;
  verify = tokenVerifier(issuer, clientId);
});

/** A token as Cognito makes them, but for what is changed. */
async function token(changes: JWTPayload = {}, { kid, privateKey } = ours): Promise<string> {
  const claims = {
    sub: 'alice-sub',
    iss: issuer,
    token_use: 'access',
    client_id: clientId,
    scope: 'openid',
    exp: inAnHour,
    ...changes,
  };
  return await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
}

async function makeKey(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
}

it('tells whom an access token speaks for, and until when', async () => {
  expect(await verify(await token())).toEqual({ userId: 'alice-sub', expiresAt: inAnHour });
});

it("fetches the pool's keys once", async () => {
  for (let n = 0; n < 3; n++) await verify(await token());
  expect(server().requests.map(({ path }) => path)).toEqual(['/us-east-1_pool/.well-known/jwks.json']);
});

describe('refuses a token', () => {
  it.each<[string, () => Promise<string> | string]>([
    ['that is none', () => 'not-a-token'],
    ['that is empty', () => ''],
    ['that was signed by others under the same key id', () => token({}, foreign)],
    ['of a key that the pool has not', () => token({}, next)],
    ['that has expired', () => token({ exp: Math.floor(Date.now() / 1000) - 1 })],
    ['that never expires', () => token({ exp: undefined })],
    ['of another pool', () => token({ iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other' })],
    ['of another client', () => token({ client_id: 'another' })],
    ['for identification', () => token({ token_use: 'id', aud: clientId })],
    ['of nobody', () => token({ sub: '' })],
    ['without a subject', () => token({ sub: undefined })],
    ['that is not valid yet', () => token({ nbf: inAnHour })],
    [
      'that is not signed',
      () =>
        new UnsecuredJWT({ sub: 'alice', token_use: 'access', client_id: clientId })
          .setIssuer(issuer)
          .setExpirationTime('1h')
          .encode(),
    ],
    [
      "that is signed with the public key's text as a shared secret",
      () =>
        new SignJWT({ sub: 'alice', iss: issuer, exp: inAnHour, token_use: 'access', client_id: clientId })
          .setProtectedHeader({ alg: 'HS256', kid: 'ours' })
          .sign(Buffer.from(JSON.stringify(ours.jwk))),
    ],
    [
      'that was changed after it was signed',
      async () => {
        const [head, , signature] = (await token()).split('.');
        const body = Buffer.from(JSON.stringify({ sub: 'mallory', iss: issuer, exp: inAnHour }));
        return `${head}.${body.toString('base64url')}.${signature}`;
      },
    ],
  ])('%s', async (_, made) => {
    await expect(verify(await made())).rejects.toBeInstanceOf(TokenRefused);
  });
});

describe("where the keys cannot be had, which is not the token's fault", () => {
  it.each([
    ['the pool fails', { status: 500, body: 'oops' }],
    ['the pool answers what is not JSON', { body: '<html>' }],
    ['the pool answers what are no keys', { body: { keys: 'none' } }],
  ])('does not refuse it: %s', async (_, answer) => {
    server().answer = () => answer;
    const outcome = verify(await token());
    await expect(outcome).rejects.toBeInstanceOf(Error);
    await expect(outcome).rejects.not.toBeInstanceOf(TokenRefused);
    // And the next one is verified once they are back.
    server().answer = () => ({ body: { keys: published } });
    expect(await verify(await token())).toMatchObject({ userId: 'alice-sub' });
  });

  it('does not refuse it: nobody answers', async () => {
    const nowhere = 'http://127.0.0.1:9';
    const outcome = tokenVerifier(nowhere, clientId)(await token({ iss: nowhere }));
    await expect(outcome).rejects.not.toBeInstanceOf(TokenRefused);
  });
});
