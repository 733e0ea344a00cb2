import * as z from 'zod';
import { readEnvironment } from '#shared/environment.ts';
import { withMetrics } from '#shared/observability/metrics.ts';
import { Connections } from '#shared/storage/connections.ts';
import { Deadlines } from '#shared/storage/deadlines.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { ConnectionsApi } from '../deliver/post.ts';
import { Slots } from '../deliver/slots.ts';
import { sweep } from './sweep.ts';

const { AWS_REGION, CONNECTIONS_ENDPOINT, CONNECTIONS_TABLE } = readEnvironment({
  AWS_REGION: z.string(),
  CONNECTIONS_ENDPOINT: z.url(),
  CONNECTIONS_TABLE: z.string(),
});
const documents = openDocuments();
const posting = new ConnectionsApi(CONNECTIONS_ENDPOINT, AWS_REGION);
const closing = new ConnectionsApi(CONNECTIONS_ENDPOINT, AWS_REGION, 'DELETE');
// A quarter of what a deliver worker begins at once: the quota of calls is chat's in the first place.
const slots = new Slots(32);
const collaborators = {
  connections: new Connections(documents, CONNECTIONS_TABLE),
  deadlines: new Deadlines(documents, CONNECTIONS_TABLE),
  ask: { post: posting.post.bind(posting), slots },
  close: { post: closing.post.bind(closing), slots },
};

/** EventBridge's scheduled event; of all that it says, the time is used. */
const scheduledEvent = z.object({ time: z.iso.datetime() });

/** Each minute: sockets whose token has expired are closed, and those whose two hours end are asked to move. */
export const handler = withMetrics(async (event: unknown): Promise<void> => {
  await sweep(Date.parse(scheduledEvent.parse(event).time), collaborators);
});
