import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Listening, listen } from '#local/http.ts';
import { lambdaUri, TestGateway } from './test-gateway.ts';

let cloud: TestGateway;
let issuer: Listening;
const keys = await generateKeyPair('RS256', { extractable: true });
const strangers = await generateKeyPair('RS256');

beforeAll(async () => {
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  issuer = await listen((request, response) => {
    const found = request.url?.endsWith('/openid-configuration')
      ? { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` }
      : { keys: [jwk] };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(found));
  });
});
afterAll(() => issuer.close());
afterEach(() => cloud.stop());

function token(claims: Record<string, unknown> = {}, key = keys.privateKey): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: issuer.url,
    client_id: 'web',
    sub: 'u-1',
    scope: 'openid chat',
    iat: now,
    exp: now + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
    .sign(key);
}

/** An HTTP API with routes to functions of the same names, and its base address. */
async function httpApi(
  routes: string[],
  options: { api?: object; route?: object; stage?: string; settings?: object; timeout?: number } = {},
): Promise<string> {
  const { ref: ApiId } = await cloud.create('AWS::ApiGatewayV2::Api', 'Http', {
    Name: 'Http',
    ProtocolType: 'HTTP',
    ...options.api,
  });
  await cloud.create('AWS::ApiGatewayV2::Stage', 'S', {
    ApiId,
    StageName: options.stage ?? '$default',
    AutoDeploy: true,
    ...options.settings,
  });
  const { ref: AuthorizerId } = await cloud.create('AWS::ApiGatewayV2::Authorizer', 'Jwt', {
    ApiId,
    AuthorizerType: 'JWT',
    IdentitySource: ['$request.header.Authorization'],
    JwtConfiguration: { Issuer: issuer.url, Audience: ['web'] },
    Name: 'Jwt',
  });
  for (const RouteKey of routes) {
    const { ref } = await cloud.create('AWS::ApiGatewayV2::Integration', `I ${RouteKey}`, {
      ApiId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: lambdaUri(RouteKey),
      PayloadFormatVersion: '2.0',
      ...(options.timeout && { TimeoutInMillis: options.timeout }),
    });
    const secured = options.route && { AuthorizationType: 'JWT', AuthorizerId, ...options.route };
    await cloud.create('AWS::ApiGatewayV2::Route', `R ${RouteKey}`, {
      ApiId,
      RouteKey,
      Target: `integrations/${ref}`,
      ...secured,
    });
  }
  return `${cloud.gateway.url}/${ApiId}`;
}

describe('routes', () => {
  const keys = [
    'GET /pets/dog/1',
    'GET /pets/dog/{id}',
    'GET /pets/{proxy+}',
    'ANY /pets/dog/{id}',
    'ANY /{proxy+}',
    '$default',
  ];
  it.each([
    ['GET', '/pets/dog/1', 'GET /pets/dog/1', undefined],
    ['GET', '/pets/dog/2', 'GET /pets/dog/{id}', { id: '2' }],
    ['GET', '/pets/dog/a%20b', 'GET /pets/dog/{id}', { id: 'a b' }],
    ['GET', '/pets/dog/a%2Fb', 'GET /pets/dog/{id}', { id: 'a/b' }],
    ['POST', '/pets/dog/2', 'ANY /pets/dog/{id}', { id: '2' }],
    ['GET', '/pets/cat/1', 'GET /pets/{proxy+}', { proxy: 'cat/1' }],
    ['DELETE', '/pets/cat/1', 'ANY /{proxy+}', { proxy: 'pets/cat/1' }],
    ['GET', '/', '$default', undefined],
  ])('%s %s goes to %s', async (method, path, key, pathParameters) => {
    cloud = await TestGateway.start();
    for (const name of keys) cloud.functions.set(name, (event) => ({ served: name, event }));
    const base = await httpApi(keys);
    const answer = await (await fetch(base + path, { method })).json();
    expect(answer.served).toBe(key);
    expect(answer.event.routeKey).toBe(key);
    expect(answer.event.pathParameters).toEqual(pathParameters);
  });

  it('that are not there are 404', async () => {
    cloud = await TestGateway.start();
    const base = await httpApi(['GET /a']);
    const response = await fetch(`${base}/b`);
    expect([response.status, await response.json()]).toEqual([404, { message: 'Not Found' }]);
  });

  it('of a named stage are behind its name', async () => {
    cloud = await TestGateway.start();
    cloud.functions.set('GET /a', (event) => event);
    const base = await httpApi(['GET /a'], { stage: 'v1' });
    expect(await (await fetch(`${base}/v1/a`)).json()).toMatchObject({
      rawPath: '/v1/a',
      requestContext: { stage: 'v1' },
    });
    expect((await fetch(`${base}/a`)).status).toBe(404);
  });
});

it('sends events of format 2.0', async () => {
  cloud = await TestGateway.start();
  cloud.functions.set('POST /a/{b}', (event) => event);
  const base = await httpApi(['POST /a/{b}']);
  const response = await fetch(`${base}/a/c?x=1&x=2&y=%26`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: 'a=1; b=2', 'X-Mine': 'Yes' },
    body: '{"ü":1}',
  });
  const event = await response.json();
  expect(event).toMatchObject({
    version: '2.0',
    routeKey: 'POST /a/{b}',
    rawPath: '/a/c',
    rawQueryString: 'x=1&x=2&y=%26',
    cookies: ['a=1', 'b=2'],
    headers: { 'x-mine': 'Yes', 'x-forwarded-proto': 'https' },
    queryStringParameters: { x: '1,2', y: '&' },
    pathParameters: { b: 'c' },
    body: '{"ü":1}',
    isBase64Encoded: false,
    requestContext: {
      accountId: '000000000000',
      stage: '$default',
      http: { method: 'POST', path: '/a/c', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' },
    },
  });
  expect(event.headers.cookie).toBeUndefined();
  const binary = await fetch(`${base}/a/c`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: Buffer.from([0, 255]),
  });
  expect(await binary.json()).toMatchObject({ body: 'AP8=', isBase64Encoded: true });
});

it('writes what a function returns', async () => {
  cloud = await TestGateway.start();
  const base = await httpApi(['GET /a']);
  const get = async (result: unknown) => {
    cloud.functions.set('GET /a', () => result);
    const response = await fetch(`${base}/a`);
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
  const full = await get({ statusCode: 201, headers: { 'X-A': 1 }, cookies: ['a=1', 'b=2'], body: 'made' });
  expect([full.status, full.body, full.headers.get('x-a')]).toEqual([201, 'made', '1']);
  expect(full.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect((await get({ statusCode: 200, body: 'AP8=', isBase64Encoded: true })).body).toBe('\0\ufffd');
  const plain = await get({ rooms: [] });
  expect([plain.status, plain.body, plain.headers.get('content-type')]).toEqual([
    200,
    '{"rooms":[]}',
    'application/json',
  ]);
  expect((await get('text')).body).toBe('text');
  const malformed = await get({ statusCode: 'x' });
  expect([malformed.status, malformed.body]).toEqual([500, '{"message":"Internal Server Error"}']);
});

it('answers 500 for an error, 503 for a slow function, 413 for a body over the limit', async () => {
  cloud = await TestGateway.start({ limits: { httpBodyBytes: 10 } });
  cloud.functions
    .set('GET /error', () => Promise.reject(new Error('secret')))
    .set('GET /slow', () => new Promise(() => {}))
    .set('POST /body', () => 'ok');
  const base = await httpApi(['GET /error', 'GET /slow', 'POST /body'], { timeout: 50 });
  const seen = async (path: string, init?: RequestInit) => {
    const response = await fetch(base + path, init);
    return [response.status, await response.text()];
  };
  expect(await seen('/error')).toEqual([500, '{"message":"Internal Server Error"}']);
  expect(await seen('/slow')).toEqual([503, '{"message":"Service Unavailable"}']);
  expect(await seen('/body', { method: 'POST', body: '12345678901' })).toEqual([
    413,
    '{"message":"Request Entity Too Large"}',
  ]);
  expect(await seen('/body', { method: 'POST', body: '1234567890' })).toEqual([200, 'ok']);
});

describe('a JWT authorizer', () => {
  async function statusOf(authorization: string | undefined, route: object = {}) {
    cloud = await TestGateway.start();
    const fn = vi.fn((event) => event.requestContext.authorizer);
    cloud.functions.set('GET /me', fn);
    const base = await httpApi(['GET /me'], { route });
    const response = await fetch(`${base}/me`, { headers: authorization ? { authorization } : {} });
    expect(fn).toHaveBeenCalledTimes(response.status === 200 ? 1 : 0);
    return { status: response.status, body: await response.json() };
  }

  it('hands claims over as strings', async () => {
    expect(
      await statusOf(`Bearer ${await token({ 'cognito:groups': ['a', 'b'], exp: 4102444800 })}`),
    ).toEqual({
      status: 200,
      body: {
        jwt: {
          claims: expect.objectContaining({ sub: 'u-1', exp: '4102444800', 'cognito:groups': '[a b]' }),
          scopes: null,
        },
      },
    });
  });

  it('takes a token without the prefix, and aud before client_id', async () => {
    expect((await statusOf(await token())).status).toBe(200);
    await cloud.stop();
    expect((await statusOf(await token({ aud: 'web', client_id: 'other' }))).status).toBe(200);
    await cloud.stop();
    expect((await statusOf(await token({ aud: 'other' }))).status).toBe(401);
  });

  it.each([
    ['no token', async () => undefined],
    ['no JWT', async () => 'Bearer nonsense'],
    ['another signature', () => token({}, strangers.privateKey)],
    ['a past time', () => token({ exp: 1 })],
    ['another issuer', () => token({ iss: 'https://elsewhere' })],
    ['another client', () => token({ client_id: 'other' })],
  ])('answers 401 to %s', async (_, authorization) => {
    expect(await statusOf(await authorization())).toEqual({ status: 401, body: { message: 'Unauthorized' } });
  });

  it('wants one of the scopes of the route', async () => {
    const allowed = await statusOf(await token(), { AuthorizationScopes: ['chat', 'admin'] });
    expect(allowed).toMatchObject({ status: 200, body: { jwt: { scopes: ['chat'] } } });
    await cloud.stop();
    const denied = await statusOf(await token(), { AuthorizationScopes: ['admin'] });
    expect(denied).toEqual({ status: 403, body: { message: 'Forbidden' } });
  });
});

it('writes the access log in the format of the stage', async () => {
  cloud = await TestGateway.start();
  cloud.functions.set('GET /a/{b}', () => 'four');
  const Format =
    '$context.httpMethod $context.resourcePath $context.path $context.status $context.responseLength $context.error.message';
  const base = await httpApi(['GET /a/{b}'], {
    settings: { AccessLogSettings: { DestinationArn: 'arn:log', Format } },
  });
  await fetch(`${base}/a/1`);
  expect(cloud.accessLog).toEqual(['arn:log GET /a/{b} /a/1 200 4 -']);
});

describe('CORS', () => {
  const api = {
    CorsConfiguration: {
      AllowOrigins: ['https://a.example'],
      AllowMethods: ['GET', 'POST'],
      AllowHeaders: ['authorization'],
      ExposeHeaders: ['x-a'],
      MaxAge: 60,
    },
  };

  it('answers preflights itself', async () => {
    cloud = await TestGateway.start();
    const base = await httpApi(['GET /a'], { api, route: {} });
    const ask = (origin: string) =>
      fetch(`${base}/a`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } });
    const allowed = await ask('https://a.example');
    expect(allowed.status).toBe(204);
    expect(Object.fromEntries(allowed.headers)).toMatchObject({
      'access-control-allow-origin': 'https://a.example',
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': 'authorization',
      'access-control-max-age': '60',
    });
    expect((await ask('https://b.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('puts its headers in the place of the function’s', async () => {
    cloud = await TestGateway.start();
    cloud.functions.set('GET /a', () => ({
      statusCode: 200,
      headers: { 'Access-Control-Allow-Origin': '*' },
    }));
    const base = await httpApi(['GET /a'], { api });
    const get = (origin: string) => fetch(`${base}/a`, { headers: { origin } });
    expect((await get('https://a.example')).headers.get('access-control-allow-origin')).toBe(
      'https://a.example',
    );
    expect((await get('https://a.example')).headers.get('access-control-expose-headers')).toBe('x-a');
    expect((await get('https://b.example')).headers.get('access-control-allow-origin')).toBeNull();
  });
});
