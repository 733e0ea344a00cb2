import { useEffect, useState } from 'react';
import type { Message, Room } from '#client';
import { RichLine } from './RichText.tsx';

/** How many stay in the page: a screen reader reads each as it is added. */
const kept = 4;

/** Tells screen readers of messages as they come. The list itself is too long, and changes too much, to be a live region. */
export function Announcer({ room, meId }: { room: Room; meId: string }) {
  const [news, setNews] = useState<readonly Message[]>([]);
  useEffect(
    () =>
      room.on('message', (message) => {
        if (message.sender === meId || message.deletedAt !== undefined) return;
        setNews((before) => [...before, message].slice(-kept));
      }),
    [room, meId],
  );
  return (
    <div className="unseen" role="log" aria-label="New messages">
      {news.map(({ seq, senderName, text, attachments }) => (
        <p key={seq}>
          {senderName}: <RichLine text={text.slice(0, 500)} />
          {attachments && ` ${attachments.length === 1 ? 'with a file' : `with ${attachments.length} files`}`}
        </p>
      ))}
    </div>
  );
}
