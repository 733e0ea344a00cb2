import { DropdownMenu as Radix } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';

interface MenuProps {
  /** The button that opens it. */
  trigger: ReactElement;
  children: ReactNode;
  align?: 'start' | 'center' | 'end';
  side?: 'top' | 'bottom' | 'left' | 'right';
  onOpenChange?: (open: boolean) => void;
}

/** A button's menu of `MenuItem`s. */
export function Menu({ trigger, children, align = 'end', side = 'bottom', onOpenChange }: MenuProps) {
  return (
    <Radix.Root modal={false} {...(onOpenChange && { onOpenChange })}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="menu" align={align} side={side} sideOffset={4} collisionPadding={8}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface MenuItemProps {
  icon?: ReactNode;
  shortcut?: string;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

export function MenuItem({ icon, shortcut, danger, disabled = false, onSelect, children }: MenuItemProps) {
  return (
    <Radix.Item
      className={danger ? 'menu-item danger' : 'menu-item'}
      disabled={disabled}
      // Once the menu is closed: a dialog that opens takes the focus, and the menu would give it back to its button.
      onSelect={() => setTimeout(onSelect)}
    >
      <span className="menu-icon">{icon}</span>
      <span className="menu-label">{children}</span>
      {shortcut && <kbd>{shortcut}</kbd>}
    </Radix.Item>
  );
}

export function MenuSeparator() {
  return <Radix.Separator className="menu-separator" />;
}
