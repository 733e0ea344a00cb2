import * as z from 'zod';
import { markReadFrame } from '#shared/contract/frames.ts';
import { readEnvironment } from '#shared/environment.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import { frameHandler } from '../websocket/frame-handler.ts';
import { markRead } from './mark-read.ts';

const { ROOMS_TABLE } = readEnvironment({ ROOMS_TABLE: z.string() });
const rooms = new Rooms(openDocuments(), ROOMS_TABLE);

export const handler = frameHandler(markReadFrame, async (frame, { userId }) =>
  markRead(frame, userId, { rooms }, Date.now()),
);
