import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { IconButton } from './IconButton.tsx';

interface DialogProps {
  title: string;
  description?: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  children: ReactNode;
  /** Buttons, at the end. */
  footer?: ReactNode;
  size?: 's' | 'm' | 'l';
}

/** Over the page, with the focus inside; Escape and a click beside it close it. */
export function Dialog({
  title,
  description,
  open,
  onOpenChange,
  children,
  footer,
  size = 'm',
}: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="overlay">
          <Radix.Content
            className={`dialog size-${size}`}
            {...(description === undefined && { 'aria-describedby': undefined })}
          >
            <header>
              <div>
                <Radix.Title>{title}</Radix.Title>
                {description !== undefined && <Radix.Description>{description}</Radix.Description>}
              </div>
              <Radix.Close asChild>
                <IconButton label="Close" icon={<X />} />
              </Radix.Close>
            </header>
            <div className="dialog-body">{children}</div>
            {footer && <footer>{footer}</footer>}
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  );
}
