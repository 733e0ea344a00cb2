import type { AckFrame, AuthenticateFrame } from '#shared/contract/frames.ts';
import type { ConnectionId } from '#shared/storage/connections.ts';
import type { Deadlines } from '#shared/storage/deadlines.ts';
import { TokenRefused, type tokenVerifier } from '../authorize/verify-token.ts';
import { FrameError } from '../websocket/frame-handler.ts';

interface Collaborators {
  verify: ReturnType<typeof tokenVerifier>;
  deadlines: Deadlines;
}

/**
 * Lets a socket live as long as a newer token of the same person. Whose socket it is never changes: its events carry what
 * the authorizer said of the first token.
 * @throws FrameError `unauthorized`: the token is none of ours, or another person's, or the socket is being closed since
 * the old one expired; Error where the keys cannot be had
 */
export async function authenticate(
  { id, token }: AuthenticateFrame,
  { userId, connectionId }: ConnectionId,
  { verify, deadlines }: Collaborators,
  now: number,
): Promise<AckFrame> {
  const subject = await verify(token).catch((error: unknown) => {
    if (error instanceof TokenRefused)
      throw new FrameError('unauthorized', `The token is refused: ${error.message}`);
    throw error;
  });
  if (subject.userId !== userId) throw new FrameError('unauthorized', 'The token is of another person');
  const expiresAt = await deadlines.renew({ userId, connectionId }, subject.expiresAt * 1000, now);
  if (expiresAt === undefined) throw new FrameError('unauthorized', 'The connection is closed');
  return { type: 'ack', id, expiresAt };
}
