import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Room } from '#client';
import { limits } from '#shared/contract/limits.ts';
import { useMemberList } from '../panels/member-list.ts';
import { useChat } from '../state/chat.ts';
import { matching, type Query, queryAt } from './completion.ts';
import type { Draft } from './draft.ts';
import type { NamedEmoji } from './emoji.ts';

/** Something that can stand in place of what is typed. */
export type Option =
  | { kind: 'person'; key: string; userId: string; name: string; online: boolean | undefined }
  | ({ kind: 'emoji'; key: string } & NamedEmoji);

interface Completion {
  query: Query | undefined;
  /** Empty: nothing is offered. */
  options: readonly Option[];
  active: number;
  setActive(index: number): void;
  /** True where the key was meant for the list. */
  onKeyDown(event: KeyboardEvent): boolean;
}

/** What could complete what is typed at the caret, and the keys that choose: ↑ ↓, Enter or Tab, Escape. */
export function useCompletion(
  room: Room,
  draft: Draft,
  caret: number | undefined,
  onChoose: (option: Option, query: Query) => void,
): Completion {
  const [active, setActive] = useState(0);
  const [dismissed, setDismissed] = useState<number>();
  const asked = caret === undefined ? undefined : queryAt(draft, caret);
  const query = asked && asked.start === dismissed ? undefined : asked;
  const people = usePeople(room, query);
  const emoji = useEmoji(query);
  const options = people.length > 0 ? people : emoji;
  const at = Math.min(active, Math.max(0, options.length - 1));

  // Another beginning is another list; a list that was put away comes back with the next `@`.
  const identity = query && `${query.kind} ${query.start} ${query.text}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is what was typed that counts
  useEffect(() => setActive(0), [identity]);
  useEffect(() => {
    if (asked === undefined) setDismissed(undefined);
  }, [asked]);

  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (!query || options.length === 0 || event.nativeEvent.isComposing || event.shiftKey) return false;
    const option = options[at];
    switch (event.key) {
      case 'ArrowDown':
        setActive((at + 1) % options.length);
        break;
      case 'ArrowUp':
        setActive((at - 1 + options.length) % options.length);
        break;
      case 'Enter':
      case 'Tab':
        if (option) onChoose(option, query);
        break;
      case 'Escape':
        setDismissed(query.start);
        break;
      default:
        return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { query, options, active: at, setActive, onKeyDown };
}

/** Members, those who wrote lately first. */
function usePeople(room: Room, query: Query | undefined): Option[] {
  const { me } = useChat();
  const { list, members } = useMemberList(room);
  const wanted = query?.kind === 'person';
  useEffect(() => {
    if (wanted) list.want();
  }, [wanted, list]);
  if (!wanted) return [];

  const names = new Map(members.map(({ userId, name }) => [userId, name]));
  const latest = new Map<string, string>();
  // Of a small room the list is exact; of another, who wrote may not be in it yet.
  const exact = members.length > 0 && members.length <= limits.presenceMembers;
  for (const { sender, senderName } of room.messages.slice(-50).toReversed()) {
    if (!latest.has(sender) && (names.has(sender) || !exact)) {
      latest.set(sender, names.get(sender) ?? senderName);
    }
  }
  const others = [...names].sort(([, a], [, b]) => a.localeCompare(b));
  const everybody = new Map([...latest, ...others]);
  everybody.delete(me.id);
  const candidates = Array.from(everybody, ([userId, name]) => ({ userId, name }));
  return matching(query.text, candidates).map(({ userId, name }) => {
    const online = room.online.size > 0 ? room.online.has(userId) : undefined;
    return { kind: 'person', key: userId, userId, name, online };
  });
}

function useEmoji(query: Query | undefined): Option[] {
  const [found, setFound] = useState<Option[]>([]);
  const asking = useRef(0);
  const text = query?.kind === 'emoji' ? query.text : undefined;
  useEffect(() => {
    const mine = ++asking.current;
    if (text === undefined) return setFound([]);
    import('./emoji.ts')
      .then(({ findEmoji }) => findEmoji(text))
      .then((emoji) => {
        if (mine !== asking.current) return;
        setFound(emoji.map((one) => ({ kind: 'emoji', key: one.emoji, ...one })));
      })
      .catch((error: unknown) => console.warn('Emoji could not be looked up', error));
  }, [text]);
  return text === undefined ? [] : found;
}
