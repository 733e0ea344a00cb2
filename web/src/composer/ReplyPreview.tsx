import { CornerUpLeft, X } from 'lucide-react';
import type { Message } from '#client';
import { IconButton } from '../kit/IconButton.tsx';
import { useName } from '../state/names.ts';
import { usePlainText } from './use-plain-text.ts';

/** What is being answered. */
export function ReplyPreview({ message, onCancel }: { message: Message; onCancel: () => void }) {
  const name = useName(message.sender) ?? message.senderName;
  const text = usePlainText(message.text);
  const files = message.attachments?.length ?? 0;
  return (
    <div className="reply-preview">
      <CornerUpLeft aria-hidden="true" />
      <p>
        <span>
          Answering <bdi>{name}</bdi>
        </span>{' '}
        <span dir="auto" className="reply-text">
          {text || (files === 1 ? 'a file' : files > 1 ? `${files} files` : '')}
        </span>
      </p>
      <IconButton size="s" label="Do not answer" icon={<X />} shortcut="Esc" onClick={onCancel} />
    </div>
  );
}
