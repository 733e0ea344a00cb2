import * as z from 'zod';
import { sendMessageFrame } from '#shared/contract/frames.ts';
import { readEnvironment } from '#shared/environment.ts';
import { logger } from '#shared/observability/logger.ts';
import { measure } from '#shared/observability/metrics.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { Messages } from '#shared/storage/messages.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import { frameHandler } from '../websocket/frame-handler.ts';
import { sendMessage } from './send-message.ts';

const { ROOMS_TABLE, MESSAGES_TABLE } = readEnvironment({
  ROOMS_TABLE: z.string(),
  MESSAGES_TABLE: z.string(),
});
const documents = openDocuments();
const collaborators = {
  documents,
  rooms: new Rooms(documents, ROOMS_TABLE),
  messages: new Messages(documents, MESSAGES_TABLE),
};

export const handler = frameHandler(sendMessageFrame, async (frame, { userId, receivedAt }) => {
  const ack = await sendMessage(frame, userId, collaborators);
  // A repeated send gets the first one's acknowledgement: it was written before this request came.
  if (ack.sentAt !== undefined && ack.sentAt >= receivedAt) {
    measure('Sends', 1);
    measure('IngressLatency', ack.sentAt - receivedAt);
    logger.info('Written', { room: frame.room, seqs: [ack.seq] });
  }
  return ack;
});
