import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { typingFrame } from '#shared/contract/frames.ts';
import { readEnvironment } from '#shared/environment.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import { JobQueue } from '../deliveries/job-queue.ts';
import { frameHandler } from '../websocket/frame-handler.ts';
import { tellTyping } from './typing.ts';

const { ROOMS_TABLE, DELIVERIES_QUEUE_URL } = readEnvironment({
  ROOMS_TABLE: z.string(),
  DELIVERIES_QUEUE_URL: z.url(),
});
const rooms = new Rooms(openDocuments(), ROOMS_TABLE);
const queue = new JobQueue(new SQSClient({}), DELIVERIES_QUEUE_URL);

/** The route answers nothing (it has no route response): what is refused here is only counted. */
export const handler = frameHandler(typingFrame, async (frame, { userId }) => {
  await tellTyping(frame, userId, { rooms, sendJobs: (jobs) => queue.send(jobs) }, Date.now());
  return undefined;
});
