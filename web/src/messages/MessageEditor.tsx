import { useState } from 'react';
import type { Message } from '#client';
import { limits } from '#shared/contract/limits.ts';
import { draftOf, sentText } from '../composer/draft.ts';
import { MentionField } from '../composer/MentionField.tsx';
import { Button } from '../kit/Button.tsx';
import { reasonOf } from '../kit/reason.ts';
import { toast } from '../kit/toast.tsx';
import { useChat } from '../state/chat.ts';
import { useMessageList } from './list-context.ts';

/** Changes a message in its place: Enter saves, Escape leaves it as it was. */
export function MessageEditor({ message }: { message: Message }) {
  const { room, edit, delete: askDelete } = useMessageList();
  const { names } = useChat();
  const [draft, setDraft] = useState(() => draftOf(message.text, (id) => names.get(id)));
  const text = sentText(draft);
  const over = text.length - limits.textLength;

  const save = () => {
    if (over > 0) return;
    edit(undefined);
    if (text.trim() === '' && !message.attachments?.length) return askDelete(message);
    if (text === message.text || text === '') return;
    room.edit(message.seq, text).catch((error: unknown) => {
      toast(`Your change was not made. ${reasonOf(error)}`, { kind: 'bad' });
    });
  };

  return (
    <div className="editor">
      <div className="editor-field" data-over={over > 0}>
        <MentionField
          room={room}
          draft={draft}
          onDraft={setDraft}
          label="Edit message"
          autoFocus
          invalid={over > 0}
          onSubmit={save}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            event.preventDefault();
            edit(undefined);
          }}
        />
      </div>
      <div className="editor-buttons">
        <Button size="s" variant="primary" disabled={over > 0} onClick={save}>
          Save
        </Button>
        <Button size="s" onClick={() => edit(undefined)}>
          Cancel
        </Button>
        <span className="hint-text">
          {over > 0 ? `${over} characters too many` : 'Enter saves, Escape cancels'}
        </span>
      </div>
    </div>
  );
}
