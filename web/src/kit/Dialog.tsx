import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { IconButton } from './IconButton.tsx';
import { useFocusReturn } from './use-focus-return.ts';

interface DialogProps {
  title: string;
  description?: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  children: ReactNode;
  /** Buttons, at the end. */
  footer?: ReactNode;
  size?: 's' | 'm' | 'l';
  /** The title is for screen readers alone, where the content says what it is. */
  hideTitle?: boolean;
}

/**
 * Over the page; Escape and a click beside it close it. The focus goes to the content's first field or button, and back
 * to where it was (a field with `autoFocus` would take it too early to know where that is).
 */
export function Dialog({
  title,
  description,
  open,
  onOpenChange,
  children,
  footer,
  size = 'm',
  hideTitle = false,
}: DialogProps) {
  const focus = useFocusReturn();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="overlay">
          <Radix.Content
            className={`dialog size-${size}`}
            onOpenAutoFocus={(event) => {
              focus.opened();
              focusContent(event);
            }}
            onCloseAutoFocus={focus.closed}
            {...(description === undefined && { 'aria-describedby': undefined })}
          >
            <header className={hideTitle ? 'unseen' : 'dialog-head'}>
              <Radix.Title className="dialog-title">{title}</Radix.Title>
              {description !== undefined && (
                <Radix.Description className="dialog-text">{description}</Radix.Description>
              )}
            </header>
            <div className="dialog-body">{children}</div>
            {footer && <footer className="dialog-foot">{footer}</footer>}
            {/* After the content: the focus begins in that. */}
            {!hideTitle && (
              <Radix.Close asChild>
                <IconButton className="dialog-close" label="Close" icon={<X />} />
              </Radix.Close>
            )}
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Where there is only something to read, the button that closes it is not what one came for. */
function focusContent(event: Event): void {
  const { currentTarget: content } = event;
  if (!(content instanceof HTMLElement)) return;
  if (content.querySelector('.dialog-body :is(a[href], button, input, select, textarea)')) return;
  event.preventDefault();
  content.focus();
}
