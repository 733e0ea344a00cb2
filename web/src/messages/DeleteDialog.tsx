import type { Message } from '#client';
import { ConfirmDialog } from '../kit/ConfirmDialog.tsx';
import { useMessageList } from './list-context.ts';
import { RichLine } from './RichText.tsx';

/** Asks whether a message is to go. */
export default function DeleteDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { room, me } = useMessageList();
  const own = message.sender === me.id;
  return (
    <ConfirmDialog
      title={own ? 'Delete your message?' : 'Delete this message?'}
      text={
        <>
          <p>
            {own ? 'It' : `What ${message.senderName} wrote`} disappears for everybody in this room, with its
            files. A note stays in its place.
          </p>
          {message.text !== '' && (
            <blockquote className="deleting" dir="auto">
              <RichLine text={message.text} />
            </blockquote>
          )}
        </>
      }
      action="Delete"
      danger
      open
      onOpenChange={(open) => !open && onClose()}
      onConfirm={() => room.delete(message.seq)}
    />
  );
}
