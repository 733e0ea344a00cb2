import type * as z from 'zod';
import type { download, newUpload, upload } from '#shared/contract/http.ts';
import type { AttachmentLinks } from '#shared/storage/attachment-links.ts';
import type { Messages } from '#shared/storage/messages.ts';
import type { Rooms } from '#shared/storage/rooms.ts';
import { asMember, conflict, forbidden } from './access.ts';
import { ApiError } from './problems.ts';

export interface Collaborators {
  rooms: Rooms;
  messages: Messages;
  /** Opened when it is needed first: most environments never sign anything. */
  links: () => Promise<AttachmentLinks>;
}

/**
 * The form that puts a file where the person's next messages in the room may name it.
 * @throws ApiError 403 to who is no member or muted, 409 where the room is archived
 */
export async function beginUpload(
  roomId: string,
  file: z.infer<typeof newUpload>,
  userId: string,
  { rooms, links }: Collaborators,
  now: number,
): Promise<z.infer<typeof upload>> {
  const { room, member } = await asMember(roomId, userId, rooms);
  if (room.archivedAt !== undefined) throw conflict('The room is archived: it is read only');
  if ((member.mutedUntil ?? 0) > now) throw forbidden('You may not write to this room now');
  return await (await links()).upload({ room: roomId, sender: userId }, file);
}

/**
 * Where a message's file is. The file is looked for under the message's room and sender, so that naming somebody else's
 * id leads nowhere.
 * @throws ApiError 403 to who is no member; 404 where the message has no such file, or is deleted
 */
export async function findDownload(
  roomId: string,
  { seq, id }: { seq: number; id: string },
  userId: string,
  { rooms, messages, links }: Collaborators,
  now: number,
): Promise<z.infer<typeof download>> {
  await asMember(roomId, userId, rooms);
  const message = await messages.read(roomId, seq);
  const attachment = message?.attachments?.find((each) => each.id === id);
  if (!message || !attachment || message.deletedAt !== undefined) {
    throw new ApiError(404, 'No such file', `Message ${seq} in ${roomId} has no such file`);
  }
  return await (await links()).download({ room: roomId, sender: message.sender }, attachment, now);
}
