import { CornerUpLeft, Ellipsis, Pencil, SmilePlus } from 'lucide-react';
import { lazy, Suspense } from 'react';
import type { Message } from '#client';
import { IconButton } from '../kit/IconButton.tsx';
import { Menu, MenuItem } from '../kit/Menu.tsx';
import { Popover } from '../kit/Popover.tsx';
import { Spinner } from '../kit/Spinner.tsx';
import { commandsOf, quickEmoji } from './commands.tsx';
import { useMessageList } from './list-context.ts';

const EmojiPicker = lazy(() => import('../composer/EmojiPicker.tsx'));

interface ToolbarProps {
  message: Message;
  rowKey: string;
  /** All emoji are offered. */
  picking: boolean;
  onMenu: (open: boolean) => void;
}

/** What one does with a message most, over its corner. All of it has a key, and stands in the context menu too. */
export function Toolbar({ message, rowKey, picking, onMenu }: ToolbarProps) {
  const list = useMessageList();
  const { may, me, react, pick } = list;
  const commands = commandsOf(message, rowKey, list);
  if (commands.length === 0) return null;
  const mine = (emoji: string) =>
    message.reactions?.some((reaction) => reaction.emoji === emoji && reaction.users.includes(me.id)) ??
    false;
  return (
    // Its buttons are reached by the message's own keys; the Tab key goes through them while they are in sight.
    <div className="toolbar" role="toolbar" aria-label="Message actions">
      {may.write && (
        <>
          {quickEmoji.map((emoji) => (
            <button
              key={emoji}
              type="button"
              className="quick"
              aria-label={`React with ${emoji}`}
              aria-pressed={mine(emoji)}
              onClick={() => react(message, emoji, !mine(emoji))}
            >
              {emoji}
            </button>
          ))}
          <Popover
            label="All emoji"
            open={picking}
            onOpenChange={(open) => pick(open ? rowKey : undefined)}
            trigger={<IconButton size="s" label="Add a reaction" shortcut="+" icon={<SmilePlus />} />}
          >
            <Suspense fallback={<Spinner />}>
              <EmojiPicker
                onPick={(emoji) => {
                  react(message, emoji, true);
                  pick(undefined);
                }}
              />
            </Suspense>
          </Popover>
          <IconButton
            size="s"
            label="Reply"
            shortcut="R"
            icon={<CornerUpLeft />}
            onClick={() => list.reply(message)}
          />
          {message.sender === me.id && (
            <IconButton
              size="s"
              label="Edit"
              shortcut="E"
              icon={<Pencil />}
              onClick={() => list.edit(message)}
            />
          )}
        </>
      )}
      <Menu onOpenChange={onMenu} trigger={<IconButton size="s" label="More actions" icon={<Ellipsis />} />}>
        {commands.map(({ name, icon, shortcut, danger, run }) => (
          <MenuItem
            key={name}
            icon={icon}
            onSelect={run}
            {...(shortcut && { shortcut })}
            {...(danger && { danger })}
          >
            {name}
          </MenuItem>
        ))}
      </Menu>
    </div>
  );
}
