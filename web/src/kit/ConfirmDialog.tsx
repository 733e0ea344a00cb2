import { AlertDialog as Radix } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { Button } from './Button.tsx';
import { reasonOf } from './reason.ts';
import { useFocusReturn } from './use-focus-return.ts';

interface ConfirmDialogProps {
  title: string;
  /** What happens, and whether it can be undone. */
  text: ReactNode;
  /** The action's own verb: `Delete`. */
  action: string;
  danger?: boolean;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The dialog stays until it resolves, and shows why it rejected. */
  onConfirm: () => Promise<unknown>;
}

export function ConfirmDialog({
  title,
  text,
  action,
  danger,
  open,
  onOpenChange,
  onConfirm,
}: ConfirmDialogProps) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const focus = useFocusReturn();

  const change = (next: boolean) => {
    setFailure(undefined);
    onOpenChange(next);
  };
  const confirm = async () => {
    setBusy(true);
    try {
      await onConfirm();
      change(false);
    } catch (error) {
      setFailure(reasonOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Radix.Root open={open} onOpenChange={change}>
      <Radix.Portal>
        <Radix.Overlay className="overlay">
          <Radix.Content
            className="dialog size-s"
            onOpenAutoFocus={focus.opened}
            onCloseAutoFocus={focus.closed}
          >
            <header className="dialog-head">
              <Radix.Title className="dialog-title">{title}</Radix.Title>
            </header>
            <div className="dialog-body">
              <Radix.Description asChild>
                <div>{text}</div>
              </Radix.Description>
              {failure && (
                <p className="form-error" role="alert">
                  {failure}
                </p>
              )}
            </div>
            <footer className="dialog-foot">
              <Radix.Cancel asChild>
                <Button>Cancel</Button>
              </Radix.Cancel>
              <Button variant={danger ? 'danger' : 'primary'} busy={busy} onClick={() => void confirm()}>
                {action}
              </Button>
            </footer>
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  );
}
