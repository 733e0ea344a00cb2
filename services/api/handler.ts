import { HttpVerbs, Router } from '@aws-lambda-powertools/event-handler/http';
import type { HttpMethod, RouteHandler } from '@aws-lambda-powertools/event-handler/types';
import type { APIGatewayProxyEventV2WithJWTAuthorizer, Context } from 'aws-lambda';
import * as z from 'zod';
import { roomId } from '#shared/contract/frames.ts';
import {
  historyQuery,
  memberPatch,
  newBan,
  newDirect,
  newRoom,
  page,
  peopleQuery,
  profilePatch,
  publicRoomsQuery,
  roomPatch,
  searchQuery,
  userId,
} from '#shared/contract/http.ts';
import { readEnvironment } from '#shared/environment.ts';
import { logger } from '#shared/observability/logger.ts';
import { withMetrics } from '#shared/observability/metrics.ts';
import { Connections } from '#shared/storage/connections.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { Members } from '#shared/storage/members.ts';
import { Messages } from '#shared/storage/messages.ts';
import { People } from '#shared/storage/people.ts';
import { RoomDirectory } from '#shared/storage/room-directory.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import {
  addMember,
  ban,
  changeMember,
  join,
  leave,
  liftBan,
  listBans,
  listMembers,
  removeMember,
} from './members.ts';
import { readHistory, readMessage, search } from './messages.ts';
import { findPeople, readMe, rename } from './people.ts';
import { ApiError, problemResponse } from './problems.ts';
import { browse, changeRoom, createRoom, listMyRooms, openDirect, readRoom } from './rooms.ts';

const environment = readEnvironment({
  PEOPLE_TABLE: z.string(),
  ROOMS_TABLE: z.string(),
  MESSAGES_TABLE: z.string(),
  CONNECTIONS_TABLE: z.string(),
});
const documents = openDocuments();
const collaborators = {
  documents,
  people: new People(documents, environment.PEOPLE_TABLE),
  rooms: new Rooms(documents, environment.ROOMS_TABLE),
  directory: new RoomDirectory(documents, environment.ROOMS_TABLE),
  members: new Members(documents, environment.ROOMS_TABLE),
  messages: new Messages(documents, environment.MESSAGES_TABLE),
  connections: new Connections(documents, environment.CONNECTIONS_TABLE),
};

const app = new Router({ logger, prefix: '/api' });

serve('/me', {
  GET: async ({ event }) => Response.json(await readMe(callerOf(event), collaborators)),
  PATCH: async ({ event, req }) => {
    const { name } = await bodyOf(req, profilePatch);
    return Response.json(await rename(callerOf(event), name, collaborators));
  },
});

serve('/people', {
  GET: async ({ req }) => Response.json(await findPeople(queryOf(req, peopleQuery), collaborators)),
});

serve('/rooms', {
  GET: async ({ event, req }) => {
    const { cursor } = queryOf(req, page);
    const { rooms, next } = await listMyRooms(callerOf(event), opened(cursor), collaborators);
    return Response.json({ rooms, next: sealed(next) });
  },
  POST: async ({ event, req }) => {
    const room = await createRoom(await bodyOf(req, newRoom), callerOf(event), collaborators, Date.now());
    return Response.json(room, { status: 201 });
  },
});

serve('/rooms/public', {
  GET: async ({ event, req }) => {
    const { cursor, ...query } = queryOf(req, publicRoomsQuery);
    const found = await browse({ ...query, cursor: opened(cursor) }, callerOf(event), collaborators);
    return Response.json({ ...found, next: sealed(found.next) });
  },
});

serve('/directs', {
  POST: async ({ event, req }) => {
    const { people } = await bodyOf(req, newDirect);
    const { room, created } = await openDirect(people, callerOf(event), collaborators, Date.now());
    return Response.json(room, { status: created ? 201 : 200 });
  },
});

serve('/rooms/:room', {
  GET: async ({ event, params }) =>
    Response.json(await readRoom(roomOf(params), callerOf(event), collaborators)),
  PATCH: async ({ event, req, params }) => {
    const patch = await bodyOf(req, roomPatch);
    return Response.json(await changeRoom(roomOf(params), patch, callerOf(event), collaborators, Date.now()));
  },
});

serve('/rooms/:room/messages', {
  GET: async ({ event, req, params }) =>
    Response.json(
      await readHistory(roomOf(params), callerOf(event), queryOf(req, historyQuery), collaborators),
    ),
});

serve('/rooms/:room/messages/:seq', {
  GET: async ({ event, params }) => {
    const { seq } = z.object({ seq: z.coerce.number().int().positive() }).parse(params);
    return Response.json(await readMessage(roomOf(params), seq, callerOf(event), collaborators));
  },
});

serve('/rooms/:room/search', {
  GET: async ({ event, req, params }) => {
    const { text, cursor } = queryOf(req, searchQuery);
    const before = z.coerce.number().int().positive().optional().parse(opened(cursor));
    const found = await search(roomOf(params), callerOf(event), { text, before }, collaborators);
    return Response.json({ ...found, next: sealed(found.next) });
  },
});

