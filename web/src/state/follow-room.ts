import type { FanfareError, MyRoom, Room } from '#client';
import type { NamesStore } from './names.ts';

interface Following {
  meId: string;
  names: NamesStore;
  /** Something of the room itself is another. */
  patch(patch: (info: MyRoom) => Partial<MyRoom>): void;
  /** Its messages are, or how far they are read, or who is there. */
  changed(): void;
  /** It may not be read any more. */
  refused(error: FanfareError): void;
}

/** Tells what a room's live handle hears that concerns the list of rooms, and people's names. */
export function followRoom(room: Room, { meId, names, patch, changed, refused }: Following): void {
  room.on('change', () => {
    for (const { userId, name } of room.typists) names.heard(userId, name);
    changed();
  });
  room.on('message', ({ sender, senderName }) => names.heard(sender, senderName));
  room.on('room', ({ info }) => patch(() => ({ description: undefined, archivedAt: undefined, ...info })));
  room.on('joined', ({ userId, name }) => {
    names.learn(userId, name);
    if (userId !== meId) patch(({ memberCount }) => ({ memberCount: memberCount + 1 }));
  });
  room.on('left', () => patch(({ memberCount }) => ({ memberCount: Math.max(1, memberCount - 1) })));
  room.on('member', ({ userId, name, role, mutedUntil }) => {
    names.learn(userId, name);
    patch(({ people }) => ({
      ...(people && { people: people.map((one) => (one.userId === userId ? { userId, name } : one)) }),
      ...(userId === meId && { role, mutedUntil }),
    }));
  });
  room.on('error', refused);
}
