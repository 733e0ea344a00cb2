import { HttpVerbs, Router } from '@aws-lambda-powertools/event-handler/http';
import type { APIGatewayProxyEventV2WithJWTAuthorizer, Context } from 'aws-lambda';
import * as z from 'zod';
import { readEnvironment } from '#shared/environment.ts';
import { logger } from '#shared/observability/logger.ts';
import { withMetrics } from '#shared/observability/metrics.ts';
import type { AttachmentLinks } from '#shared/storage/attachment-links.ts';
import { Connections } from '#shared/storage/connections.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { Members } from '#shared/storage/members.ts';
import { Messages } from '#shared/storage/messages.ts';
import { People } from '#shared/storage/people.ts';
import { Presences } from '#shared/storage/presence.ts';
import { PushSubscriptions } from '#shared/storage/push-subscriptions.ts';
import { RoomDirectory } from '#shared/storage/room-directory.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import { VapidKeys } from '#shared/storage/vapid-keys.ts';
import { Webhooks } from '#shared/storage/webhooks.ts';
import { ApiError, problemResponse } from './problems.ts';
import { routesOf } from './routes.ts';

const environment = readEnvironment({
  PEOPLE_TABLE: z.string(),
  ROOMS_TABLE: z.string(),
  MESSAGES_TABLE: z.string(),
  CONNECTIONS_TABLE: z.string(),
  ATTACHMENTS_BUCKET: z.string(),
});
const documents = openDocuments();
let links: Promise<AttachmentLinks> | undefined;
const collaborators = {
  documents,
  people: new People(documents, environment.PEOPLE_TABLE),
  rooms: new Rooms(documents, environment.ROOMS_TABLE),
  directory: new RoomDirectory(documents, environment.ROOMS_TABLE),
  members: new Members(documents, environment.ROOMS_TABLE),
  messages: new Messages(documents, environment.MESSAGES_TABLE),
  connections: new Connections(documents, environment.CONNECTIONS_TABLE),
  presences: new Presences(documents, environment.CONNECTIONS_TABLE),
  webhooks: new Webhooks(documents, environment.ROOMS_TABLE),
  links: () => {
    links ??= openLinks();
    return links;
  },
  subscriptions: new PushSubscriptions(documents, environment.PEOPLE_TABLE),
  vapidKeys: new VapidKeys(documents, environment.PEOPLE_TABLE),
};

const app = new Router({ logger, prefix: '/api' });

for (const [path, handlers] of Object.entries(routesOf(collaborators))) {
  // Any other method is told which ones there are (RFC 9110, 15.5.6).
  const allow = Object.keys(handlers).join(', ');
  const notAllowed = async () =>
    problemResponse(405, 'Method not allowed', `This path takes ${allow}`, { allow });
  for (const method of Object.values(HttpVerbs)) {
    app.route(handlers[method] ?? notAllowed, { method, path: `/${path}` });
  }
}

app.notFound(async () => problemResponse(404, 'Not found', 'There is nothing at this path'));
app.errorHandler(URIError, async () =>
  problemResponse(400, 'Invalid request', 'The path is not encoded well'),
);
app.errorHandler(ApiError, async ({ status, title, message }) => problemResponse(status, title, message));
app.errorHandler(Error, async (error) => {
  logger.error('A request failed', { error });
  return problemResponse(500, 'Internal error', 'Something failed here; try again');
});

/** The HTTP API: everything that is not live. */
export const handler = withMetrics(async (event: APIGatewayProxyEventV2WithJWTAuthorizer, context: Context) =>
  app.resolve(event, context),
);

/** Few requests are about files: a cold start does without the client of S3. */
async function openLinks(): Promise<AttachmentLinks> {
  const [{ S3Client }, { AttachmentLinks }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('#shared/storage/attachment-links.ts'),
  ]);
  return new AttachmentLinks(new S3Client({}), environment.ATTACHMENTS_BUCKET);
}
