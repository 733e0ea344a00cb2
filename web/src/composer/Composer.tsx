import { type KeyboardEvent, useRef, useState } from 'react';
import { limits } from '#shared/contract/limits.ts';

/** Characters left at which the counter appears. */
const counterFrom = 300;

/** Where a message is written. Enter sends, Shift+Enter makes a line. */
export function Composer({ room, onSend }: { room: string; onSend: (text: string) => void }) {
  const [text, setText] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  const left = limits.textLength - text.length;
  const sendable = text.trim() !== '' && left >= 0;

  const send = () => {
    if (!sendable) return;
    onSend(text);
    setText('');
    field.current?.focus();
  };
  const typed = (event: KeyboardEvent) => {
    // While an input method composes, Enter picks a word.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="field" data-over={left < 0}>
        <div className="grow" data-text={text}>
          <textarea
            ref={field}
            rows={1}
            value={text}
            placeholder={`Message #${room}`}
            aria-label={`Message to ${room}`}
            aria-invalid={left < 0}
            aria-describedby="left"
            enterKeyHint="send"
            dir="auto"
            // biome-ignore lint/a11y/noAutofocus: writing is what one comes here for
            autoFocus
            onChange={(event) => setText(event.target.value)}
            onKeyDown={typed}
          />
        </div>
        <button type="submit" className="send" disabled={!sendable} aria-label="Send">
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M12 19V5M5.5 11.5 12 5l6.5 6.5" />
          </svg>
        </button>
      </div>
      <p className="hint">
        <span className="keys">
          <kbd>Enter</kbd> sends, <kbd>Shift</kbd> <kbd>Enter</kbd> makes a new line
        </span>
        <span id="left" role="status" className="left" data-over={left < 0}>
          {left > counterFrom ? '' : left >= 0 ? `${left} characters left` : `${-left} characters too many`}
        </span>
      </p>
    </form>
  );
}
