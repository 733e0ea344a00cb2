import { useEffect, useMemo, useState } from 'react';
import type { Message, Room } from '#client';
import { readersBySeq } from '../messages/reading.ts';
import { useChat } from '../state/chat.ts';

/** Members up to whose number it is shown who has read what: of a larger room, it would be a crowd. */
const most = 100;
const none: ReadonlyMap<number, string> = new Map();

/** Who has read up to which message: as the list of members says, and the room since. */
export function useReaders(
  room: Room,
  members: number | undefined,
  messages: readonly Message[],
  receipts: ReadonlyMap<string, number>,
): ReadonlyMap<number, string> {
  const { client, me, names } = useChat();
  const [read, setRead] = useState<ReadonlyMap<string, number>>(nobody);
  const small = members !== undefined && members > 1 && members <= most;
  useEffect(() => {
    if (!small) return;
    let wanted = true;
    client.api.members(room.id).then(
      ({ members }) => {
        if (!wanted) return;
        for (const { userId, name } of members) names.learn(userId, name);
        setRead(new Map(members.map(({ userId, readSeq = 0 }) => [userId, readSeq])));
      },
      // It is told from then on what is read; what was before is no loss that one would be told of.
      (error: unknown) => console.warn('Who has read what could not be asked for', error),
    );
    return () => {
      wanted = false;
    };
  }, [client, names, room, small]);
  return useMemo(() => {
    if (!small) return none;
    const newest = new Map(read);
    for (const [userId, seq] of receipts) newest.set(userId, Math.max(seq, newest.get(userId) ?? 0));
    return readersBySeq(messages, newest, me.id);
  }, [small, read, receipts, messages, me.id]);
}

const nobody: ReadonlyMap<string, number> = new Map();
