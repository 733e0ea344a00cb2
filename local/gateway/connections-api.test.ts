import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  ForbiddenException,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { HttpRequest } from '@smithy/protocol-http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GatewayLimits } from './limits.ts';
import { TestGateway } from './test-gateway.ts';

let cloud: TestGateway;
let api: string;
let client: ApiGatewayManagementApiClient;
/** Of every request. */
let headers: Record<string, string> = {};

async function start(limits: Partial<GatewayLimits> = {}) {
  cloud = await TestGateway.start({ limits });
  cloud.functions.set('$disconnect', () => ({ statusCode: 200 }));
  api = await cloud.webSocketApi({ routes: ['$disconnect'] });
  client = sdk(cloud.credentials.issue({ functionName: 'deliver', roleArn: 'arn:role' }));
}

function sdk(credentials: { accessKeyId: string; secretAccessKey: string }) {
  const endpoint = cloud.rewrites.get(`https://${api}.execute-api.us-east-1.amazonaws.com`);
  const made = new ApiGatewayManagementApiClient({
    region: 'us-east-1',
    endpoint: `${endpoint}/ws`,
    credentials,
    maxAttempts: 1,
  });
  made.middlewareStack.add(
    (next) => (args) => {
      if (HttpRequest.isInstance(args.request)) Object.assign(args.request.headers, headers);
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  return made;
}

const post = (ConnectionId: string, Data: string | Uint8Array = 'hi') =>
  client.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from(Data) }));

async function open() {
  const opened = await cloud.connect(api, '/ws', { headers: { 'user-agent': 'test' } });
  const connectionId = cloud.gateway.connections().at(-1)?.connectionId ?? '';
  return { ...opened, connectionId };
}

beforeEach(() => {
  headers = {};
  return start();
});
afterEach(async () => {
  client.destroy();
  await cloud.stop();
});

// The gateway reads the usual post by itself, and leaves the others to node:http: here one that asks to close.
describe.each(['keep-alive', 'close'])('POST with connection: %s', (connection) => {
  beforeEach(() => {
    headers = { connection };
  });

  it('sends the bytes as one text frame, to that connection only', async () => {
    const one = await open();
    const other = await open();
    await post(one.connectionId, 'grüße');
    await post(one.connectionId, 'x'.repeat(128 * 1024));
    await vi.waitFor(() => expect(one.frames.map((frame) => frame.length)).toEqual([5, 128 * 1024]));
    expect(one.frames[0]).toBe('grüße');
    expect(other.frames).toEqual([]);
  });

  it('is GoneException for a connection that is unknown, closed or of another stage', async () => {
    await expect(post('AAAAAAAAAAAAAAA=')).rejects.toThrow(GoneException);
    const { socket, closed, connectionId } = await open();
    socket.close();
    await closed;
    await vi.waitFor(() => expect(cloud.gateway.connections()).toEqual([]));
    await expect(post(connectionId)).rejects.toBeInstanceOf(GoneException);
    const alive = await open();
    const endpoint = `${cloud.gateway.url}/${api}/other`;
    const { credentials } = client.config;
    const elsewhere = new ApiGatewayManagementApiClient({
      region: 'us-east-1',
      endpoint,
      credentials,
      maxAttempts: 1,
    });
    const command = new PostToConnectionCommand({ ConnectionId: alive.connectionId, Data: Buffer.from('x') });
    await expect(elsewhere.send(command)).rejects.toBeInstanceOf(GoneException);
    elsewhere.destroy();
  });

  it('is PayloadTooLargeException over 128 KB', async () => {
    const { connectionId, frames } = await open();
    await expect(post(connectionId, 'x'.repeat(128 * 1024 + 1))).rejects.toBeInstanceOf(
      PayloadTooLargeException,
    );
    await post(connectionId, 'still open');
    await vi.waitFor(() => expect(frames).toEqual(['still open']));
  });

  it('is ForbiddenException with a key that was never given out, and 403 unsigned', async () => {
    const { connectionId } = await open();
    client.destroy();
    client = sdk({ accessKeyId: 'AKIAFOREIGN', secretAccessKey: 'x' });
    await expect(post(connectionId)).rejects.toBeInstanceOf(ForbiddenException);
    const unsigned = await fetch(`${cloud.gateway.url}/${api}/ws/@connections/${connectionId}`, {
      method: 'POST',
      body: 'x',
    });
    expect(unsigned.status).toBe(403);
    expect(await unsigned.json()).toEqual({ message: 'Missing Authentication Token' });
  });

  it('is LimitExceededException over the account quota', async () => {
    await cloud.stop();
    await start({ requestsPerSecond: 0.001, requestBurst: 1 });
    const { connectionId } = await open();
    await post(connectionId);
    await expect(post(connectionId)).rejects.toBeInstanceOf(LimitExceededException);
  });

  it('has injected faults at the wire', async () => {
    const { connectionId, frames } = await open();
    const other = await open();
    const faults = [{ status: 429 }, { status: 500 }, { status: 200, delayMs: 10 }];
    cloud.gateway.faults = (id) => (id === connectionId ? faults.shift() : undefined);
    await expect(post(connectionId, '1')).rejects.toBeInstanceOf(LimitExceededException);
    await expect(post(connectionId, '2')).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
    await post(connectionId, '3');
    await post(other.connectionId, '4');
    await vi.waitFor(() => expect([frames, other.frames]).toEqual([['3'], ['4']]));
    cloud.gateway.faults = undefined;
    await post(connectionId, '5');
    await vi.waitFor(() => expect(frames).toEqual(['3', '5']));
  });

  it('cuts off a client that does not read', async () => {
    await cloud.stop();
    await start({ unsentBytes: 256 * 1024 });
    const { socket, connectionId } = await open();
    socket.pause();
    const flood = async () => {
      for (let i = 0; i < 500; i++) await post(connectionId, 'x'.repeat(128 * 1024));
    };
    await expect(flood()).rejects.toBeInstanceOf(GoneException);
    expect(cloud.gateway.connections()).toEqual([]);
  });
});

it('GET describes a connection', async () => {
  const { connectionId } = await open();
  const found = await client.send(new GetConnectionCommand({ ConnectionId: connectionId }));
  expect(found).toMatchObject({
    ConnectedAt: expect.any(Date),
    LastActiveAt: expect.any(Date),
    Identity: { SourceIp: '127.0.0.1', UserAgent: 'test' },
  });
  await expect(client.send(new GetConnectionCommand({ ConnectionId: 'no=' }))).rejects.toBeInstanceOf(
    GoneException,
  );
});

it('DELETE closes a connection and runs its $disconnect', async () => {
  const disconnect = vi.fn(() => ({ statusCode: 200 }));
  cloud.functions.set('$disconnect', disconnect);
  const { connectionId, closed } = await open();
  await client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }));
  expect(await closed).toMatchObject({ code: 1000 });
  expect(disconnect.mock.calls).toMatchObject([
    [{ requestContext: { disconnectStatusCode: 1000, disconnectReason: 'Connection Closed Normally' } }],
  ]);
  await expect(post(connectionId)).rejects.toBeInstanceOf(GoneException);
});
