import type { APIGatewayProxyEventV2WithJWTAuthorizer, Context } from 'aws-lambda';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  bans,
  found,
  history,
  me,
  member,
  members,
  myRoom,
  myRooms,
  people,
  problem,
  publicRooms,
} from '#shared/contract/http.ts';
import { limits } from '#shared/contract/limits.ts';
import { transact } from '#shared/storage/documents.ts';
import { testStorage } from '#test/support/engines.ts';

const storage = testStorage('dynoxide');
const now = Date.now();
let api: typeof import('./handler.ts').handler;

beforeAll(async () => {
  // Files are tested where there is S3: test/attachments.test.ts.
  process.env.ATTACHMENTS_BUCKET = 'files';
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
async function call(method: string, url: string, sub = 'alice', sent?: unknown) {
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
    ...(sent !== undefined && { body: typeof sent === 'string' ? sent : JSON.stringify(sent) }),
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
async function refused(method: string, url: string, sub?: string, sent?: unknown) {
  const { status, type, body } = await call(method, url, sub, sent);
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

describe('PATCH /api/me', () => {
  it('is another name, and is found by it', async () => {
    await storage().people.signIn('renamed', 'Before', now);
    const { body } = await call('PATCH', '/api/me', 'renamed', { name: '  Zoë After ' });
    expect(me.parse(body)).toEqual({ userId: 'renamed', name: 'Zoë After' });
    const byName = people.parse((await call('GET', '/api/people?name=zoë')).body);
    expect(byName.people).toEqual([{ userId: 'renamed', name: 'Zoë After' }]);
    const byId = people.parse((await call('GET', '/api/people?ids=renamed,nobody,alice,alice')).body);
    expect(byId.people.map(({ userId }) => userId).toSorted()).toEqual(['alice', 'renamed']);
  });

  it.each([
    [{ name: ' ' }, 400],
    [{ name: 'a\u202eb' }, 400],
    [{ name: 'x'.repeat(65) }, 400],
    [{ name: 'x', sub: 'bob' }, 400],
    [{}, 400],
    ['not JSON', 400],
    ['[]', 400],
    [{ name: 'x'.repeat(limits.bodyBytes) }, 413],
  ])('%j is refused with %i', async (body, status) => {
    expect(await refused('PATCH', '/api/me', 'alice', body)).toMatchObject({ status });
  });

  it('is 404 to those who never signed in', async () => {
    expect(await refused('PATCH', '/api/me', 'nobody', { name: 'x' })).toMatchObject({ status: 404 });
  });
});

/** A room of a person who exists. */
async function roomBy(owner: string, room: object = {}) {
  await storage().people.signIn(owner, owner, now);
  return myRoom.parse((await call('POST', '/api/rooms', owner, { name: 'A room', ...room })).body);
}

/** A person who exists, in the room. */
async function joined(room: string, owner: string, ...userIds: string[]) {
  for (const userId of userIds) {
    await storage().people.signIn(userId, userId, now);
    expect(await call('PUT', `/api/rooms/${room}/members/${userId}`, owner)).toMatchObject({ status: 201 });
  }
}

/** All of a list, page by page. */
async function pages(url: string, sub: string) {
  const bodies: unknown[] = [];
  let next: string | undefined;
  do {
    const { status, body } = await call('GET', `${url}${next ? `&cursor=${next}` : ''}`, sub);
    expect(status).toBe(200);
    bodies.push(body);
    next = body.next;
  } while (next);
  return bodies;
}

describe('rooms', () => {
  it('are made, described, changed and archived by their owner', async () => {
    await storage().people.signIn('olga', 'Olga', now);
    const made = await call('POST', '/api/rooms', 'olga', {
      name: 'First',
      description: 'why',
      visibility: 'public',
    });
    expect(made.status).toBe(201);
    const room = myRoom.parse(made.body);
    expect(room).toMatchObject({
      kind: 'room',
      name: 'First',
      role: 'owner',
      memberCount: 1,
      unread: 0,
      mode: 'open',
    });
    const change = async (patch: object) =>
      myRoom.parse((await call('PATCH', `/api/rooms/${room.room}`, 'olga', patch)).body);
    expect(await change({ name: 'Second', description: '' })).not.toHaveProperty('description');
    expect(await change({ mode: 'restricted' })).toMatchObject({ name: 'Second', mode: 'restricted' });
    const { archivedAt } = await change({ archived: true });
    expect(archivedAt).toBeGreaterThan(0);
    expect(await change({ archived: true })).toMatchObject({ archivedAt });
    expect(await refused('PATCH', `/api/rooms/${room.room}`, 'olga', { name: 'x' })).toMatchObject({
      status: 409,
    });
    expect(await change({ archived: false, name: 'Third' })).not.toHaveProperty('archivedAt');
    expect((await call('GET', `/api/rooms/${room.room}`, 'olga')).body).toMatchObject({ name: 'Third' });
  });

  it('of all that is changed at once, nothing is lost', async () => {
    const { room } = await roomBy('olga');
    const patches = [
      { name: 'All' },
      { description: 'of it' },
      { mode: 'restricted' },
      { visibility: 'public' },
    ];
    await Promise.all(patches.map((patch) => call('PATCH', `/api/rooms/${room}`, 'olga', patch)));
    const { body } = await call('GET', `/api/rooms/${room}`, 'olga');
    expect(body).toMatchObject(Object.assign({}, ...patches));
  });

  it('are listed to their members, page by page, with what is unread', async () => {
    for (let n = 0; n < 5; n++) await roomBy('lister');
    const listed = (await pages('/api/rooms?limit=2', 'lister')).map((page) => myRooms.parse(page).rooms);
    expect(listed.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(new Set(listed.flat().map(({ room }) => room)).size).toBe(5);
    expect((await call('GET', '/api/rooms', 'nobody')).body).toEqual({ rooms: [] });
  });

  it('are browsed by name, those that are public and live', async () => {
    for (const name of ['Zebra one', 'zebra two', 'Zebra three'])
      await roomBy('zoe', { name, visibility: 'public' });
    await roomBy('zoe', { name: 'Zebra four' });
    const list = (await pages('/api/rooms/public?search=ZEBRA&limit=2', 'alice')).map(
      (page) => publicRooms.parse(page).rooms,
    );
    expect(list.flat().map(({ name }) => name)).toEqual(['Zebra one', 'Zebra three', 'zebra two']);
    expect(list.flat()[0]).toMatchObject({ memberCount: 1, joined: false });
  });

  it.each([
    [{}, 'name'],
    [{ name: 'x', visibility: 'secret' }, 'visibility'],
    [{ name: 'x', owner: 'bob' }, 'owner'],
  ])('%j is no room', async (room, named) => {
    const { status, detail } = await refused('POST', '/api/rooms', 'alice', room);
    expect(status).toBe(400);
    expect(detail).toContain(named);
  });
});

describe('direct rooms', () => {
  it('are one for the same people, however often and by whomever at once', async () => {
    for (const who of ['ann', 'ben', 'cid']) await storage().people.signIn(who, who, now);
    const asked = [
      ['ann', 'ben', 'cid'],
      ['ben', 'cid', 'ann'],
      ['cid', 'ann', 'ben'],
    ];
    const opened = await Promise.all(
      asked.map(([who, ...others]) => call('POST', '/api/directs', who, { people: others })),
    );
    expect(opened.map(({ status }) => status).toSorted()).toEqual([200, 200, 201]);
    const rooms = opened.map(({ body }) => myRoom.parse(body));
    expect(new Set(rooms.map(({ room }) => room)).size).toBe(1);
    expect(rooms[0]?.people?.map(({ userId }) => userId)).toEqual(['ann', 'ben', 'cid']);
    expect(rooms[0]).toMatchObject({ kind: 'direct', memberCount: 3, role: 'member' });
  });

  it.each([
    [[], 400],
    [['alice'], 400],
    [['nobody'], 404],
    [Array.from({ length: 9 }, (_, n) => `p${n}`), 400],
  ])('with %j are refused', async (others, status) => {
    expect(await refused('POST', '/api/directs', 'alice', { people: others })).toMatchObject({ status });
  });
});

describe('members', () => {
  it('are added once, whoever adds them, and counted', async () => {
    const { room } = await roomBy('olga');
    await storage().people.signIn('added', 'Added', now);
    const both = await Promise.all(
      [1, 2, 3].map(() => call('PUT', `/api/rooms/${room}/members/added`, 'olga')),
    );
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 200, 201]);
    expect(member.parse(both[0]?.body)).toMatchObject({ userId: 'added', name: 'Added', role: 'member' });
    expect((await call('GET', `/api/rooms/${room}`, 'olga')).body).toMatchObject({ memberCount: 2 });
    for (let n = 0; n < 2; n++) {
      expect(await call('DELETE', `/api/rooms/${room}/members/added`, 'olga')).toMatchObject({ status: 204 });
    }
    expect((await call('GET', `/api/rooms/${room}`, 'olga')).body).toMatchObject({ memberCount: 1 });
    expect(await refused('PUT', `/api/rooms/${room}/members/nobody`, 'olga')).toMatchObject({ status: 404 });
  });

  it('are listed page by page', async () => {
    const { room } = await roomBy('olga');
    await joined(room, 'olga', 'm1', 'm2', 'm3', 'm4');
    const listed = (await pages(`/api/rooms/${room}/members?limit=2`, 'm1')).map(
      (page) => members.parse(page).members,
    );
    expect(listed.flat().map(({ userId }) => userId)).toEqual(['m1', 'm2', 'm3', 'm4', 'olga']);
  });

  it('are given roles and mutes; the owner hands over once', async () => {
    const { room } = await roomBy('olga');
    await joined(room, 'olga', 'p', 'q');
    const until = Date.now() + 60_000;
    const change = (who: string, patch: object, by = 'olga') =>
      call('PATCH', `/api/rooms/${room}/members/${who}`, by, patch);
    expect((await change('p', { mutedUntil: until })).body).toMatchObject({ mutedUntil: until });
    expect((await change('p', { mutedUntil: null })).body).not.toHaveProperty('mutedUntil');
    const handed = await Promise.all([change('p', { role: 'owner' }), change('q', { role: 'owner' })]);
    expect(handed.filter(({ status }) => status === 200)).toHaveLength(1);
    const { body } = await call('GET', `/api/rooms/${room}/members`, 'olga');
    const roles = members.parse(body).members.map(({ role }) => role);
    expect(roles.toSorted()).toEqual(['member', 'moderator', 'owner']);
    expect(
      await refused('PATCH', `/api/rooms/${room}/members/nobody`, 'olga', { role: 'member' }),
    ).toMatchObject({ status: 404 });
  });

  it('leave, the owner last, and the room is archived by it', async () => {
    const { room } = await roomBy('olga');
    await joined(room, 'olga', 'p');
    expect(await refused('DELETE', `/api/rooms/${room}/members/me`, 'olga')).toMatchObject({ status: 409 });
    expect(await call('DELETE', `/api/rooms/${room}/members/me`, 'p')).toMatchObject({ status: 204 });
    expect(await call('DELETE', `/api/rooms/${room}/members/olga`, 'olga')).toMatchObject({ status: 204 });
    expect((await storage().rooms.readForSend(room, 'olga')).room?.archivedAt).toBeDefined();
  });
});

describe('bans', () => {
  it('keep out until they end or are lifted', async () => {
    const { room } = await roomBy('olga', { visibility: 'public' });
    await joined(room, 'olga', 'bad', 'worse');
    const until = Date.now() + 60_000;
    for (let n = 0; n < 2; n++) {
      expect(await call('PUT', `/api/rooms/${room}/bans/bad`, 'olga', { until })).toMatchObject({
        status: 204,
      });
    }
    expect(await call('PUT', `/api/rooms/${room}/bans/worse`, 'olga')).toMatchObject({ status: 204 });
    const listed = (await pages(`/api/rooms/${room}/bans?limit=1`, 'olga')).flatMap(
      (page) => bans.parse(page).bans,
    );
    expect(listed).toMatchObject([{ userId: 'bad', by: 'olga', until }, { userId: 'worse' }]);
    expect((await call('GET', `/api/rooms/${room}`, 'olga')).body).toMatchObject({ memberCount: 1 });
    expect(await refused('PUT', `/api/rooms/${room}/members/me`, 'bad')).toMatchObject({ status: 403 });
    for (let n = 0; n < 2; n++) {
      expect(await call('DELETE', `/api/rooms/${room}/bans/bad`, 'olga')).toMatchObject({ status: 204 });
    }
    expect(await call('PUT', `/api/rooms/${room}/members/me`, 'bad')).toMatchObject({ status: 201 });
    expect(await refused('PUT', `/api/rooms/${room}/bans/nobody`, 'olga')).toMatchObject({ status: 404 });
  });

  it('win against joining at the same moment', async () => {
    const { room } = await roomBy('olga', { visibility: 'public' });
    const racers = Array.from({ length: 8 }, (_, n) => `racer-${n}`);
    for (const racer of racers) await storage().people.signIn(racer, racer, now);
    await Promise.all(
      racers.flatMap((racer) => [
        call('PUT', `/api/rooms/${room}/members/me`, racer),
        call('PUT', `/api/rooms/${room}/bans/${racer}`, 'olga'),
      ]),
    );
    const { body } = await call('GET', `/api/rooms/${room}/members`, 'olga');
    expect(members.parse(body).members.map(({ userId }) => userId)).toEqual(['olga']);
    expect((await call('GET', `/api/rooms/${room}`, 'olga')).body).toMatchObject({ memberCount: 1 });
  });
});

describe('a cursor', () => {
  const forged = [
    'x',
    Buffer.from('{}').toString('base64url'),
    Buffer.from('"a#b"').toString('base64url'),
    Buffer.from('{"listedName":"zzz","roomId":"r"}').toString('base64url'),
  ];
  it.each(
    ['rooms?', 'rooms/public?search=a&', 'rooms/general/members?', 'rooms/general/search?text=a&'].flatMap(
      (list) => forged.map((cursor) => [list, cursor] as const),
    ),
  )('that is forged is 400: %s %s', async (list, cursor) => {
    expect(await refused('GET', `/api/${list}cursor=${cursor}`)).toMatchObject({ status: 400 });
  });
});

describe('GET /api/rooms/{room}/search', () => {
  it('finds what is there, newest first', async () => {
    const { body } = await call('GET', '/api/rooms/general/search?text=6');
    expect(found.parse(body).messages.map(({ seq }) => seq)).toEqual([60, 56, 46, 36, 26, 16, 6]);
  });
});

describe('GET /api/rooms/{room}/messages/{seq}', () => {
  it('is that message', async () => {
    expect((await call('GET', '/api/rooms/general/messages/7')).body).toMatchObject({ seq: 7, text: '7' });
  });
  it.each([
    ['999', 404],
    ['0', 400],
    ['x', 400],
  ])('%s is %i', async (seq, status) => {
    expect(await refused('GET', `/api/rooms/general/messages/${seq}`)).toMatchObject({ status });
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
    ['?around=30&limit=4', [28, 29, 30, 31]],
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
    ['?around=5&after=1', 'exclude each other'],
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
    ['GET', '/api/rooms/general/nothing'],
    ['GET', '/rooms'],
    ['POST', '/api/rooms/general/messages/1/more'],
  ])('%s %s is 404', async (method, url) => {
    expect(await refused(method, url)).toMatchObject({ status: 404 });
  });

  it.each([
    ['POST', '/api/me', 'GET, PATCH'],
    ['DELETE', '/api/rooms', 'GET, POST'],
    ['POST', '/api/rooms/general/messages/1', 'GET'],
    ['PUT', '/api/rooms/general/messages', 'GET'],
    ['GET', '/api/rooms/general/members/me', 'PUT, PATCH, DELETE'],
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