serve('/rooms/:room/members', {
  GET: async ({ event, req, params }) => {
    const { cursor, limit } = queryOf(req, page);
    const list = { cursor: opened(cursor), limit };
    const found = await listMembers(roomOf(params), list, callerOf(event), collaborators);
    return Response.json({ ...found, next: sealed(found.next) });
  },
});

serve('/rooms/:room/members/:user', {
  PUT: async ({ event, params }) => {
    const caller = callerOf(event);
    const user = userOf(params);
    const { member, added } =
      user === 'me' || user === caller
        ? await join(roomOf(params), caller, collaborators, Date.now())
        : await addMember(roomOf(params), user, caller, collaborators, Date.now());
    return Response.json(member, { status: added ? 201 : 200 });
  },
  PATCH: async ({ event, req, params }) => {
    const patch = await bodyOf(req, memberPatch);
    const user = userOf(params);
    return Response.json(
      await changeMember(roomOf(params), user, patch, callerOf(event), collaborators, Date.now()),
    );
  },
  DELETE: async ({ event, params }) => {
    const caller = callerOf(event);
    const user = userOf(params);
    if (user === 'me' || user === caller) await leave(roomOf(params), caller, collaborators, Date.now());
    else await removeMember(roomOf(params), user, caller, collaborators, Date.now());
    return new Response(null, { status: 204 });
  },
});

serve('/rooms/:room/bans', {
  GET: async ({ event, req, params }) => {
    const { cursor, limit } = queryOf(req, page);
    const list = { cursor: opened(cursor), limit };
    const found = await listBans(roomOf(params), list, callerOf(event), collaborators, Date.now());
    return Response.json({ ...found, next: sealed(found.next) });
  },
});

serve('/rooms/:room/bans/:user', {
  PUT: async ({ event, req, params }) => {
    const until = await bodyOf(req, newBan);
    await ban(roomOf(params), userOf(params), until, callerOf(event), collaborators, Date.now());
    return new Response(null, { status: 204 });
  },
  DELETE: async ({ event, params }) => {
    await liftBan(roomOf(params), userOf(params), callerOf(event), collaborators);
    return new Response(null, { status: 204 });
  },
});

app.notFound(async () => problemResponse(404, 'Not found', 'There is nothing at this path'));
app.errorHandler(URIError, async () =>
  problemResponse(400, 'Invalid request', 'The path is not encoded well'),
);
app.errorHandler(ApiError, async ({ status, title, message }) => problemResponse(status, title, message));
app.errorHandler(z.ZodError, async ({ issues }: z.ZodError) =>
  problemResponse(
    400,
    'Invalid request',
    issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
  ),
);
app.errorHandler(Error, async (error) => {
  logger.error('A request failed', { error });
  return problemResponse(500, 'Internal error', 'Something failed here; try again');
});

/** The HTTP API: everything that is not live. */
export const handler = withMetrics(async (event: APIGatewayProxyEventV2WithJWTAuthorizer, context: Context) =>
  app.resolve(event, context),
);

/** Serves a path by the methods that are named; any other is told which these are (RFC 9110, 15.5.6). */
function serve(path: `/${string}`, handlers: Partial<Record<HttpMethod, RouteHandler>>): void {
  const allow = Object.keys(handlers).join(', ');
  const notAllowed = async () =>
    problemResponse(405, 'Method not allowed', `This path takes ${allow}`, { allow });
  for (const method of Object.values(HttpVerbs)) {
    app.route(handlers[method] ?? notAllowed, { method, path });
  }
}

/** @throws ZodError */
function roomOf(params: Record<string, string>): string {
  return z.object({ room: roomId }).parse(params).room;
}

/** @throws ZodError */
function userOf(params: Record<string, string>): string {
  return z.object({ user: userId }).parse(params).user;
}

/** @throws ZodError */
function queryOf<Query>({ url }: Request, schema: z.ZodType<Query>): Query {
  return schema.parse(Object.fromEntries(new URL(url).searchParams));
}

/** The body of a request, JSON; none is `{}`. @throws ZodError, ApiError 400 */
async function bodyOf<Body>(request: Request, schema: z.ZodType<Body>): Promise<Body> {
  const text = await request.text();
  let body: unknown;
  try {
    body = text === '' ? {} : JSON.parse(text);
  } catch {
    throw new ApiError(400, 'Invalid request', 'The body is not JSON');
  }
  return schema.parse(body);
}

/** Cursors are opaque: where a list goes on is nobody's business, and may be another thing tomorrow. */
function sealed(position: string | undefined): string | undefined {
  return position && Buffer.from(position).toString('base64url');
}

/** @throws ApiError 400 from what uses it, where it is none of ours */
function opened(cursor: string | undefined): string | undefined {
  return cursor && Buffer.from(cursor, 'base64url').toString();
}

const verified = z.object({
  requestContext: z.object({
    authorizer: z.object({ jwt: z.object({ claims: z.object({ sub: z.string() }) }) }),
  }),
});

/** Who calls: the subject that API Gateway's JWT authorizer verified. */
function callerOf(event: unknown): string {
  return verified.parse(event).requestContext.authorizer.jwt.claims.sub;
}
