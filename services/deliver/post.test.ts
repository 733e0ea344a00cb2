import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testServer } from '#test/support/http-server.ts';
import { ConnectionsApi, type PostOutcome, payloadOf } from './post.ts';

const server = testServer();
const payload = payloadOf(Buffer.from('{"type":"events"}'));
let api: ConnectionsApi;

/** Posts and waits for what comes of it. */
function post(id: string, through = api): Promise<PostOutcome> {
  return new Promise((posted) => through.post(id, payload, { posted }));
}

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'ASIAAAAAAAAAAAAAAAAA');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_SESSION_TOKEN', 'session');
  api = new ConnectionsApi(`${server().url}/ws`, 'us-east-1');
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe('one post', () => {
  it('is the request that PostToConnection is', async () => {
    expect(await post('L0SM9cOFvHcCIhw=')).toBe('delivered');
    const [ours] = server().requests;
    expect(ours).toMatchObject({
      method: 'POST',
      path: '/ws/@connections/L0SM9cOFvHcCIhw%3D',
      body: '{"type":"events"}',
      headers: {
        host: new URL(server().url).host,
        'content-length': '17',
        'x-amz-date': expect.stringMatching(/^\d{8}T\d{6}Z$/),
        'x-amz-security-token': 'session',
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=ASIAAAAAAAAAAAAAAAAA\/\d{8}\/us-east-1\/execute-api\/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
        ),
      },
    });

    await sdk().send(
      new PostToConnectionCommand({ ConnectionId: 'L0SM9cOFvHcCIhw=', Data: '{"type":"events"}' }),
    );
    const theirs = server().requests[1];
    expect([theirs?.method, theirs?.path, theirs?.body]).toEqual([ours?.method, ours?.path, ours?.body]);
  });

  it('with DELETE is the request that DeleteConnection is', async () => {
    const closing = new ConnectionsApi(`${server().url}/ws`, 'us-east-1', 'DELETE');
    server().answer = () => ({ status: 204 });
    const nothing = payloadOf(Buffer.alloc(0));
    expect(await new Promise((posted) => closing.post('L0SM=', nothing, { posted }))).toBe('delivered');
    await sdk().send(new DeleteConnectionCommand({ ConnectionId: 'L0SM=' }));
    const [ours, theirs] = server().requests;
    expect(ours).toMatchObject({ method: 'DELETE', path: '/ws/@connections/L0SM%3D', body: '' });
    expect([theirs?.method, theirs?.path, theirs?.body]).toEqual([ours?.method, ours?.path, ours?.body]);
  });

  it.each(['a/b', 'a+b', 'a b', 'ü', '../x', 'a?b#c'])(
    'names a connection %j as the SDK does',
    async (id) => {
      await post(id);
      await sdk().send(new PostToConnectionCommand({ ConnectionId: id, Data: 'x' }));
      const [ours, theirs] = server().requests;
      expect(ours?.path).toBe(theirs?.path);
    },
  );

  it('takes an endpoint with a slash behind the stage', async () => {
    await post('abc', new ConnectionsApi(`${server().url}/ws/`, 'us-east-1'));
    expect(server().requests[0]?.path).toBe('/ws/@connections/abc');
  });

  it('is signed with the keys that the environment has by then', async () => {
    await post('a');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'ASIABBBBBBBBBBBBBBBB');
    vi.stubEnv('AWS_SESSION_TOKEN', undefined);
    vi.setSystemTime(Date.now() + 1_000);
    await post('a');
    const [first, second] = server().requests;
    expect(first?.headers.authorization).toContain('Credential=ASIAAAAAAAAAAAAAAAAA/');
    expect(second?.headers.authorization).toContain('Credential=ASIABBBBBBBBBBBBBBBB/');
    expect(second?.headers).not.toHaveProperty('x-amz-security-token');
  });
});

describe('an answer', () => {
  it.each<[number, string, PostOutcome]>([
    [410, 'GoneException', 'gone'],
    [429, 'LimitExceededException', 'throttled'],
    [403, 'ForbiddenException', 'failed'],
    [413, 'PayloadTooLargeException', 'failed'],
    [500, 'InternalServerError', 'failed'],
    [503, 'ServiceUnavailable', 'failed'],
    [504, 'GatewayTimeout', 'failed'],
  ])("%i, the SDK's %s, is %s", async (status, name, outcome) => {
    server().answer = () => ({
      status,
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': name },
      body: { message: 'why' },
    });
    expect(await post('a')).toBe(outcome);
    const refused = sdk().send(new PostToConnectionCommand({ ConnectionId: 'a', Data: 'x' }));
    await expect(refused).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } });
  });

  it.each([200, 202, 204])('%i is delivered', async (status) => {
    server().answer = () => ({ status, body: '' });
    expect(await post('a')).toBe('delivered');
  });

  it('that breaks off is failed, and the next one is well', async () => {
    server().answer = (request) => {
      request.socket.destroy();
      return {};
    };
    expect(await post('a')).toBe('failed');
    server().answer = () => ({});
    expect(await post('a')).toBe('delivered');
  });

  it('that nobody gives is failed', async () => {
    expect(await post('a', new ConnectionsApi('http://127.0.0.1:9/ws', 'us-east-1'))).toBe('failed');
  });

  it('that does not come in time is failed, and holds up no other', async () => {
    server().answer = ({ url }) => (url?.endsWith('slow') ? new Promise(() => {}) : {});
    const slow = post('slow');
    expect(await post('quick')).toBe('delivered');
    expect(await slow).toBe('failed');
  });
});

describe('connections', () => {
  it('are kept', async () => {
    for (let n = 0; n < 10; n++) expect(await post(`c${n}`)).toBe('delivered');
    expect(server().sockets).toBe(1);
  });

  it('are kept after an answer that refuses', async () => {
    server().answer = () => ({ status: 410, body: { message: 'x'.repeat(10_000) } });
    for (let n = 0; n < 10; n++) expect(await post(`c${n}`)).toBe('gone');
    expect(server().sockets).toBe(1);
  });

  it('are no more than the posts under way', async () => {
    const all = () => Promise.all(Array.from({ length: 20 }, (_, index) => post(`c${index}`)));
    expect(new Set(await all())).toEqual(new Set(['delivered']));
    await all();
    expect(server().sockets).toBe(20);
  });

  it('can be opened ahead', async () => {
    api.warm(3);
    await vi.waitFor(() => expect(server().sockets).toBe(3));
    await Promise.all(['a', 'b', 'c'].map((id) => post(id)));
    expect(server().sockets).toBe(3);
  });

  it('that cannot be opened ahead do no harm', async () => {
    const nowhere = new ConnectionsApi('http://127.0.0.1:9/ws', 'us-east-1');
    nowhere.warm(3);
    expect(await post('a', nowhere)).toBe('failed');
  });
});

describe('a text of any alphabet', () => {
  it('arrives byte for byte', async () => {
    const text = JSON.stringify({ text: 'żółć 漢字 🙂 é' });
    await new Promise((posted) => api.post('a', payloadOf(Buffer.from(text)), { posted }));
    expect(server().requests[0]?.body).toBe(text);
  });
});

function sdk(): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({
    endpoint: `${server().url}/ws`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
}
