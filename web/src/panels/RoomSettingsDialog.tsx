import { Tabs } from 'radix-ui';
import type { MyRoom, Room } from '#client';
import { Dialog } from '../kit/Dialog.tsx';
import { useChat } from '../state/chat.ts';
import { roomTitle } from '../state/rooms.ts';
import { Bans } from './Bans.tsx';
import { moderates } from './permissions.ts';
import { RoomDetails } from './RoomDetails.tsx';
import { RoomEnd } from './RoomEnd.tsx';
import { Webhooks } from './Webhooks.tsx';

interface RoomSettingsDialogProps {
  room: Room;
  info: MyRoom;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** What a room is, for everybody to read, and for those who look after it to change. */
export function RoomSettingsDialog({ info, open, onOpenChange }: RoomSettingsDialogProps) {
  const { me } = useChat();
  const title = info.kind === 'direct' ? roomTitle(info, me) : `#${info.name}`;
  const general = (
    <>
      <RoomDetails info={info} />
      <RoomEnd info={info} onDone={() => onOpenChange(false)} />
    </>
  );
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={title}
      description="Settings of this room"
      size="l"
    >
      {info.kind === 'room' && moderates(info.role) ? (
        <Tabs.Root defaultValue="general" className="tabs">
          <Tabs.List aria-label="Settings" className="tab-list">
            <Tabs.Trigger value="general">General</Tabs.Trigger>
            <Tabs.Trigger value="bans">Bans</Tabs.Trigger>
            <Tabs.Trigger value="webhooks">Webhooks</Tabs.Trigger>
          </Tabs.List>
          <Tabs.Content value="general">{general}</Tabs.Content>
          <Tabs.Content value="bans">
            <Bans room={info.room} />
          </Tabs.Content>
          <Tabs.Content value="webhooks">
            <Webhooks room={info.room} />
          </Tabs.Content>
        </Tabs.Root>
      ) : (
        general
      )}
    </Dialog>
  );
}
