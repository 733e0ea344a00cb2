import type { AckFrame, EditMessageFrame } from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import { type Collaborators, changeMessage, notDeleted } from '../access/change-message.ts';
import { mentionsIn } from '../access/mentions.ts';
import { mayWrite } from '../access/writing.ts';
import { FrameError } from '../websocket/frame-handler.ts';

/**
 * Gives a message of one's own another text.
 * @throws FrameError `not_member`, `archived`, `muted`, `not_found`, `forbidden` (another's message), `invalid` (with its
 * attachments it would be too long)
 */
export async function editMessage(
  { text, ...frame }: EditMessageFrame,
  userId: string,
  collaborators: Collaborators,
  now: number,
): Promise<AckFrame> {
  return await changeMessage(frame, userId, collaborators, now, (message, writer) => {
    mayWrite(writer, now);
    notDeleted(message);
    if (message.sender !== userId) throw new FrameError('forbidden', 'Only who wrote a message edits it');
    if (message.text === text) return undefined;
    if (Buffer.byteLength(JSON.stringify([text, message.attachments])) > limits.contentBytes) {
      throw new FrameError('invalid', `text: with the attachments more than ${limits.contentBytes} bytes`);
    }
    return { text, mentions: mentionsIn(text), editedAt: now };
  });
}
