import { ArrowUp, Paperclip, Smile } from 'lucide-react';
import { lazy, Suspense, useRef, useState } from 'react';
import { IconButton } from '../kit/IconButton.tsx';
import { Popover } from '../kit/Popover.tsx';
import { Spinner } from '../kit/Spinner.tsx';
import { accepted } from './file-check.ts';

const EmojiPicker = lazy(() => import('./EmojiPicker.tsx'));

export function AttachButton({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={accepted}
        aria-label="Files to attach"
        onChange={({ target }) => {
          onFiles([...(target.files ?? [])]);
          // The same file may be chosen again.
          target.value = '';
        }}
      />
      <IconButton label="Attach files" icon={<Paperclip />} onClick={() => input.current?.click()} />
    </>
  );
}

export function EmojiButton({ onPick }: { onPick: (emoji: string) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label="Emoji"
      open={open}
      onOpenChange={setOpen}
      trigger={<IconButton label="Emoji" icon={<Smile />} />}
    >
      <Suspense
        fallback={
          <div className="emoji-picker" role="status" aria-label="Loading emoji">
            <Spinner />
          </div>
        }
      >
        <EmojiPicker
          onPick={(emoji) => {
            setOpen(false);
            // Once the popover has given the focus back.
            setTimeout(() => onPick(emoji));
          }}
        />
      </Suspense>
    </Popover>
  );
}

export function SendButton({ disabled }: { disabled: boolean }) {
  return (
    <button type="submit" className="send" disabled={disabled} aria-label="Send">
      <ArrowUp aria-hidden="true" />
    </button>
  );
}
