import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testServer } from '#test/support/http-server.ts';
import { ConnectionsApi, concurrency, type PostOutcome, payloadOf } from './post.ts';

const server = testServer();
const payload = payloadOf(Buffer.from('{"type":"events"}'));
let api: ConnectionsApi;

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'ASIAAAAAAAAAAAAAAAAA');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_SESSION_TOKEN', 'session');
  api = new ConnectionsApi(`${server().url}/ws`, 'us-east-1');
});

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('one post', () => {
  it('is the request that PostToConnection is', async () => {
    expect(await api.post('L0SM9cOFvHcCIhw=', payload)).toBe('delivered');
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

  it.each(['a/b', 'a+b', 'a b', 'ü', '../x', 'a?b#c'])(
    'names a connection %j as the SDK does',
    async (id) => {
      await api.post(id, payload);
      await sdk().send(new PostToConnectionCommand({ ConnectionId: id, Data: 'x' }));
      const [ours, theirs] = server().requests;
      expect(ours?.path).toBe(theirs?.path);
    },
  );

  it('takes an endpoint with a slash behind the stage', async () => {
    await new ConnectionsApi(`${server().url}/ws/`, 'us-east-1').post('abc', payload);
    expect(server().requests[0]?.path).toBe('/ws/@connections/abc');
  });

  it('is signed with the keys that the environment has by then', async () => {
    await api.post('a', payload);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'ASIABBBBBBBBBBBBBBBB');
    vi.stubEnv('AWS_SESSION_TOKEN', undefined);
    await api.post('a', payload);
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
    expect(await api.post('a', payload)).toBe(outcome);
    const refused = sdk().send(new PostToConnectionCommand({ ConnectionId: 'a', Data: 'x' }));
    await expect(refused).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } });
  });

  it.each([200, 202, 204])('%i is delivered', async (status) => {
    server().answer = () => ({ status, body: '' });
    expect(await api.post('a', payload)).toBe('delivered');
  });

  it('that breaks off is failed, and the next one is well', async () => {
    server().answer = (request) => {
      request.socket.destroy();
      return {};
    };
    expect(await api.post('a', payload)).toBe('failed');
    server().answer = () => ({});
    expect(await api.post('a', payload)).toBe('delivered');
  });

  it('that nobody gives is failed', async () => {
    expect(await new ConnectionsApi('http://127.0.0.1:9/ws', 'us-east-1').post('a', payload)).toBe('failed');
  });

  it('that does not come in time is failed, and holds up no other', async () => {
    server().answer = ({ url }) => (url?.endsWith('slow') ? new Promise(() => {}) : {});
    const slow = api.post('slow', payload);
    expect(await api.post('quick', payload)).toBe('delivered');
    expect(await slow).toBe('failed');
  });
});

describe('sockets', () => {
  it('are used again', async () => {
    for (let n = 0; n < 10; n++) await api.post(`c${n}`, payload);
    // A socket is free only a moment after its answer has been read: two take turns.
    expect(server().sockets).toBeLessThanOrEqual(2);
  });

  it('are used again after an answer that refuses', async () => {
    server().answer = () => ({ status: 410, body: { message: 'x'.repeat(10_000) } });
    for (let n = 0; n < 10; n++) await api.post(`c${n}`, payload);
    expect(server().sockets).toBeLessThanOrEqual(2);
  });

  it('are no more than the posts that may be under way', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 3 * concurrency }, (_, index) => api.post(`c${index}`, payload)),
    );
    expect(new Set(outcomes)).toEqual(new Set(['delivered']));
    expect(server().sockets).toBeLessThanOrEqual(concurrency);
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
