import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import * as z from 'zod';
import { subprotocol } from '#shared/contract/protocol.ts';
import { readEnvironment } from '#shared/environment.ts';
import { measure, withMetrics } from '#shared/observability/metrics.ts';
import { Connections } from '#shared/storage/connections.ts';
import { openDocuments } from '#shared/storage/documents.ts';
import { callerOf, type WebSocketEvent } from '../websocket/frame-handler.ts';

const { CONNECTIONS_TABLE } = readEnvironment({ CONNECTIONS_TABLE: z.string() });
const connections = new Connections(openDocuments(), CONNECTIONS_TABLE);

/** `$connect`: remembers the socket. A browser closes it unless one of the subprotocols that it offered comes back. */
export const handler = withMetrics(
  async (event: WebSocketEvent & { headers?: Record<string, string> }): Promise<APIGatewayProxyResultV2> => {
    await connections.open(callerOf(event), Date.now(), tokenExpiryOf(event));
    measure('ConnectionsOpened', 1);
    return { statusCode: 200, headers: offersSubprotocol(event.headers) ? echo : {} };
  },
);

/** The authorizer tells seconds; API Gateway hands all that it tells on as text. */
const authorized = z.object({ authorizer: z.object({ expiresAt: z.coerce.number() }) });

function tokenExpiryOf(event: { requestContext: unknown }): number {
  return authorized.parse(event.requestContext).authorizer.expiresAt * 1000;
}

const echo = { 'Sec-WebSocket-Protocol': subprotocol };

function offersSubprotocol(headers: Record<string, string> = {}): boolean {
  const [, offered = ''] =
    Object.entries(headers).find(([name]) => name.toLowerCase() === 'sec-websocket-protocol') ?? [];
  return offered.split(',').some((name) => name.trim() === subprotocol);
}
