import type { APIGatewayProxyResultV2, APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import * as z from 'zod';
import type { ErrorCode, ErrorFrame, ServerFrame } from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import { logger } from '#shared/observability/logger.ts';
import { type MetricName, measure, withMetrics } from '#shared/observability/metrics.ts';
import type { ConnectionId } from '#shared/storage/connections.ts';

/** A refusal that the client is told of. Nothing was written. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly code: ErrorFrame['code'];
  readonly details: Pick<ErrorFrame, 'rooms' | 'retryAfterMs'>;
  constructor(code: ErrorFrame['code'], message: string, details: FrameError['details'] = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** What the authorizer verified when the socket was opened; API Gateway adds it to each of the socket's events. */
const requestContext = z.object({
  connectionId: z.string(),
  authorizer: z.object({ userId: z.string() }),
});

export type WebSocketEvent = APIGatewayProxyWebsocketEventV2;

/** Whose event it is: never taken from a frame. */
export function callerOf(event: { requestContext: unknown }): ConnectionId {
  const { connectionId, authorizer } = requestContext.parse(event.requestContext);
  return { connectionId, userId: authorizer.userId };
}

/**
 * A route's handler: parses the frame, calls `handle`, and answers with the frame that it returns, or with nothing. A FrameError, a
 * frame that does not fit the schema and an unforeseen failure (`unavailable`) are answered with an error frame; the
 * socket stays open whatever happens.
 */
export function frameHandler<Frame>(
  schema: z.ZodType<Frame>,
  handle: (frame: Frame, caller: Caller) => Promise<ServerFrame | undefined>,
) {
  return withMetrics(async (event: WebSocketEvent): Promise<APIGatewayProxyResultV2> => {
    const body = parseJson(event.body);
    const id = clientId(body);
    // The client's own id of the frame follows a message through the whole pipeline's logs.
    logger.resetKeys();
    logger.appendKeys({ correlationIds: [id], connectionId: event.requestContext.connectionId });
    const answer = await reply(schema, body, event, handle).catch((error: unknown) => errorFrame(error));
    if (!answer) return { statusCode: 200 };
    if (answer.type === 'error') answer.id = id;
    return { statusCode: 200, body: JSON.stringify(answer) };
  });
}

/** Who sent a frame, and when API Gateway received it (milliseconds since the epoch). */
export type Caller = ConnectionId & { receivedAt: number };

async function reply<Frame>(
  schema: z.ZodType<Frame>,
  body: unknown,
  event: WebSocketEvent,
  handle: (frame: Frame, caller: Caller) => Promise<ServerFrame | undefined>,
): Promise<ServerFrame | undefined> {
  const frame = schema.safeParse(body);
  if (!frame.success) throw new FrameError('invalid', describe(frame.error));
  return await handle(frame.data, { ...callerOf(event), receivedAt: event.requestContext.requestTimeEpoch });
}

function errorFrame(error: unknown): ErrorFrame {
  if (error instanceof FrameError) {
    measure(refusalMetrics[error.code], 1);
    return { type: 'error', code: error.code, message: error.message, ...error.details };
  }
  logger.error('A frame failed', { error });
  measure('Unavailable', 1);
  return { type: 'error', code: 'unavailable', message: 'Something failed here; send the frame again' };
}

const refusalMetrics: Record<ErrorCode, MetricName> = {
  bad_frame: 'BadFrame',
  unknown_action: 'UnknownAction',
  invalid: 'InvalidFrame',
  not_member: 'NotMember',
  muted: 'Muted',
  forbidden: 'Forbidden',
  archived: 'Archived',
  not_found: 'MessageNotFound',
  unauthorized: 'Unauthorized',
  too_many_rooms: 'TooManyRooms',
  rate_limited: 'RateLimited',
  unavailable: 'Unavailable',
};

/** What an unparsable body is: undefined, which no frame's schema takes. */
function parseJson(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? '');
  } catch {
    return undefined;
  }
}

const identified = z.object({ id: z.string().max(limits.clientIdLength) });

function clientId(body: unknown): string | undefined {
  return identified.safeParse(body).data?.id;
}

function describe(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'frame'}: ${message}`).join('; ');
}
