import * as z from 'zod';
import { unsubscribeFrame } from '#shared/contract/frames.ts';
import { readEnvironment } from '#shared/environment.ts';
import { Connections } from '#shared/storage/connections.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { frameHandler } from '../websocket/frame-handler.ts';
import { unsubscribe } from './unsubscribe.ts';

const { CONNECTIONS_TABLE } = readEnvironment({ CONNECTIONS_TABLE: z.string() });
const documents = openDocuments();
const connections = new Connections(documents, CONNECTIONS_TABLE);

export const handler = frameHandler(unsubscribeFrame, (frame, caller) =>
  unsubscribe(frame, caller, { documents, connections }),
);
