import type { Member, MyRoom } from '#client';
import { momentOf } from '../composer/writing.ts';
import { ConfirmDialog } from '../kit/ConfirmDialog.tsx';
import { toast } from '../kit/toast.tsx';
import { useChat } from '../state/chat.ts';
import type { MemberList } from './member-list.ts';
import type { MemberAction } from './permissions.ts';
import { UntilDialog } from './UntilDialog.tsx';

/** What is not done at a click: it is asked about first. */
export type Asked = Extract<MemberAction, 'handOver' | 'mute' | 'remove' | 'ban'>;

interface MemberDialogProps {
  asked: Asked;
  member: Member;
  info: MyRoom;
  list: MemberList;
  onClose: () => void;
}

export function MemberDialog({ asked, member: { userId, name }, info, list, onClose }: MemberDialogProps) {
  const { api } = useChat().client;
  const onOpenChange = (open: boolean) => !open && onClose();
  const shown = <bdi>{name}</bdi>;

  switch (asked) {
    case 'mute':
      return (
        <UntilDialog
          title={`Mute ${name}`}
          text="They can read, and neither write nor react, until then."
          action="Mute"
          choices={muteChoices}
          onClose={onClose}
          onConfirm={async (until = Date.now() + day) => {
            list.put(await api.changeMember(info.room, userId, { mutedUntil: until }));
            toast(`${name} is muted until ${momentOf(until)}.`);
          }}
        />
      );
    case 'ban':
      return (
        <UntilDialog
          title={`Ban ${name}`}
          text="They are removed from the room, and can neither join it nor be added until then."
          action="Ban"
          choices={banChoices}
          onClose={onClose}
          onConfirm={async (until) => {
            await api.ban(info.room, userId, until);
            list.remove(userId);
            toast(until === undefined ? `${name} is banned.` : `${name} is banned until ${momentOf(until)}.`);
          }}
        />
      );
    case 'remove':
      return (
        <ConfirmDialog
          open
          danger
          title="Remove from the room?"
          text={<p>{shown} no longer sees this room. They can be added again.</p>}
          action="Remove"
          onOpenChange={onOpenChange}
          onConfirm={async () => {
            await api.removeMember(info.room, userId);
            list.remove(userId);
          }}
        />
      );
    case 'handOver':
      return (
        <ConfirmDialog
          open
          danger
          title="Hand over the room?"
          text={<p>{shown} becomes the owner, and you a moderator. Only they can give it back.</p>}
          action="Hand over"
          onOpenChange={onOpenChange}
          onConfirm={async () => list.put(await api.changeMember(info.room, userId, { role: 'owner' }))}
        />
      );
  }
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const muteChoices = [
  { value: '15 min', ms: 15 * minute },
  { value: '1 hour', ms: hour },
  { value: '1 day', ms: day },
];
const banChoices = [
  { value: '1 day', ms: day },
  { value: '1 week', ms: 7 * day },
  { value: 'For ever', ms: undefined },
];
