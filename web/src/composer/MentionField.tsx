import {
  type ClipboardEventHandler,
  type KeyboardEvent,
  type Ref,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { flushSync } from 'react-dom';
import type { Room } from '#client';
import { Completions } from './Completions.tsx';
import type { Query } from './completion.ts';
import { type Draft, edited, inserted, withPicked } from './draft.ts';
import { type Option, useCompletion } from './use-completion.ts';

export interface MentionFieldHandle {
  focus(): void;
  /** Puts a text where the caret is, as typing it would. */
  insert(text: string): void;
}

interface MentionFieldProps {
  room: Room;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  /** Its name for screen readers. */
  label: string;
  placeholder?: string;
  disabled?: boolean;
  invalid?: boolean;
  describedBy?: string;
  autoFocus?: boolean;
  /** Enter, other than with Shift or while an input method composes. */
  onSubmit: () => void;
  /** Keys that are not for the list of completions. */
  onKeyDown?: (event: KeyboardEvent<HTMLTextAreaElement>) => void;
  onPaste?: ClipboardEventHandler;
  ref?: Ref<MentionFieldHandle>;
}

/** Where a message is written: it grows with its text, completes `@names` and `:emoji`, and shows which names are mentions. */
export function MentionField({
  room,
  draft,
  onDraft,
  label,
  placeholder,
  disabled,
  invalid,
  describedBy,
  autoFocus,
  onSubmit,
  onKeyDown,
  onPaste,
  ref,
}: MentionFieldProps) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const latest = useRef(draft);
  latest.current = draft;
  const [caret, setCaret] = useState<number>();
  const moveTo = useRef<number>(undefined);

  const change = (next: Draft) => {
    latest.current = next;
    onDraft(next);
  };
  const put = (start: number, end: number, text: string) => {
    const field = area.current;
    if (!field) return;
    field.focus();
    field.setSelectionRange(start, end);
    // As if typed, so that the browser's undo knows it. Deprecated, and without a successor.
    if (document.execCommand('insertText', false, text)) return;
    const { draft: next, caret: after } = inserted(latest.current, [start, end], text);
    moveTo.current = after;
    change(next);
    setCaret(after);
  };
  const choose = (option: Option, query: Query) => {
    const end = area.current?.selectionStart ?? query.start;
    if (option.kind === 'emoji') return put(query.start, end, `${option.emoji} `);
    flushSync(() => change(withPicked(latest.current, option)));
    put(query.start, end, `@${option.name} `);
  };
  const completion = useCompletion(room, draft, caret, choose);
  const open = completion.query !== undefined && completion.options.length > 0;

  useImperativeHandle(ref, () => ({
    focus: () => area.current?.focus(),
    insert: (text) => {
      const { selectionStart = 0, selectionEnd = 0 } = area.current ?? {};
      put(selectionStart, selectionEnd, text);
    },
  }));
  useLayoutEffect(() => {
    if (moveTo.current === undefined) return;
    area.current?.setSelectionRange(moveTo.current, moveTo.current);
    moveTo.current = undefined;
  });

  return (
    <div className="mention-field">
      {open && (
        <Completions
          id={`${id}-list`}
          label={completion.query?.kind === 'emoji' ? 'Emoji' : 'People'}
          options={completion.options}
          active={completion.active}
          onHover={completion.setActive}
          onChoose={(option) => completion.query && choose(option, completion.query)}
        />
      )}
      <div className="grow">
        <div className="mirror" dir="auto" aria-hidden="true">
          {pieces(draft)}
          {/* A last line that is empty has a height, too. */}
          {'\u200b'}
        </div>
        <textarea
          ref={area}
          rows={1}
          value={draft.text}
          placeholder={placeholder}
          disabled={disabled}
          dir="auto"
          enterKeyHint="send"
          // biome-ignore lint/a11y/noAutofocus: writing is what one comes here for
          autoFocus={autoFocus}
          aria-label={label}
          aria-invalid={invalid || undefined}
          aria-describedby={describedBy}
          aria-autocomplete="list"
          {...(open && {
            role: 'combobox',
            'aria-expanded': true,
            'aria-controls': `${id}-list`,
            'aria-activedescendant': `${id}-list-${completion.active}`,
          })}
          onChange={({ target }) => {
            change(edited(latest.current, target.value, target.selectionStart));
            setCaret(target.selectionStart);
          }}
          onSelect={({ currentTarget: { selectionStart, selectionEnd } }) =>
            setCaret(selectionStart === selectionEnd ? selectionStart : undefined)
          }
          onBlur={() => setCaret(undefined)}
          onPaste={onPaste}
          onKeyDown={(event) => {
            if (completion.onKeyDown(event)) return;
            onKeyDown?.(event);
            // While an input method composes, Enter picks a word.
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
            if (event.defaultPrevented) return;
            event.preventDefault();
            onSubmit();
          }}
        />
      </div>
    </div>
  );
}

/** The draft's text with its mentions marked, under the field's own. */
function pieces({ text, mentions }: Draft) {
  let from = 0;
  const before = mentions.map(({ start, end }) => {
    const plain = text.slice(from, start);
    from = end;
    return (
      <span key={start}>
        {plain}
        <mark>{text.slice(start, end)}</mark>
      </span>
    );
  });
  return [...before, text.slice(from)];
}
