import { Copy, CornerUpLeft, Link, Pencil, SmilePlus, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Message } from '#client';
import type { MessageList } from './list-context.ts';

/** One thing to do with a message, as a menu shows it. */
export interface Command {
  name: string;
  icon: ReactNode;
  /** The key that does it while the message has the focus. */
  shortcut?: string;
  danger?: boolean;
  run: () => void;
}

/** Emoji that are one click away. */
export const quickEmoji = ['👍', '❤️', '😂', '🎉'] as const;

/** What may be done with a message by the person who looks at it. */
export function commandsOf(message: Message, key: string, list: MessageList): Command[] {
  if (message.deletedAt !== undefined) return [];
  const own = message.sender === list.me.id;
  const { may } = list;
  const commands: (Command | false)[] = [
    may.write && {
      name: 'Add a reaction…',
      icon: <SmilePlus />,
      shortcut: '+',
      run: () => list.pick(key),
    },
    may.write && { name: 'Reply', icon: <CornerUpLeft />, shortcut: 'R', run: () => list.reply(message) },
    may.write && own && { name: 'Edit', icon: <Pencil />, shortcut: 'E', run: () => list.edit(message) },
    message.text !== '' && {
      name: 'Copy text',
      icon: <Copy />,
      shortcut: 'C',
      run: () => list.copyText(message),
    },
    { name: 'Copy link', icon: <Link />, shortcut: 'L', run: () => list.copyLink(message) },
    may.change &&
      (own || may.moderate) && {
        name: 'Delete…',
        icon: <Trash2 />,
        shortcut: 'Del',
        danger: true,
        run: () => list.delete(message),
      },
  ];
  return commands.filter((command) => command !== false);
}

/** The command of a key that was pressed on a message. */
export function commandOf(key: string, commands: readonly Command[]): Command | undefined {
  const shortcut = key === 'Delete' || key === 'Backspace' ? 'Del' : key.toUpperCase();
  return commands.find((command) => command.shortcut === shortcut);
}
