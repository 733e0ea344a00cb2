import { ContextMenu as Radix } from 'radix-ui';
import { type MouseEvent, type ReactElement, useState } from 'react';
import { commandsOf, quickEmoji } from './commands.tsx';
import { useMessageList } from './list-context.ts';
import { isSent, type Row } from './rows.ts';

interface MessageMenuProps {
  /** The list of messages, in which a row's element carries its index. */
  children: ReactElement;
  rowAt: (index: number) => Row | undefined;
}

/**
 * The context menu of whichever message was right-clicked, held, or focused. Over a link, an image or selected text it
 * is the browser's own, which knows what to do with those.
 */
export function MessageMenu({ children, rowAt }: MessageMenuProps) {
  const list = useMessageList();
  const [row, setRow] = useState<Row>();
  const message = row && isSent(row.message) ? row.message : undefined;
  const commands = message && row ? commandsOf(message, row.key, list) : [];

  const choose = (event: MouseEvent) => {
    const target = event.target instanceof Element ? event.target : undefined;
    const native = target?.closest('a, img, input, textarea, .toolbar') || getSelection()?.type === 'Range';
    const index = target?.closest('[data-index]')?.getAttribute('data-index');
    const found = native || index == null ? undefined : rowAt(Number(index));
    setRow(found);
    const deleted = !found || !isSent(found.message) || found.message.deletedAt !== undefined;
    if (deleted) event.stopPropagation();
  };

  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>
        <div className="menu-area">
          <div className="menu-area" onContextMenuCapture={choose}>
            {children}
          </div>
        </div>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="menu" collisionPadding={8}>
          {message && list.may.write && (
            <div className="menu-emoji">
              {quickEmoji.map((emoji) => (
                <Radix.Item
                  key={emoji}
                  className="quick"
                  aria-label={`React with ${emoji}`}
                  onSelect={() => list.react(message, emoji, true)}
                >
                  {emoji}
                </Radix.Item>
              ))}
            </div>
          )}
          {commands.map(({ name, icon, shortcut, danger, run }) => (
            <Radix.Item
              key={name}
              className={danger ? 'menu-item danger' : 'menu-item'}
              // Once the menu is closed: what opens then takes the focus, and the menu would give it back.
              onSelect={() => setTimeout(run)}
            >
              <span className="menu-icon">{icon}</span>
              <span className="menu-label">{name}</span>
              {shortcut && <kbd>{shortcut}</kbd>}
            </Radix.Item>
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
