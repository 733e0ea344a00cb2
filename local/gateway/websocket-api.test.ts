import { createConnection } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TestGateway } from './test-gateway.ts';

let cloud: TestGateway;
afterEach(() => cloud.stop());

const ok = () => ({ statusCode: 200 });
const allow = (event: { methodArn: string }) => ({
  principalId: 'alice',
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: event.methodArn }],
  },
  context: { sub: 'u-1', admin: true, age: 7 },
});

describe('the upgrade', () => {
  it('refuses an unknown stage with 403', async () => {
    cloud = await TestGateway.start();
    const api = await cloud.webSocketApi();
    await expect(cloud.connect(api, '/other')).rejects.toThrow(/^403 /);
    await expect(cloud.connect('nosuchapi0')).rejects.toThrow(/^403 /);
  });

  it('admits everybody where there is no $connect route', async () => {
    cloud = await TestGateway.start();
    const api = await cloud.webSocketApi();
    await cloud.connect(api);
    expect(cloud.gateway.connections()).toMatchObject([{ apiId: api, stage: 'ws' }]);
  });

  it('answers 401 without a call when an identity source is missing', async () => {
    cloud = await TestGateway.start();
    const authorizer = vi.fn(allow);
    cloud.functions.set('authorizer', authorizer).set('$connect', ok);
    const api = await cloud.webSocketApi({
      routes: ['$connect'],
      authorizer: ['route.request.header.Authorization', 'route.request.querystring.v'],
    });
    await expect(cloud.connect(api, '/ws', { headers: { authorization: 'x' } })).rejects.toThrow(
      /^401 .*"message":"Unauthorized"/,
    );
    expect(authorizer).not.toHaveBeenCalled();
    await cloud.connect(api, '/ws?v=1', { headers: { authorization: 'x' } });
    expect(authorizer).toHaveBeenCalledOnce();
  });

  it('tells the authorizer what AWS tells it, and every later event what it answered', async () => {
    cloud = await TestGateway.start();
    const events: Record<string, unknown> = {};
    cloud.functions
      .set('authorizer', (event) => {
        events.authorizer = event;
        return allow(event);
      })
      .set('$connect', (event) => {
        events.connect = event;
        return { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'fanfare.v1' } };
      })
      .set('say', (event) => {
        events.say = event;
        return ok();
      })
      .set('$disconnect', (event) => {
        events.disconnect = event;
        return ok();
      });
    const api = await cloud.webSocketApi({
      routes: ['$connect', 'say', '$disconnect'],
      authorizer: ['route.request.header.Sec-WebSocket-Protocol'],
    });
    const { socket } = await cloud.connect(api, '/ws?room=a&room=b', {
      protocols: ['bearer.abc', 'fanfare.v1'],
      headers: { 'user-agent': 'test' },
    });
    expect(socket.protocol).toBe('fanfare.v1');
    expect(events.authorizer).toMatchObject({
      type: 'REQUEST',
      methodArn: `arn:aws:execute-api:us-east-1:000000000000:${api}/ws/$connect`,
      headers: { 'Sec-WebSocket-Protocol': 'bearer.abc,fanfare.v1' },
      multiValueHeaders: { 'Sec-WebSocket-Protocol': ['bearer.abc,fanfare.v1'] },
      queryStringParameters: { room: 'b' },
      multiValueQueryStringParameters: { room: ['a', 'b'] },
      requestContext: { routeKey: '$connect', eventType: 'CONNECT', stage: 'ws', apiId: api },
    });
    const authorizer = { principalId: 'alice', sub: 'u-1', admin: 'true', age: '7' };
    expect(events.connect).toMatchObject({
      queryStringParameters: { room: 'b' },
      requestContext: {
        routeKey: '$connect',
        eventType: 'CONNECT',
        authorizer,
        identity: { userAgent: 'test' },
      },
      isBase64Encoded: false,
    });

    socket.send('{"action":"say","text":"hi"}');
    await vi.waitFor(() => expect(events.say).toBeDefined());
    expect(events.say).toMatchObject({
      body: '{"action":"say","text":"hi"}',
      isBase64Encoded: false,
      requestContext: {
        routeKey: 'say',
        eventType: 'MESSAGE',
        messageDirection: 'IN',
        messageId: expect.stringMatching(/=$/),
        connectionId: expect.stringMatching(/^[\w-]{15}=$/),
        requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        domainName: `${api}.execute-api.us-east-1.amazonaws.com`,
        authorizer,
      },
    });

    socket.close(1000, 'bye');
    await vi.waitFor(() => expect(events.disconnect).toBeDefined());
    expect(events.disconnect).toMatchObject({
      requestContext: {
        routeKey: '$disconnect',
        eventType: 'DISCONNECT',
        disconnectStatusCode: 1000,
        disconnectReason: 'bye',
        authorizer,
      },
    });
  });

  it.each([
    ['an error Unauthorized', () => Promise.reject(new Error('Unauthorized')), 401],
    ['another error', () => Promise.reject(new Error('broken')), 500],
    ['no answer', () => null, 500],
    ['an object in the context', (event) => ({ ...allow(event), context: { a: {} } }), 500],
    [
      'a Deny',
      () => ({
        principalId: 'x',
        policyDocument: {
          Statement: [
            { Effect: 'Allow', Action: '*', Resource: '*' },
            { Effect: 'Deny', Action: 'execute-api:Invoke', Resource: ['arn:aws:execute-api:*/ws/*'] },
          ],
        },
      }),
      403,
    ],
    [
      'an Allow for another API',
      () => ({
        principalId: 'x',
        policyDocument: {
          Statement: { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: 'arn:aws:x' },
        },
      }),
      403,
    ],
  ] as [string, (event: { methodArn: string }) => unknown, number][])(
    'an authorizer with %s',
    async (_, fn, status) => {
      cloud = await TestGateway.start();
      const connect = vi.fn(ok);
      cloud.functions.set('authorizer', fn).set('$connect', connect);
      const api = await cloud.webSocketApi({
        routes: ['$connect'],
        authorizer: ['route.request.querystring.token'],
      });
      await expect(cloud.connect(api, '/ws?token=t')).rejects.toThrow(new RegExp(`^${status} `));
      expect(connect).not.toHaveBeenCalled();
    },
  );

  it('is refused with the status of $connect, and with 502 when it throws', async () => {
    cloud = await TestGateway.start();
    cloud.functions.set('$connect', () => ({ statusCode: 418, body: 'teapot' }));
    const api = await cloud.webSocketApi({ routes: ['$connect'] });
    await expect(cloud.connect(api)).rejects.toThrow('418 teapot');
    cloud.functions.set('$connect', () => Promise.reject(new Error('secret')));
    await expect(cloud.connect(api)).rejects.toThrow(/^502 \{"message":"Internal server error"/);
    expect(cloud.gateway.connections()).toEqual([]);
  });

  it('is refused with 429 over the quota of new connections', async () => {
    cloud = await TestGateway.start({ limits: { newConnectionsPerSecond: 0.001 } });
    const api = await cloud.webSocketApi();
    await expect(cloud.connect(api)).rejects.toThrow(/^429 /);
  });

  it('runs $disconnect for a client that went during $connect', async () => {
    cloud = await TestGateway.start();
    let finish = () => {};
    const connecting = new Promise<void>((resolve) => {
      cloud.functions.set('$connect', () => {
        resolve();
        return new Promise((done) => {
          finish = () => done(ok());
        });
      });
    });
    const disconnect = vi.fn(ok);
    cloud.functions.set('$disconnect', disconnect);
    const api = await cloud.webSocketApi({ routes: ['$connect', '$disconnect'] });
    const { hostname, port } = new URL(cloud.gateway.url);
    const client = createConnection(Number(port), hostname);
    client.write(
      `GET /${api}/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await connecting;
    client.destroy();
    // The server learns of the reset by its own socket: finish $connect only then.
    await vi.waitFor(() => {
      finish();
      expect(disconnect).toHaveBeenCalledOnce();
    });
    expect(cloud.gateway.connections()).toEqual([]);
  });
});

describe('messages', () => {
  it('go to the route of their action, else to $default', async () => {
    cloud = await TestGateway.start();
    const seen: [string, string][] = [];
    for (const name of ['say', '$default', '$connect']) {
      cloud.functions.set(name, (event) => {
        if (event.body) seen.push([event.requestContext.routeKey, event.body]);
        return ok();
      });
    }
    const api = await cloud.webSocketApi({ routes: ['$connect', 'say', '$default'] });
    const { socket, frames } = await cloud.connect(api);
    const bodies = [
      '{"action":"say"}',
      '{"action":"nope"}',
      'not json',
      '{}',
      'null',
      '{"action":"$connect"}',
      '{"action":{}}',
    ];
    for (const body of bodies) socket.send(body);
    await vi.waitFor(() => expect(seen).toHaveLength(bodies.length));
    expect(seen).toEqual(bodies.map((body, i) => [i === 0 ? 'say' : '$default', body]));
    expect(frames).toEqual([]);
  });

  it('without any route are answered Forbidden', async () => {
    cloud = await TestGateway.start();
    const { socket, frames } = await cloud.connect(await cloud.webSocketApi());
    socket.send('{"action":"say"}');
    await vi.waitFor(() => expect(frames).toHaveLength(1));
    expect(JSON.parse(frames[0] ?? '')).toEqual({
      message: 'Forbidden',
      connectionId: cloud.gateway.connections()[0]?.connectionId,
      requestId: expect.any(String),
    });
  });

  it('are answered only where the route has a response', async () => {
    cloud = await TestGateway.start();
    cloud.functions
      .set('ask', () => ({ statusCode: 200, body: 'answer' }))
      .set('tell', () => ({ statusCode: 200, body: 'never sent' }))
      .set('quiet', ok);
    const api = await cloud.webSocketApi({ routes: ['tell', 'quiet', 'ask'], respond: ['ask', 'quiet'] });
    const { socket, frames } = await cloud.connect(api);
    for (const action of ['tell', 'quiet', 'ask']) socket.send(JSON.stringify({ action }));
    await vi.waitFor(() => expect(frames).toEqual(['answer']));
  });

  it('of a failing, malformed or slow function are answered as AWS does', async () => {
    cloud = await TestGateway.start({ limits: { webSocketTimeoutMs: 50 } });
    cloud.functions
      .set('throws', () => Promise.reject(new Error('secret')))
      .set('malformed', () => 'no status')
      .set('slow', () => new Promise(() => {}));
    const api = await cloud.webSocketApi({ routes: ['throws', 'malformed', 'slow', 'missing'] });
    const { socket, frames } = await cloud.connect(api);
    for (const [action, message] of [
      ['throws', 'Internal server error'],
      ['malformed', 'Internal server error'],
      ['missing', 'Internal server error'],
      ['slow', 'Endpoint request timed out'],
    ]) {
      frames.length = 0;
      socket.send(JSON.stringify({ action }));
      await vi.waitFor(() => expect(frames).toHaveLength(1));
      expect(JSON.parse(frames[0] ?? '')).toMatchObject({ message });
    }
  });

  it('begin in order and run side by side', async () => {
    cloud = await TestGateway.start();
    const started: string[] = [];
    const release: (() => void)[] = [];
    cloud.functions.set('$default', (event) => {
      started.push(event.body);
      return new Promise((resolve) => release.push(() => resolve(ok())));
    });
    const { socket } = await cloud.connect(await cloud.webSocketApi({ routes: ['$default'] }));
    const bodies = Array.from({ length: 20 }, (_, i) => String(i));
    for (const body of bodies) socket.send(body);
    await vi.waitFor(() => expect(started).toEqual(bodies));
    for (const one of release) one();
  });

  it('over the account quota are answered Too Many Requests', async () => {
    cloud = await TestGateway.start({ limits: { requestsPerSecond: 0.001, requestBurst: 1 } });
    const say = vi.fn(ok);
    cloud.functions.set('say', say);
    const { socket, frames } = await cloud.connect(await cloud.webSocketApi({ routes: ['say'] }));
    socket.send('{"action":"say"}');
    socket.send('{"action":"say"}');
    await vi.waitFor(() => expect(frames).toHaveLength(1));
    expect(JSON.parse(frames[0] ?? '')).toMatchObject({ message: 'Too Many Requests' });
    expect(say).toHaveBeenCalledOnce();
  });

  it('are answered by a mock integration without a function', async () => {
    cloud = await TestGateway.start();
    const ApiId = await cloud.webSocketApi();
    const mock = await cloud.create('AWS::ApiGatewayV2::Integration', 'Mock', {
      ApiId,
      IntegrationType: 'MOCK',
      IntegrationUri: '',
      RequestTemplates: { $default: '{"statusCode":200}' },
      TemplateSelectionExpression: '\\$default',
    });
    await cloud.create('AWS::ApiGatewayV2::IntegrationResponse', 'Pong', {
      ApiId,
      IntegrationId: mock.ref,
      IntegrationResponseKey: '$default',
      ResponseTemplates: { $default: '{"type":"pong"}' },
      TemplateSelectionExpression: '\\$default',
    });
    await cloud.route(ApiId, 'ping', mock.ref, { respond: true });
    const { socket, frames } = await cloud.connect(ApiId);
    socket.send('{"action":"ping"}');
    await vi.waitFor(() => expect(frames).toEqual(['{"type":"pong"}']));
  });
});

describe('limits', () => {
  it('closes with 1009 on a frame over 32 KB and delivers nothing of it', async () => {
    cloud = await TestGateway.start();
    const fn = vi.fn(ok);
    cloud.functions.set('$default', fn).set('$disconnect', ok);
    const api = await cloud.webSocketApi({ routes: ['$default', '$disconnect'] });
    const allowed = await cloud.connect(api);
    allowed.socket.send('x'.repeat(32 * 1024));
    await vi.waitFor(() => expect(fn).toHaveBeenCalledOnce());
    allowed.socket.send('x'.repeat(32 * 1024 + 1));
    expect(await allowed.closed).toMatchObject({ code: 1009 });
    expect(fn).toHaveBeenCalledOnce();
    expect(cloud.gateway.connections()).toEqual([]);
  });

  it('takes a fragmented message up to 128 KB and closes with 1009 over it', async () => {
    cloud = await TestGateway.start();
    const lengths: number[] = [];
    cloud.functions.set('$default', (event) => {
      lengths.push(event.body.length);
      return ok();
    });
    const { socket, closed } = await cloud.connect(await cloud.webSocketApi({ routes: ['$default'] }));
    const part = 'x'.repeat(32 * 1024);
    for (const fin of [false, false, false, true]) socket.send(part, { fin });
    await vi.waitFor(() => expect(lengths).toEqual([128 * 1024]));
    for (let i = 0; i < 5; i++) socket.send(part, { fin: false });
    expect(await closed).toMatchObject({ code: 1009 });
    expect(lengths).toHaveLength(1);
  });

  it('closes with 1003 on a binary frame', async () => {
    cloud = await TestGateway.start();
    const { socket, closed } = await cloud.connect(await cloud.webSocketApi());
    socket.send(Buffer.from([1, 2, 3]));
    expect(await closed).toMatchObject({ code: 1003 });
  });

  it.each([{ idleMs: 60 }, { lifeMs: 60 }])('closes with 1001 after %o', async (limits) => {
    cloud = await TestGateway.start({ limits });
    const disconnect = vi.fn(ok);
    cloud.functions.set('$disconnect', disconnect);
    const { closed } = await cloud.connect(await cloud.webSocketApi({ routes: ['$disconnect'] }));
    expect(await closed).toEqual({ code: 1001, reason: 'Going away' });
    expect(disconnect.mock.calls).toMatchObject([
      [{ requestContext: { disconnectStatusCode: 1001, disconnectReason: 'Going away' } }],
    ]);
  });
});

it('tells $disconnect how a client left', async () => {
  cloud = await TestGateway.start();
  const left: unknown[] = [];
  cloud.functions.set('$disconnect', ({ requestContext: { disconnectStatusCode, disconnectReason } }) => {
    left.push([disconnectStatusCode, disconnectReason]);
    return ok();
  });
  const api = await cloud.webSocketApi({ routes: ['$disconnect'] });
  (await cloud.connect(api)).socket.terminate();
  await vi.waitFor(() => expect(left).toEqual([[1006, '']]));
  (await cloud.connect(api)).socket.close();
  await vi.waitFor(() => expect(left.at(-1)).toEqual([1005, 'Client-side close frame status not set']));
  (await cloud.connect(api)).socket.close(4001, 'mine');
  await vi.waitFor(() => expect(left.at(-1)).toEqual([4001, 'mine']));
});

it('writes the access log in the format of the stage', async () => {
  cloud = await TestGateway.start();
  cloud.functions.set('$connect', ok).set('say', () => Promise.reject(new Error('oops')));
  const api = await cloud.webSocketApi({
    routes: ['$connect', 'say'],
    stage: {
      AccessLogSettings: {
        DestinationArn: 'arn:log',
        Format:
          '$context.identity.sourceIp [$context.eventType] $context.routeKey $context.status $context.error.message $context.identity.user',
      },
    },
  });
  const { socket } = await cloud.connect(api);
  socket.send('{"action":"say"}');
  await vi.waitFor(() => expect(cloud.accessLog).toHaveLength(2));
  expect(cloud.accessLog).toEqual([
    'arn:log 127.0.0.1 [CONNECT] $connect 200 - -',
    'arn:log 127.0.0.1 [MESSAGE] say 500 oops -',
  ]);
});

it('serves a redeployed API to connections that stay open', async () => {
  cloud = await TestGateway.start();
  cloud.functions
    .set('old', () => ({ statusCode: 200, body: 'old' }))
    .set('new', () => ({ statusCode: 200, body: 'new' }));
  const { socket, frames } = await cloud.connect(
    await cloud.webSocketApi({ routes: ['old'], respond: ['old'] }),
  );
  await cloud.webSocketApi({ routes: ['new'], respond: ['new'] });
  socket.send('{"action":"new"}');
  await vi.waitFor(() => expect(frames).toEqual(['new']));
  socket.send('{"action":"old"}');
  await vi.waitFor(() => expect(frames[1]).toContain('Forbidden'));
});
