import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Tooltip } from './Tooltip.tsx';

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** What it does: its name for screen readers, and its tooltip. */
  label: string;
  icon: ReactNode;
  /** As people read it: `Ctrl K`. */
  shortcut?: string;
  size?: 's' | 'm';
}

export function IconButton({ label, icon, shortcut, size = 'm', className = '', ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} {...(shortcut && { shortcut })}>
      <button type="button" {...rest} aria-label={label} className={`icon-button size-${size} ${className}`}>
        {icon}
      </button>
    </Tooltip>
  );
}
