import { EventType } from '@aws-lambda-powertools/batch';
import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { readEnvironment } from '#shared/environment.ts';
import { publicAgent } from '#shared/net/public-address.ts';
import { reachableAddresses } from '#shared/net/reachable-addresses.ts';
import { withMetrics } from '#shared/observability/metrics.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { Members } from '#shared/storage/members.ts';
import { Messages } from '#shared/storage/messages.ts';
import { Notified } from '#shared/storage/notified.ts';
import { Presences } from '#shared/storage/presence.ts';
import { PushSubscriptions } from '#shared/storage/push-subscriptions.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import { VapidKeys } from '#shared/storage/vapid-keys.ts';
import { processBatch } from '../batch/process-batch.ts';
import { notify, type Sent } from './notify.ts';
import { postPush } from './post-push.ts';

const environment = readEnvironment({
  ROOMS_TABLE: z.string(),
  MESSAGES_TABLE: z.string(),
  CONNECTIONS_TABLE: z.string(),
  PEOPLE_TABLE: z.string(),
  PAGE_DOMAIN: z.string(),
  REACHABLE_ADDRESSES: reachableAddresses,
});
const documents = openDocuments();
const vapidKeys = new VapidKeys(documents, environment.PEOPLE_TABLE);
const collaborators = {
  rooms: new Rooms(documents, environment.ROOMS_TABLE),
  members: new Members(documents, environment.ROOMS_TABLE),
  messages: new Messages(documents, environment.MESSAGES_TABLE),
  presences: new Presences(documents, environment.CONNECTIONS_TABLE),
  subscriptions: new PushSubscriptions(documents, environment.PEOPLE_TABLE),
  notified: new Notified(documents, environment.PEOPLE_TABLE),
};
const agent = publicAgent(environment.REACHABLE_ADDRESSES);
const contact = `https://${environment.PAGE_DOMAIN}`;

/** MessageSent, as EventBridge puts it on the queue. */
const sentEvent = z.object({
  detail: z.object({ room: z.string(), seq: z.number().int(), at: z.number().int() }),
});

/** The notifications queue → a Web Push to those who are not there. */
export const handler = withMetrics(async ({ Records }: SQSEvent) =>
  processBatch(Records, EventType.SQS, ({ body }) => sentEvent.parse(JSON.parse(body)).detail, notifyAll),
);

async function notifyAll(sent: Sent[]) {
  // Read once a batch, and by the first who needs them: a deployer may replace them at any time.
  let keys: ReturnType<VapidKeys['readOrMake']> | undefined;
  return await notify(sent, {
    ...collaborators,
    post: async (subscription, message) => {
      keys ??= vapidKeys.readOrMake(Date.now());
      return await postPush(subscription, message, { agent, contact, vapid: await keys });
    },
  });
}
