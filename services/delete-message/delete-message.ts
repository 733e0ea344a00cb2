import type { AckFrame, DeleteMessageFrame } from '#shared/contract/frames.ts';
import { type Collaborators, changeMessage } from '../access/change-message.ts';
import { mayChange, moderates } from '../access/writing.ts';
import { FrameError } from '../websocket/frame-handler.ts';

/**
 * Deletes a message, one's own or, as a moderator, anybody's. Its place stays; text, mentions, reactions and files go.
 * @throws FrameError `not_member`, `archived`, `not_found` (there never was one), `forbidden`
 */
export async function deleteMessage(
  frame: DeleteMessageFrame,
  userId: string,
  collaborators: Collaborators,
  now: number,
): Promise<AckFrame> {
  return await changeMessage(frame, userId, collaborators, now, (message, { room, member }) => {
    mayChange(room);
    if (message.sender !== userId && !moderates(member.role)) {
      throw new FrameError('forbidden', 'Only moderators delete what others wrote');
    }
    if (message.deletedAt !== undefined) return undefined;
    return {
      text: '',
      mentions: undefined,
      reactions: undefined,
      attachments: undefined,
      editedAt: undefined,
      erased: message.attachments?.map(({ id }) => id),
      deletedAt: now,
      deletedBy: userId,
    };
  });
}
