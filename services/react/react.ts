import type { AckFrame, ReactFrame } from '#shared/contract/frames.ts';
import { limits } from '#shared/contract/limits.ts';
import type { Message } from '#shared/storage/messages.ts';
import { type Collaborators, changeMessage, notDeleted } from '../access/change-message.ts';
import { mayWrite } from '../access/writing.ts';
import { FrameError } from '../websocket/frame-handler.ts';

type Reactions = NonNullable<Message['reactions']>;

/**
 * Adds one's reaction with an emoji to a message, or takes it back.
 * @throws FrameError `not_member`, `archived`, `muted`, `not_found`, `invalid` (the message has as many as it may)
 */
export async function react(
  { emoji, on, ...frame }: ReactFrame,
  userId: string,
  collaborators: Collaborators,
  now: number,
): Promise<AckFrame> {
  return await changeMessage(frame, userId, collaborators, now, (message, writer) => {
    mayWrite(writer, now);
    notDeleted(message);
    const before = message.reactions ?? [];
    const reacted = before.some((reaction) => reaction.emoji === emoji && reaction.users.includes(userId));
    if (reacted === on) return undefined;
    const reactions = on ? add(before, emoji, userId) : remove(before, emoji, userId);
    return { reactions: reactions.length > 0 ? reactions : undefined };
  });
}

function add(reactions: Reactions, emoji: string, userId: string): Reactions {
  const total = reactions.reduce((count, { users }) => count + users.length, 0);
  if (total >= limits.reactionsPerMessage) {
    throw new FrameError('invalid', `emoji: the message has ${limits.reactionsPerMessage} reactions already`);
  }
  const known = reactions.some((reaction) => reaction.emoji === emoji);
  if (known) {
    return reactions.map((reaction) =>
      reaction.emoji === emoji ? { emoji, users: [...reaction.users, userId] } : reaction,
    );
  }
  if (reactions.length >= limits.emojiPerMessage) {
    throw new FrameError(
      'invalid',
      `emoji: the message has ${limits.emojiPerMessage} different ones already`,
    );
  }
  return [...reactions, { emoji, users: [userId] }];
}

function remove(reactions: Reactions, emoji: string, userId: string): Reactions {
  return reactions
    .map((reaction) =>
      reaction.emoji === emoji
        ? { emoji, users: reaction.users.filter((user) => user !== userId) }
        : reaction,
    )
    .filter(({ users }) => users.length > 0);
}
