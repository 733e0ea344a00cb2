import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, expect, it, vi } from 'vitest';
import { testServer } from '#test/support/http-server.ts';

const server = testServer();
const { publicKey, privateKey } = await generateKeyPair('RS256');
const methodArn = 'arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/ws/$connect';
let authorize: typeof import('./handler.ts').handler;

beforeAll(async () => {
  vi.stubEnv('TOKEN_ISSUER', `${server().url}/pool`);
  vi.stubEnv('TOKEN_CLIENT_ID', 'page');
  ({ handler: authorize } = await import('./handler.ts'));
});

function upgrade(headers: Record<string, string> | null) {
  const event: Pick<APIGatewayRequestAuthorizerEvent, 'type' | 'methodArn' | 'headers'> = {
    type: 'REQUEST',
    methodArn,
    headers,
  };
  return authorize(event as APIGatewayRequestAuthorizerEvent);
}

async function token(expires: string): Promise<string> {
  return await new SignJWT({ token_use: 'access', client_id: 'page' })
    .setProtectedHeader({ alg: 'RS256', kid: 'k' })
    .setSubject('alice-sub')
    .setIssuer(`${server().url}/pool`)
    .setExpirationTime(expires)
    .sign(privateKey);
}

async function publishKeys() {
  const key = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' };
  server().answer = () => ({ body: { keys: [key] } });
}

it('fails where the keys cannot be had: API Gateway answers 500, and the client tries again', async () => {
  server().answer = () => ({ status: 503 });
  await expect(upgrade({ Authorization: `Bearer ${await token('1h')}` })).rejects.not.toThrow('Unauthorized');
});

it('allows the verified subject, and tells it to every later event', async () => {
  await publishKeys();
  expect(await upgrade({ 'Sec-WebSocket-Protocol': `fanfare.v1, bearer.${await token('1h')}` })).toEqual({
    principalId: 'alice-sub',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }],
    },
    context: { userId: 'alice-sub', expiresAt: expect.any(Number) },
  });
});

it('denies a bad token: 403', async () => {
  await publishKeys();
  const { policyDocument, context } = await upgrade({ Authorization: `Bearer ${await token('-1s')}` });
  expect(policyDocument.Statement).toMatchObject([{ Effect: 'Deny', Resource: methodArn }]);
  expect(context).toEqual({});
});

// The very message is what makes API Gateway answer 401.
it.each([[{}], [{ Authorization: 'Basic x' }], [null]])('has no token in %j: 401', async (headers) => {
  await expect(upgrade(headers)).rejects.toThrow(/^Unauthorized$/);
});
