import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import * as z from 'zod';
import { readEnvironment } from '#shared/environment.ts';
import { measure, withMetrics } from '#shared/observability/metrics.ts';
import { Connections } from '#shared/storage/connections.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { callerOf, type WebSocketEvent } from '../websocket/frame-handler.ts';

const { CONNECTIONS_TABLE } = readEnvironment({ CONNECTIONS_TABLE: z.string() });
const connections = new Connections(openDocuments(), CONNECTIONS_TABLE);

/**
 * `$disconnect`: forgets the socket and its subscriptions. API Gateway calls it on a best-effort basis; what it misses
 * is found by the deliver workers (410) or, at last, by the rows' expiry.
 */
export const handler = withMetrics(async (event: WebSocketEvent): Promise<APIGatewayProxyResultV2> => {
  await connections.close(callerOf(event));
  measure('ConnectionsClosed', 1);
  return { statusCode: 200 };
});
