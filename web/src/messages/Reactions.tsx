import { SmilePlus } from 'lucide-react';
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import type { Message } from '#client';
import { Tooltip } from '../kit/Tooltip.tsx';
import { useChat } from '../state/chat.ts';
import { useMessageList } from './list-context.ts';

/** People whom a tooltip names. */
const named = 12;

/** Who sees a reaction joins in, or takes theirs back, by a click on it. */
export function Reactions({ message, rowKey }: { message: Message; rowKey: string }) {
  const { may, pick } = useMessageList();
  if (!message.reactions?.length) return null;
  return (
    <ul className="reactions" aria-label="Reactions">
      {message.reactions.map(({ emoji, users }) => (
        <li key={emoji}>
          <Reaction message={message} emoji={emoji} users={users} />
        </li>
      ))}
      {may.write && (
        <li className="react-more">
          <button type="button" aria-label="Add a reaction" tabIndex={-1} onClick={() => pick(rowKey)}>
            <SmilePlus aria-hidden="true" />
          </button>
        </li>
      )}
    </ul>
  );
}

function Reaction({ message, emoji, users }: { message: Message; emoji: string; users: string[] }) {
  const { me, may, react } = useMessageList();
  const names = useNames(users.slice(0, named), me.id);
  const others = users.length > named ? ` and ${users.length - named} more` : '';
  const mine = users.includes(me.id);
  return (
    <Tooltip text={`${names}${others} reacted with ${emoji}`} side="top">
      <button
        type="button"
        className="reaction"
        aria-pressed={mine}
        aria-label={`${emoji} ${users.length}`}
        disabled={!may.write}
        onClick={() => react(message, emoji, !mine)}
      >
        <span className="emoji">{emoji}</span> <span className="count">{users.length}</span>
      </button>
    </Tooltip>
  );
}

/** The names of these people as one reads them: `You, Ann and Bob`. */
export function useNames(ids: readonly string[], me?: string): string {
  const { names } = useChat();
  const key = ids.join(' ');
  useEffect(() => {
    for (const id of key.split(' ')) if (id) names.want(id);
  }, [names, key]);
  const read = useCallback(() => {
    const shown = key.split(' ').map((id) => (id === me ? 'You' : (names.get(id) ?? 'Somebody')));
    return listed(shown);
  }, [names, key, me]);
  return useSyncExternalStore(names.subscribe, read);
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
