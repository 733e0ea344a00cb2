import * as z from 'zod';
import { subscribeFrame } from '#shared/contract/frames.ts';
import { readEnvironment } from '#shared/environment.ts';
import { Connections } from '#shared/storage/connections.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { Members } from '#shared/storage/members.ts';
import { Messages } from '#shared/storage/messages.ts';
import { Presences } from '#shared/storage/presence.ts';
import { Rooms } from '#shared/storage/rooms.ts';
import { frameHandler } from '../websocket/frame-handler.ts';
import { subscribe } from './subscribe.ts';

const { ROOMS_TABLE, MESSAGES_TABLE, CONNECTIONS_TABLE } = readEnvironment({
  ROOMS_TABLE: z.string(),
  MESSAGES_TABLE: z.string(),
  CONNECTIONS_TABLE: z.string(),
});
const documents = openDocuments();
const collaborators = {
  documents,
  rooms: new Rooms(documents, ROOMS_TABLE),
  messages: new Messages(documents, MESSAGES_TABLE),
  connections: new Connections(documents, CONNECTIONS_TABLE),
  members: new Members(documents, ROOMS_TABLE),
  presences: new Presences(documents, CONNECTIONS_TABLE),
};

export const handler = frameHandler(subscribeFrame, (frame, caller) =>
  subscribe(frame, caller, collaborators, Date.now()),
);
