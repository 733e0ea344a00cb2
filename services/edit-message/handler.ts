import * as z from 'zod';
import { editMessageFrame } from '#shared/contract/frames.ts';
import { readEnvironment } from '#shared/environment.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { Messages } from '#shared/storage/messages.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import { frameHandler } from '../websocket/frame-handler.ts';
import { editMessage } from './edit-message.ts';

const { ROOMS_TABLE, MESSAGES_TABLE } = readEnvironment({
  ROOMS_TABLE: z.string(),
  MESSAGES_TABLE: z.string(),
});
const documents = openDocuments();
const collaborators = {
  rooms: new Rooms(documents, ROOMS_TABLE),
  messages: new Messages(documents, MESSAGES_TABLE),
};

export const handler = frameHandler(editMessageFrame, async (frame, { userId }) =>
  editMessage(frame, userId, collaborators, Date.now()),
);
