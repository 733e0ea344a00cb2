import { Globe, Lock } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { limits } from '#shared/contract/limits.ts';
import { Button } from '../kit/Button.tsx';
import { Dialog } from '../kit/Dialog.tsx';
import { TextArea, TextField } from '../kit/fields.tsx';
import { reasonOf } from '../kit/reason.ts';
import { SegmentedControl } from '../kit/SegmentedControl.tsx';
import { useChat } from '../state/chat.ts';
import { goTo } from '../state/route.ts';

interface CreateDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Makes a room, of which one is the owner. */
export default function CreateDialog({ open, onOpenChange }: CreateDialogProps) {
  const { client, rooms } = useChat();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [visibility, setVisibility] = useState<'public' | 'private'>('public');
  const [mode, setMode] = useState<'open' | 'restricted'>('open');
  const [missing, setMissing] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();

  const create = async (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '') return setMissing(true);
    setBusy(true);
    setFailure(undefined);
    try {
      const described = description.trim() !== '' && { description: description.trim() };
      const room = await client.api.createRoom({ name: name.trim(), ...described, visibility, mode });
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
      title="Create a room"
      open={open}
      onOpenChange={onOpenChange}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button variant="primary" type="submit" form="create-room" busy={busy}>
            Create room
          </Button>
        </>
      }
    >
      <form id="create-room" className="form" onSubmit={(event) => void create(event)}>
        <TextField
          label="Name"
          placeholder="What it is about"
          value={name}
          maxLength={limits.roomNameLength}
          error={missing ? 'A room needs a name.' : undefined}
          onChange={(event) => {
            setName(event.target.value);
            setMissing(false);
          }}
        />
        <TextArea
          label="Description"
          hint="Optional. It shows in the list of rooms."
          rows={2}
          value={description}
          maxLength={limits.descriptionLength}
          onChange={(event) => setDescription(event.target.value)}
        />
        <SegmentedControl
          label="Who sees it"
          value={visibility}
          onChange={setVisibility}
          options={[
            {
              value: 'public',
              label: 'Public',
              icon: <Globe />,
              hint: 'Everybody finds it in the list of rooms.',
            },
            {
              value: 'private',
              label: 'Private',
              icon: <Lock />,
              hint: 'Only its members know that it exists.',
            },
          ]}
        />
        <SegmentedControl
          label="Who lets people in"
          value={mode}
          onChange={setMode}
          options={[
            {
              value: 'open',
              label: 'Every member',
              hint: visibility === 'public' ? 'Who finds it may join.' : 'Members add whom they like.',
            },
            { value: 'restricted', label: 'Moderators', hint: 'You, and those whom you make moderators.' },
          ]}
        />
        {failure && (
          <p className="form-error" role="alert">
            {failure}
          </p>
        )}
      </form>
    </Dialog>
  );
}
