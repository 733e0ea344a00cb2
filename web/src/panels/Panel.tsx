import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '../kit/IconButton.tsx';

interface PanelProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** What stands beside a room's messages. Escape closes it. */
export function Panel({ title, onClose, children }: PanelProps) {
  return (
    <aside
      className="panel"
      aria-label={title}
      onKeyDown={(event) => {
        // A menu or a dialog of the panel is elsewhere in the page, and closes itself.
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        if (event.target instanceof Node && event.currentTarget.contains(event.target)) onClose();
      }}
    >
      <header>
        <h2>{title}</h2>
        <IconButton label={`Close ${title.toLowerCase()}`} icon={<X />} onClick={onClose} />
      </header>
      {children}
    </aside>
  );
}
