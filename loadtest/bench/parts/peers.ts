import { Agent } from 'node:http';
import {
  ApiGatewayManagementApiClient,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { readEnvironment } from '#shared/environment.ts';
import { now } from '../../client/clock.ts';
import { poster } from './contract.ts';
import { peersTable } from './peers-table.ts';
import { eventsFrame, nextMessages } from './room-message.ts';
import { serve } from './serve.ts';

/*
 * The design of the samples that one finds for chat on API Gateway: a table of connections that is scanned for each
 * message, and a PostToConnection by the SDK for each. Written as somebody would who knows the SDK: one client for all
 * invocations, with sockets that are kept, and enough of them; posts all at once, or one after another as many do.
 */

const { CONNECTIONS_ENDPOINT, HOW } = readEnvironment({
  CONNECTIONS_ENDPOINT: z.url(),
  HOW: z.enum(['all at once', 'one by one']),
});
const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const api = new ApiGatewayManagementApiClient({
  endpoint: CONNECTIONS_ENDPOINT,
  requestHandler: {
    httpAgent: new Agent({ keepAlive: true, maxSockets: 128 }),
    socketAcquisitionWarningTimeout: 60_000,
  },
});

serve(poster, {
  deliver: async ({ room, run, first, count }) => {
    const startedAt = now();
    const data = JSON.stringify(eventsFrame(room, nextMessages(run, first, count)));
    const connections = await scan(peersTable(room));
    const post = (id: string) => postOrForget(peersTable(room), id, data);
    if (HOW === 'all at once') await Promise.all(connections.map(post));
    else for (const id of connections) await post(id);
    return { startedAt };
  },
});

async function scan(table: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { Items = [] } of paginateScan({ client: documents }, { TableName: table }))
    for (const { connectionId } of Items) ids.push(String(connectionId));
  return ids;
}

async function postOrForget(table: string, ConnectionId: string, Data: string): Promise<void> {
  try {
    await api.send(new PostToConnectionCommand({ ConnectionId, Data }));
  } catch (error) {
    if (!(error instanceof GoneException)) throw error;
    await documents.send(new DeleteCommand({ TableName: table, Key: { connectionId: ConnectionId } }));
  }
}
