import { Globe, Lock, Shield, Users } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { MyRoom } from '#client';
import type { RoomPatch } from '#shared/contract/http.ts';
import { limits } from '#shared/contract/limits.ts';
import { Button } from '../kit/Button.tsx';
import { TextArea, TextField } from '../kit/fields.tsx';
import { reasonOf } from '../kit/reason.ts';
import { SegmentedControl } from '../kit/SegmentedControl.tsx';
import { useChat } from '../state/chat.ts';
import { moderates } from './permissions.ts';

/** Name, description, who finds the room and who adds people: a form to those who may change it, else a list. */
export function RoomDetails({ info }: { info: MyRoom }) {
  if (info.kind === 'direct') {
    return (
      <p className="hint-text">
        A direct room is between the people that it was opened with. It has no name and no settings of its
        own.
      </p>
    );
  }
  const mayChange = moderates(info.role) && info.archivedAt === undefined;
  return mayChange ? <DetailsForm info={info} /> : <DetailsList info={info} />;
}

function DetailsForm({ info }: { info: MyRoom }) {
  const { client, rooms } = useChat();
  const [patch, setPatch] = useState<RoomPatch>({});
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const owner = info.role === 'owner';
  const { name = info.name, description = info.description ?? '' } = patch;
  const { visibility = info.visibility, mode = info.mode } = patch;
  const changes = changesOf(info, { name: name.trim(), description: description.trim(), visibility, mode });
  const nameless = name.trim() === '';

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      rooms.put(await client.api.changeRoom(info.room, changes));
      setPatch({});
    } catch (error) {
      setFailure(reasonOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form className="settings-form" onSubmit={(event) => void save(event)}>
      <TextField
        label="Name"
        maxLength={limits.roomNameLength}
        value={name}
        error={nameless ? 'A room needs a name.' : undefined}
        onChange={({ target }) => setPatch({ ...patch, name: target.value })}
      />
      <TextArea
        label="Description"
        rows={3}
        maxLength={limits.descriptionLength}
        placeholder="What this room is for"
        value={description}
        onChange={({ target }) => setPatch({ ...patch, description: target.value })}
      />
      <SegmentedControl
        label="Who finds it"
        value={visibility}
        disabled={!owner}
        options={visibilities}
        onChange={(chosen) => setPatch({ ...patch, visibility: chosen })}
      />
      <SegmentedControl
        label="Who adds people"
        value={mode}
        disabled={!owner}
        options={modes}
        onChange={(chosen) => setPatch({ ...patch, mode: chosen })}
      />
      {!owner && <p className="hint-text">Only the owner changes who finds the room and who adds people.</p>}
      {failure && (
        <p className="form-error" role="alert">
          {failure}
        </p>
      )}
      <div className="settings-actions">
        <Button
          type="submit"
          variant="primary"
          busy={busy}
          disabled={nameless || Object.keys(changes).length === 0}
        >
          Save changes
        </Button>
        {Object.keys(changes).length > 0 && <Button onClick={() => setPatch({})}>Undo</Button>}
      </div>
    </form>
  );
}

const visibilities = [
  { value: 'private', label: 'Private', icon: <Lock />, hint: 'Nobody sees the room but its members.' },
  { value: 'public', label: 'Public', icon: <Globe />, hint: 'Everybody finds the room in the list.' },
] as const;
const modes = [
  {
    value: 'open',
    label: 'Every member',
    icon: <Users />,
    hint: 'In a public room, everybody may join by themselves, too.',
  },
  { value: 'restricted', label: 'Moderators', icon: <Shield />, hint: 'Nobody joins by themselves.' },
] as const;

function DetailsList({ info }: { info: MyRoom }) {
  const rows = [
    ['Name', info.name],
    ['Description', info.description || 'None'],
    ['Who finds it', visibilities.find(({ value }) => value === info.visibility)?.hint],
    ['Who adds people', modes.find(({ value }) => value === info.mode)?.label],
  ];
  return (
    <dl className="details">
      {rows.map(([term, detail]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd dir="auto">{detail}</dd>
        </div>
      ))}
    </dl>
  );
}

type Details = Required<Omit<RoomPatch, 'archived'>>;

/** Only what is another than before: a moderator may not even repeat what only the owner changes. */
function changesOf(info: MyRoom, wanted: Details): RoomPatch {
  return {
    ...(wanted.name !== info.name && { name: wanted.name }),
    ...(wanted.description !== (info.description ?? '') && { description: wanted.description }),
    ...(wanted.visibility !== info.visibility && { visibility: wanted.visibility }),
    ...(wanted.mode !== info.mode && { mode: wanted.mode }),
  };
}
