import { HttpVerbs, Router } from '@aws-lambda-powertools/event-handler/http';
import type { HttpMethod, RouteHandler } from '@aws-lambda-powertools/event-handler/types';
import type { APIGatewayProxyEventV2WithJWTAuthorizer, Context } from 'aws-lambda';
import * as z from 'zod';
import { roomId } from '#shared/contract/frames.ts';
import { historyQuery } from '#shared/contract/http.ts';
import { readEnvironment } from '#shared/environment.ts';
import { logger } from '#shared/observability/logger.ts';
import { withMetrics } from '#shared/observability/metrics.ts';
import { Connections } from '#shared/storage/connections.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { Messages } from '#shared/storage/messages.ts';
import { People } from '#shared/storage/people.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import { leave, readHistory, readMe, readMyRooms } from './api.ts';
import { ApiError, problemResponse } from './problems.ts';

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
  messages: new Messages(documents, environment.MESSAGES_TABLE),
  connections: new Connections(documents, environment.CONNECTIONS_TABLE),
};

const app = new Router({ logger, prefix: '/api' });

serve('/me', { GET: async ({ event }) => Response.json(await readMe(userIdOf(event), collaborators)) });

serve('/rooms', {
  GET: async ({ event }) => Response.json(await readMyRooms(userIdOf(event), collaborators)),
});

serve('/rooms/:room/messages', {
  GET: async ({ event, req, params }) => {
    const query = historyQuery.parse(Object.fromEntries(new URL(req.url).searchParams));
    return Response.json(await readHistory(roomOf(params), userIdOf(event), query, collaborators));
  },
});

serve('/rooms/:room/members/me', {
  DELETE: async ({ event, params }) => {
    await leave(roomOf(params), userIdOf(event), collaborators);
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

const verified = z.object({
  requestContext: z.object({
    authorizer: z.object({ jwt: z.object({ claims: z.object({ sub: z.string() }) }) }),
  }),
});

/** Who calls: the subject that API Gateway's JWT authorizer verified. */
function userIdOf(event: unknown): string {
  return verified.parse(event).requestContext.authorizer.jwt.claims.sub;
}
