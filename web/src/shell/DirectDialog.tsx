import { Search, X } from 'lucide-react';
import { useCallback, useState } from 'react';
import type { Person } from '#client';
import { limits } from '#shared/contract/limits.ts';
import { Avatar } from '../kit/Avatar.tsx';
import { Button } from '../kit/Button.tsx';
import { Dialog } from '../kit/Dialog.tsx';
import { TextField } from '../kit/fields.tsx';
import { reasonOf } from '../kit/reason.ts';
import { useChat } from '../state/chat.ts';
import { goTo } from '../state/route.ts';
import { useListKeys } from './use-list-keys.ts';
import { useSearch } from './use-search.ts';

interface DirectDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

const most = limits.directPeople - 1;

/** Writes to one person, or to some of them together. */
export default function DirectDialog({ open, onOpenChange }: DirectDialogProps) {
  const { me, client, rooms } = useChat();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<readonly Person[]>([]);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const findPeople = useCallback(
    async (name: string, signal: AbortSignal) => (await client.api.findPeople(name, signal)).people,
    [client],
  );
  const found = useSearch(text, findPeople);
  const isFull = chosen.length >= most;
  const offered = isFull
    ? []
    : found.results.filter(
        ({ userId }) => userId !== me.id && !chosen.some((person) => person.userId === userId),
      );
  const keys = useListKeys(offered.length, (index) => {
    const person = offered[index];
    if (!person) return;
    setChosen([...chosen, person]);
    setText('');
    keys.reset();
  });
  const without = (gone: Person) => setChosen(chosen.filter((person) => person !== gone));

  const start = async () => {
    if (chosen.length === 0) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const room = await client.api.direct(chosen.map(({ userId }) => userId));
      rooms.put(room);
      onOpenChange(false);
      goTo(room.room);
    } catch (error) {
      setFailure(reasonOf(error));
      setBusy(false);
    }
  };

  return (
    <Dialog
      title="New direct message"
      description="To one person, or to several together. It stays between you."
      open={open}
      onOpenChange={onOpenChange}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button variant="primary" disabled={chosen.length === 0} busy={busy} onClick={() => void start()}>
            Start
          </Button>
        </>
      }
    >
      {chosen.length > 0 && (
        <ul className="person-chips" aria-label="To">
          {chosen.map((person) => (
            <li key={person.userId} className="person-chip">
              <Avatar id={person.userId} name={person.name} size="s" />
              <bdi>{person.name}</bdi>
              <button type="button" aria-label={`Without ${person.name}`} onClick={() => without(person)}>
                <X />
              </button>
            </li>
          ))}
        </ul>
      )}
      <TextField
        label="Find people by name"
        icon={<Search />}
        placeholder={isFull ? `${most} people is as many as fit` : 'Begin to type a name'}
        value={text}
        maxLength={limits.nameLength}
        disabled={isFull}
        onChange={(event) => {
          setText(event.target.value);
          keys.reset();
        }}
        {...keys.field}
        onKeyDown={(event) => {
          const last = chosen.at(-1);
          if (event.key === 'Backspace' && text === '' && last) without(last);
          // With nothing more to choose, Enter goes on.
          else if (event.key === 'Enter' && text === '') void start();
          else keys.field.onKeyDown(event);
        }}
      />
      <div className="choices" {...keys.list('People')}>
        {offered.map((person, i) => (
          <div key={person.userId} className="choice" {...keys.option(i)}>
            <Avatar id={person.userId} name={person.name} size="s" />
            <bdi>{person.name}</bdi>
          </div>
        ))}
      </div>
      {found.state === 'failed' && <p className="form-error">{reasonOf(found.error)}</p>}
      {found.state === 'done' && offered.length === 0 && (
        <p className="nothing" role="status">
          Nobody else has a name that begins so. People show up here once they have signed in.
        </p>
      )}
      {failure && (
        <p className="form-error" role="alert">
          {failure}
        </p>
      )}
    </Dialog>
  );
}
