import type { Message } from '#client';
import { useChat } from '../state/chat.ts';
import type { ListedRoom } from '../state/listed-room.ts';
import { useName } from '../state/names.ts';

/** As much of a message as one line may need. */
const previewLength = 160;

/** A room's last message in one line. */
export function Preview({ info }: { info: ListedRoom }) {
  const { me } = useChat();
  const message = info.lastMessage;
  if (!message) return <span className="preview">{info.description || 'Nothing was said yet'}</span>;
  const isPair = info.kind === 'direct' && info.people?.length === 2;
  return (
    <span className="preview">
      {message.sender === me.id ? 'You: ' : isPair ? '' : <bdi>{message.senderName}: </bdi>}
      <bdi>
        <Said message={message} />
      </bdi>
    </span>
  );
}

function Said({ message: { text, attachments, deletedAt } }: { message: Message }) {
  if (deletedAt !== undefined) return <i>deleted a message</i>;
  if (text.trim() === '')
    return <i>{attachments && attachments.length > 1 ? 'sent files' : 'sent a file'}</i>;
  const pieces = text
    .slice(0, previewLength)
    .replace(/\s+/g, ' ')
    .split(/<@([A-Za-z0-9-]{1,64})>/);
  // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text never move
  return pieces.map((piece, i) => (i % 2 === 1 ? <Mentioned key={i} userId={piece} /> : piece));
}

function Mentioned({ userId }: { userId: string }) {
  const name = useName(userId);
  return <>@{name ?? '…'}</>;
}
