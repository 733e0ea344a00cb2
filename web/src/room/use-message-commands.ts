import { useMemo, useState } from 'react';
import type { Message, Room } from '#client';
import { useNowUntil } from '../composer/writing.ts';
import { reasonOf } from '../kit/reason.ts';
import { toast } from '../kit/toast.tsx';
import type { MessageList } from '../messages/list-context.ts';
import type { Quotes } from '../messages/quotes.ts';
import { useChat } from '../state/chat.ts';
import type { ListedRoom } from '../state/listed-room.ts';
import { roomHref } from '../state/route.ts';
import { copyToClipboard } from './clipboard.ts';

interface Collaborators {
  room: Room;
  info: ListedRoom | undefined;
  quotes: Quotes;
  jumpTo: (seq: number) => Promise<void>;
  toComposer: () => void;
}

/** What one does with the messages of a room, and what of it is under way. */
export function useMessageCommands({ room, info, quotes, jumpTo, toComposer }: Collaborators) {
  const { me, names } = useChat();
  const [replyTo, setReplyTo] = useState<Message>();
  const [editing, setEditing] = useState<number>();
  const [deleting, setDeleting] = useState<Message>();
  const [picking, setPicking] = useState<string>();
  const mutedUntil = info?.mutedUntil ?? 0;
  const now = useNowUntil(info?.mutedUntil);

  const change = info !== undefined && info.archivedAt === undefined;
  const write = change && mutedUntil <= now;
  const moderate = info !== undefined && info.role !== 'member';

  const list = useMemo<MessageList>(
    () => ({
      room,
      me,
      quotes,
      may: { write, moderate, change },
      react: (message, emoji, on) => {
        room.react(message.seq, emoji, on).catch((error: unknown) => {
          toast(`Your reaction was not taken. ${reasonOf(error)}`, { kind: 'bad' });
        });
      },
      reply: (message) => {
        setReplyTo(message);
        toComposer();
      },
      edit: (message) => {
        setEditing(message?.seq);
        if (!message) toComposer();
      },
      delete: setDeleting,
      copyText: (message) => {
        const shown = message.text.replace(/<@([A-Za-z0-9-]{1,64})>/g, (token, id: string) =>
          names.get(id) === undefined ? token : `@${names.get(id)}`,
        );
        void copyToClipboard(shown, 'The text is copied.');
      },
      copyLink: ({ seq }) => {
        const link = new URL(roomHref(room.id, seq), location.href).href;
        void copyToClipboard(link, 'The link is copied.');
      },
      jumpTo: (seq) => void jumpTo(seq),
      pick: setPicking,
    }),
    [room, me, names, quotes, write, moderate, change, jumpTo, toComposer],
  );
  return {
    list,
    replyTo,
    editing,
    deleting,
    picking,
    endReply: () => setReplyTo(undefined),
    endDelete: () => setDeleting(undefined),
  };
}
