import type { APIGatewayProxyEventV2WithJWTAuthorizer, Context } from 'aws-lambda';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { history, me, myRooms, problem } from '#shared/contract/http.ts';
import { limits } from '#shared/contract/limits.ts';
import { transact } from '#shared/storage/documents.ts';
import { testStorage } from '#test/support/engines.ts';

const storage = testStorage('dynoxide');
const now = Date.now();
let api: typeof import('./handler.ts').handler;

beforeAll(async () => {
  ({ handler: api } = await import('./handler.ts'));
  const { documents, messages, people, rooms } = storage();
  await people.signIn('alice', 'Alice', now);
  await rooms.create({ roomId: 'general', name: 'General', visibility: 'public', mode: 'open' }, now);
  for (const userId of ['alice', 'leaver']) await rooms.addMember('general', { userId, name: userId }, now);
  for (let seq = 1; seq <= 60; seq++) {
    const message = { roomId: 'general', seq, version: 1, id: `id-${seq}`, sender: 's', senderName: 'S' };
    await transact(documents, [messages.put({ ...message, text: `${seq}`, sentAt: now, shards: 1 })]);
  }
});

afterEach(() => {
  delete storage().proxy.faults;
});

const context: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'fanfare-api',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:fanfare-api',
  memoryLimitInMB: '512',
  awsRequestId: 'r',
  logGroupName: 'g',
  logStreamName: 's',
  getRemainingTimeInMillis: () => 10_000,
  done: () => {},
  fail: () => {},
  succeed: () => {},
};

const answer = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.unknown()).default({}),
  body: z.string().optional(),
});

/** Calls the function as API Gateway does (payload format 2.0), behind its JWT authorizer. */
async function call(method: string, url: string, sub = 'alice') {
  const [rawPath = '', rawQueryString = ''] = url.split('?');
  const query = Object.fromEntries(new URLSearchParams(rawQueryString));
  const event: APIGatewayProxyEventV2WithJWTAuthorizer = {
    version: '2.0',
    routeKey: 'ANY /api/{proxy+}',
    rawPath,
    rawQueryString,
    headers: { host: 'a1b2c3.execute-api.us-east-1.amazonaws.com', authorization: 'Bearer x' },
    ...(rawQueryString && { queryStringParameters: query }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'a1b2c3',
      authorizer: {
        principalId: '',
        integrationLatency: 0,
        jwt: { claims: { sub, token_use: 'access' }, scopes: [] },
      },
      domainName: 'a1b2c3.execute-api.us-east-1.amazonaws.com',
      domainPrefix: 'a1b2c3',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'r',
      routeKey: 'ANY /api/{proxy+}',
      stage: '$default',
      time: '20/Nov/2026:12:00:00 +0000',
      timeEpoch: now,
    },
    isBase64Encoded: false,
  };
  const { statusCode, headers, body } = answer.parse(await api(event, context));
  return {
    status: statusCode,
    type: headers['content-type'],
    headers,
    body: body ? JSON.parse(body) : undefined,
  };
}

/** Every refusal is a problem document (RFC 9457) with the status of its answer, and tells nothing of our insides. */
async function refused(method: string, url: string, sub?: string) {
  const { status, type, body } = await call(method, url, sub);
  expect(type).toBe('application/problem+json');
  const told = problem.strict().parse(body);
  expect(told.status).toBe(status);
  expect(JSON.stringify(told)).not.toMatch(/\bat .*\.ts|node_modules|stack/);
  return told;
}

describe('GET /api/me', () => {
  it('is the profile of whom the token speaks for', async () => {
    const { status, type, body } = await call('GET', '/api/me');
    expect([status, type]).toEqual([200, 'application/json']);
    expect(me.parse(body)).toEqual({ userId: 'alice', name: 'Alice' });
  });

  it('is 404 to those who never signed in', async () => {
    expect(await refused('GET', '/api/me', 'nobody')).toMatchObject({ status: 404, title: 'Unknown person' });
  });
});

describe('GET /api/rooms', () => {
  it("are the person's rooms", async () => {
    const { body } = await call('GET', '/api/rooms');
    expect(myRooms.parse(body)).toEqual({ rooms: [{ room: 'general', role: 'member', readSeq: 0 }] });
    expect((await call('GET', '/api/rooms', 'nobody')).body).toEqual({ rooms: [] });
  });
});

