import { LogOut, Monitor, Moon, Sun } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { limits } from '#shared/contract/limits.ts';
import { Avatar } from '../kit/Avatar.tsx';
import { Button } from '../kit/Button.tsx';
import { Dialog } from '../kit/Dialog.tsx';
import { TextField } from '../kit/fields.tsx';
import { reasonOf } from '../kit/reason.ts';
import { SegmentedControl } from '../kit/SegmentedControl.tsx';
import { toast } from '../kit/toast.tsx';
import { useChat } from '../state/chat.ts';
import { NotificationSettings } from './NotificationSettings.tsx';
import { savedTheme, saveTheme } from './theme.ts';

interface SettingsDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onSignOut: () => void;
}

/** What is one's own: the name that others see, how the page looks, and when it calls. */
export default function SettingsDialog({ open, onOpenChange, onSignOut }: SettingsDialogProps) {
  const [theme, setTheme] = useState(savedTheme);
  return (
    <Dialog title="Settings" open={open} onOpenChange={onOpenChange}>
      <section className="setting">
        <h3>Profile</h3>
        <NameForm />
      </section>
      <section className="setting">
        <h3>Appearance</h3>
        <SegmentedControl
          label="Theme"
          hideLabel
          value={theme}
          onChange={(chosen) => {
            saveTheme(chosen);
            setTheme(chosen);
          }}
          options={[
            { value: 'system', label: 'System', icon: <Monitor /> },
            { value: 'light', label: 'Light', icon: <Sun /> },
            { value: 'dark', label: 'Dark', icon: <Moon /> },
          ]}
        />
      </section>
      <section className="setting">
        <h3>Notifications</h3>
        <NotificationSettings />
      </section>
      <section className="setting sign-out">
        <Button icon={<LogOut />} onClick={onSignOut}>
          Sign out
        </Button>
      </section>
    </Dialog>
  );
}

function NameForm() {
  const { me, rename } = useChat();
  const [name, setName] = useState(me.name);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const wanted = name.trim();

  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (wanted === '') return setFailure('You need a name.');
    setBusy(true);
    setFailure(undefined);
    try {
      await rename(wanted);
      toast('Your name is saved.', { kind: 'good' });
    } catch (error) {
      setFailure(reasonOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form className="name-form" onSubmit={(event) => void save(event)}>
      <Avatar id={me.id} name={wanted || me.name} size="l" />
      <TextField
        label="Display name"
        value={name}
        maxLength={limits.nameLength}
        error={failure}
        onChange={(event) => {
          setName(event.target.value);
          setFailure(undefined);
        }}
      />
      <Button type="submit" busy={busy} disabled={wanted === me.name}>
        Save
      </Button>
    </form>
  );
}
