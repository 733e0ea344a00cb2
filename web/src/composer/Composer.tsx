import { useEffect, useRef, useState } from 'react';
import type { Message, MyRoom, Room } from '#client';
import { limits } from '#shared/contract/limits.ts';
import { toast } from '../kit/toast.tsx';
import { useChat } from '../state/chat.ts';
import { roomTitle } from '../state/rooms.ts';
import { useRoom } from '../use-client.ts';
import { AttachmentChips } from './AttachmentChips.tsx';
import { AttachButton, EmojiButton, SendButton } from './buttons.tsx';
import { DropZone } from './DropZone.tsx';
import { emptyDraft, sentText } from './draft.ts';
import { pastedFiles } from './files-of.ts';
import { MentionField, type MentionFieldHandle } from './MentionField.tsx';
import { ReplyPreview } from './ReplyPreview.tsx';
import { roomLeft } from './room-left.ts';
import { useDraft } from './use-draft.ts';
import { useUploads } from './use-uploads.ts';
import { obstacle, useNowUntil } from './writing.ts';

interface ComposerProps {
  room: Room;
  info: MyRoom;
  /** The message that is being answered. */
  replyTo?: Message | undefined;
  /** It was answered, or is not to be. */
  onReplyDone: () => void;
  /** ↑ in an empty field: the last own message is to be edited. */
  onEditLast: () => void;
}

/** Where a message is written: Enter sends, Shift+Enter makes a line. What is not sent is kept for each room. */
export function Composer(props: ComposerProps) {
  return <RoomComposer key={props.room.id} {...props} />;
}

function RoomComposer({ room, info, replyTo, onReplyDone, onEditLast }: ComposerProps) {
  const { me } = useChat();
  const { state } = useRoom(room);
  const [draft, setDraft] = useDraft(room.id);
  const { uploads, files } = useUploads(room);
  const field = useRef<MentionFieldHandle>(null);
  const [mayType] = useState(() => matchMedia('(pointer: fine)').matches);
  const title = roomTitle(info, me);
  const blocked = obstacle(info, state, useNowUntil(info.mutedUntil));

  // Answering begins with writing.
  useEffect(() => {
    if (replyTo) field.current?.focus();
  }, [replyTo]);

  const text = sentText(draft);
  const { over, note } = roomLeft(
    text,
    files.flatMap(({ attachment }) => attachment ?? []),
  );
  const wait = waitFor(files);
  const sendable = !blocked && !over && !wait && (text.trim() !== '' || files.length > 0);

  const attach = (chosen: readonly File[]) => {
    if (chosen.length === 0) return;
    const leftOut = uploads.add(chosen);
    if (leftOut > 0)
      toast(`A message holds ${limits.attachments} files: ${leftOut} left out.`, { kind: 'bad' });
    field.current?.focus();
  };
  const send = () => {
    if (!sendable) return;
    const attachments = uploads.take();
    setDraft(emptyDraft);
    onReplyDone();
    field.current?.focus();
    room
      .send(text, {
        ...(replyTo && { replyTo: replyTo.seq }),
        ...(attachments.length > 0 && { attachments }),
      })
      // A refusal shows at the message itself.
      .catch(() => undefined);
  };

  if (blocked) {
    return (
      <div className="composer">
        <p className="composer-blocked" role="status">
          {blocked}
        </p>
      </div>
    );
  }
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <DropZone title={title} onFiles={attach} />
      <div className="composer-box" data-over={over}>
        {replyTo && <ReplyPreview message={replyTo} onCancel={onReplyDone} />}
        {files.length > 0 && (
          <AttachmentChips
            uploads={files}
            onRemove={(id) => uploads.remove(id)}
            onRetry={(id) => uploads.retry(id)}
          />
        )}
        <div className="composer-row">
          <AttachButton onFiles={attach} />
          <MentionField
            ref={field}
            room={room}
            draft={draft}
            onDraft={(next) => {
              if (next.text !== draft.text && next.text !== '') room.typing();
              setDraft(next);
            }}
            label={`Message to ${title}`}
            placeholder={info.kind === 'direct' ? `Message ${title}` : `Message #${title}`}
            invalid={over}
            describedBy="composer-left"
            // A phone's keyboard would hide what one came to read.
            autoFocus={mayType}
            onSubmit={send}
            onPaste={(event) => {
              const pasted = pastedFiles(event.clipboardData);
              if (pasted.length === 0) return;
              event.preventDefault();
              attach(pasted);
            }}
            onKeyDown={(event) => {
              if (event.key === 'ArrowUp' && !event.altKey && draft.text === '' && files.length === 0) {
                event.preventDefault();
                onEditLast();
              } else if (event.key === 'Escape' && replyTo) {
                event.preventDefault();
                onReplyDone();
              }
            }}
          />
          <EmojiButton onPick={(emoji) => field.current?.insert(emoji)} />
          <SendButton disabled={!sendable} />
        </div>
      </div>
      <p className="composer-hint">
        <span className="keys">
          <kbd>Enter</kbd> sends, <kbd>Shift</kbd> <kbd>Enter</kbd> makes a new line
          <span className="formatting">
            , <code>`code`</code> and <code>```blocks```</code>
          </span>
        </span>
        <span id="composer-left" role="status" className="left" data-over={over}>
          {over ? note : (wait ?? note)}
        </span>
      </p>
    </form>
  );
}

/** What a message with files waits for, in words for people. */
function waitFor(files: readonly { state: string }[]): string | undefined {
  const bad = files.filter(({ state }) => state === 'failed' || state === 'refused').length;
  const open = files.filter(({ state }) => state === 'waiting' || state === 'uploading').length;
  if (bad > 0)
    return bad === 1 ? 'One file cannot be sent: remove it' : `${bad} files cannot be sent: remove them`;
  if (open > 0) return open === 1 ? 'A file is on its way' : `${open} files are on their way`;
  return undefined;
}