describe('GET /api/rooms/{room}/messages', () => {
  const range = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index);

  it.each([
    ['', range(60 - limits.newestPageSize + 1, 60)],
    ['?limit=3', [58, 59, 60]],
    ['?before=10&limit=3', [7, 8, 9]],
    ['?after=0&limit=2', [1, 2]],
    ['?after=58', [59, 60]],
    ['?after=60', []],
    [`?limit=${limits.pageSize}`, range(1, 60)],
  ])('%s are those messages, oldest first', async (query, seqs) => {
    const { status, body } = await call('GET', `/api/rooms/general/messages${query}`);
    expect(status).toBe(200);
    expect(history.parse(body).messages.map(({ seq }) => seq)).toEqual(seqs);
  });

  it.each([
    ['?limit=0', 'limit'],
    [`?limit=${limits.pageSize + 1}`, 'limit'],
    ['?limit=many', 'limit'],
    ['?before=0', 'before'],
    ['?after=-1', 'after'],
    ['?before=5&after=1', 'exclude each other'],
  ])('%s is 400, and the answer names what is wrong', async (query, named) => {
    const { status, detail } = await refused('GET', `/api/rooms/general/messages${query}`);
    expect(status).toBe(400);
    expect(detail).toContain(named);
  });

  it('is 403 to those who are not members, whether the room exists or not', async () => {
    expect(await refused('GET', '/api/rooms/general/messages', 'mallory')).toMatchObject({ status: 403 });
    expect(await refused('GET', '/api/rooms/nowhere/messages')).toMatchObject({ status: 403 });
  });

  it.each([
    ['characters that no room has', 'a%23b'],
    ['an escape that is none', '%zz'],
    ['more than any room', 'x'.repeat(3_000)],
  ])('is refused with a room of %s', async (_, room) => {
    expect(await refused('GET', `/api/rooms/${room}/messages`)).toMatchObject({ status: 400 });
  });
});

describe('DELETE /api/rooms/{room}/members/me', () => {
  it('ends the membership and what was subscribed to; again is no error', async () => {
    const { connections, documents, rooms } = storage();
    const connection = { userId: 'leaver', connectionId: 'of-leaver' };
    await connections.open(connection, now);
    await transact(documents, connections.subscribe(connection, new Map([['general', 0]]), now));
    for (let n = 0; n < 2; n++) {
      expect(await call('DELETE', '/api/rooms/general/members/me', 'leaver')).toMatchObject({
        status: 204,
        body: undefined,
      });
    }
    expect(await rooms.readMember('general', 'leaver')).toBeUndefined();
    expect((await connections.shardPage('general', 0, undefined, 10)).connections).toEqual([]);
    expect(await rooms.readMember('general', 'alice')).toBeDefined();
  });

  it('is refused with a room that cannot be', async () => {
    expect(await refused('DELETE', `/api/rooms/${'x'.repeat(3_000)}/members/me`)).toMatchObject({
      status: 400,
    });
  });
});

describe('what is not there', () => {
  it.each([
    ['GET', '/api/nothing'],
    ['GET', '/api/rooms/general'],
    ['GET', '/rooms'],
    ['POST', '/api/rooms/general/messages/1'],
  ])('%s %s is 404', async (method, url) => {
    expect(await refused(method, url)).toMatchObject({ status: 404 });
  });

  it.each([
    ['POST', '/api/me', 'GET'],
    ['DELETE', '/api/rooms', 'GET'],
    ['PUT', '/api/rooms/general/messages', 'GET'],
    ['GET', '/api/rooms/general/members/me', 'DELETE'],
  ])('%s %s is 405, and the answer names what is', async (method, url, allowed) => {
    expect(await refused(method, url)).toMatchObject({ status: 405, detail: `This path takes ${allowed}` });
    expect((await call(method, url)).headers).toHaveProperty('allow', allowed);
  });
});

it('is 500 where something fails here, and does not say what', async () => {
  storage().proxy.faults = () => ({
    status: 400,
    type: 'AccessDeniedException',
    message: 'not authorized to perform dynamodb:GetItem',
  });
  const { status, detail } = await refused('GET', '/api/me');
  expect(status).toBe(500);
  expect(detail).not.toContain('dynamodb');
});
