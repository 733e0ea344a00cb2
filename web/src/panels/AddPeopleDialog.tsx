import { Check, Search } from 'lucide-react';
import { useCallback, useState } from 'react';
import type { Member, MyRoom, Person } from '#client';
import { Avatar } from '../kit/Avatar.tsx';
import { Button } from '../kit/Button.tsx';
import { Dialog } from '../kit/Dialog.tsx';
import { TextField } from '../kit/fields.tsx';
import { reasonOf } from '../kit/reason.ts';
import { useSearch } from '../shell/use-search.ts';
import { useChat } from '../state/chat.ts';
import type { MemberList } from './member-list.ts';

interface AddPeopleDialogProps {
  info: MyRoom;
  list: MemberList;
  members: readonly Member[];
  onClose: () => void;
}

/** Finds people by the beginning of their names, and adds them one by one. */
export function AddPeopleDialog({ info, list, members, onClose }: AddPeopleDialogProps) {
  const { api } = useChat().client;
  const [name, setName] = useState('');
  const find = useCallback(
    async (wanted: string, signal: AbortSignal) => (await api.findPeople(wanted, signal)).people,
    [api],
  );
  const { results, state, error } = useSearch(name, find);
  const ids = new Set(members.map(({ userId }) => userId));

  return (
    <Dialog
      open
      title="Add people"
      description={`Whom you add can read all of #${info.name}, also what was written before.`}
      onOpenChange={(open) => !open && onClose()}
    >
      <TextField
        label="Name"
        placeholder="The beginning of a name"
        icon={<Search />}
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <ul className="people-found" aria-busy={state === 'searching'} aria-label="People found">
        {results.map((person) => (
          <Found
            key={person.userId}
            person={person}
            room={info.room}
            list={list}
            here={ids.has(person.userId)}
          />
        ))}
      </ul>
      <p className="hint-text" role="status">
        {state === 'failed' && reasonOf(error)}
        {state === 'idle' && 'People can be found once they have signed in for the first time.'}
        {state === 'done' && results.length === 0 && 'Nobody has a name that begins so.'}
      </p>
    </Dialog>
  );
}

interface FoundProps {
  person: Person;
  room: string;
  list: MemberList;
  here: boolean;
}

function Found({ person: { userId, name }, room, list, here }: FoundProps) {
  const { api } = useChat().client;
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();

  const add = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      list.put(await api.addMember(room, userId));
    } catch (error) {
      setFailure(reasonOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <li>
      <Avatar id={userId} name={name} />
      <span className="member-text">
        <bdi>{name}</bdi>
        {failure && (
          <span className="member-note error" role="alert">
            {failure}
          </span>
        )}
      </span>
      {here ? (
        <span className="member-note done">
          <Check /> Member
        </span>
      ) : (
        <Button size="s" busy={busy} aria-label={`Add ${name}`} onClick={() => void add()}>
          Add
        </Button>
      )}
    </li>
  );
}
