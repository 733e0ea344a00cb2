import { Search } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import type { Person } from '#client';
import { Avatar } from '../kit/Avatar.tsx';
import { Badge } from '../kit/Badge.tsx';
import { Dialog } from '../kit/Dialog.tsx';
import { TextField } from '../kit/fields.tsx';
import { reasonOf } from '../kit/reason.ts';
import { toast } from '../kit/toast.tsx';
import { useChat } from '../state/chat.ts';
import type { ListedRoom } from '../state/listed-room.ts';
import { roomTitle, useRooms } from '../state/rooms.ts';
import { goTo } from '../state/route.ts';
import { matching } from './matching.ts';
import { RoomIcon } from './RoomIcon.tsx';
import { callsForMe } from './sections.ts';
import { useListKeys } from './use-list-keys.ts';
import { useSearch } from './use-search.ts';

interface QuickSwitcherProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

type Choice = { room: ListedRoom; person?: undefined } | { person: Person; room?: undefined };

/** Goes to a room, or writes to a person, by some letters of the name. */
export default function QuickSwitcher({ open, onOpenChange }: QuickSwitcherProps) {
  const { me, client, rooms: store } = useChat();
  const { rooms } = useRooms();
  const [text, setText] = useState('');
  const findPeople = useCallback(
    async (name: string, signal: AbortSignal) => (await client.api.findPeople(name, signal)).people,
    [client],
  );
  const people = useSearch(text, findPeople);

  const choices = useMemo<Choice[]>(() => {
    const found = matching(rooms, text, me);
    // Whom one writes to already is there as a room.
    const partners = new Set(
      found.flatMap(({ kind, people = [] }) =>
        kind === 'direct' && people.length === 2 ? people.map(({ userId }) => userId) : [],
      ),
    );
    const others = people.results.filter(({ userId }) => userId !== me.id && !partners.has(userId));
    return [...found.map((room) => ({ room })), ...others.map((person) => ({ person }))];
  }, [rooms, text, me, people.results]);

  const take = async (index: number) => {
    const choice = choices[index];
    if (!choice) return;
    onOpenChange(false);
    if (choice.room) return goTo(choice.room.room);
    try {
      const room = await client.api.direct([choice.person.userId]);
      store.put(room);
      goTo(room.room);
    } catch (error) {
      toast(`No conversation with ${choice.person.name}: ${reasonOf(error)}`, { kind: 'bad' });
    }
  };
  const keys = useListKeys(choices.length, (index) => void take(index));

  return (
    <Dialog title="Go to" open={open} onOpenChange={onOpenChange} hideTitle>
      <TextField
        label="A room or a person"
        hideLabel
        icon={<Search />}
        placeholder="A room or a person"
        value={text}
        maxLength={80}
        onChange={(event) => {
          setText(event.target.value);
          keys.reset();
        }}
        {...keys.field}
      />
      <div className="choices" {...keys.list('Rooms and people')}>
        {choices.map((choice, i) => (
          <div
            key={choice.room ? choice.room.room : choice.person.userId}
            className="choice"
            {...keys.option(i)}
          >
            {choice.room ? (
              <>
                <RoomIcon info={choice.room} />
                <bdi>{roomTitle(choice.room, me)}</bdi>
                <Badge count={choice.room.unread} of="unread messages" strong={callsForMe(choice.room)} />
              </>
            ) : (
              <>
                <Avatar id={choice.person.userId} name={choice.person.name} size="s" />
                <bdi>{choice.person.name}</bdi>
                <small className="choice-note">write to them</small>
              </>
            )}
          </div>
        ))}
      </div>
      {choices.length === 0 && people.state !== 'searching' && (
        <p className="nothing" role="status">
          {people.state === 'failed' ? reasonOf(people.error) : `No room of yours and nobody is called so.`}
        </p>
      )}
    </Dialog>
  );
}
