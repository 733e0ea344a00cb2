import { Ban, Crown, Ellipsis, MessageCircle, Mic, MicOff, Shield, ShieldOff, UserMinus } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import type { Member, MyRoom } from '#client';
import { momentOf, useNowUntil } from '../composer/writing.ts';
import { Avatar } from '../kit/Avatar.tsx';
import { IconButton } from '../kit/IconButton.tsx';
import { Menu, MenuItem } from '../kit/Menu.tsx';
import { reasonOf } from '../kit/reason.ts';
import { toast } from '../kit/toast.tsx';
import { useChat } from '../state/chat.ts';
import { goTo } from '../state/route.ts';
import { type Asked, MemberDialog } from './MemberDialog.tsx';
import type { MemberList } from './member-list.ts';
import { type MemberAction, memberActions } from './permissions.ts';

interface MemberRowProps {
  member: Member;
  info: MyRoom;
  list: MemberList;
  /** In a room that tells. */
  online?: boolean;
}

export function MemberRow({ member, info, list, online }: MemberRowProps) {
  const { client, me, rooms } = useChat();
  const [asked, setAsked] = useState<Asked>();
  const { userId, name, role, mutedUntil } = member;
  const now = useNowUntil(mutedUntil);
  const actions = memberActions(info, member, { id: me.id, now });

  const change = (patch: Parameters<typeof client.api.changeMember>[2]) =>
    tried(client.api.changeMember(info.room, userId, patch).then((changed) => list.put(changed)));
  const write = async () => {
    const direct = await client.api.direct([userId]);
    rooms.put(direct);
    goTo(direct.room);
  };
  const run = (action: MemberAction) => {
    switch (action) {
      case 'message':
        return tried(write());
      case 'makeModerator':
        return change({ role: 'moderator' });
      case 'makeMember':
        return change({ role: 'member' });
      case 'unmute':
        return change({ mutedUntil: null });
      default:
        return setAsked(action);
    }
  };

  return (
    <li className="member">
      <Avatar id={userId} name={name} {...(online !== undefined && { online })} />
      <span className="member-text">
        <span className="member-name">
          <bdi>{name}</bdi>
          {userId === me.id && <span className="you">you</span>}
        </span>
        {mutedUntil !== undefined && mutedUntil > now && (
          <span className="member-note">muted until {momentOf(mutedUntil)}</span>
        )}
      </span>
      {role !== 'member' && <span className={`role ${role}`}>{role}</span>}
      {actions.length > 0 && (
        <Menu trigger={<IconButton size="s" label={`Actions for ${name}`} icon={<Ellipsis />} />}>
          {actions.map((action) => (
            <MenuItem
              key={action}
              icon={icons[action]}
              danger={action === 'remove' || action === 'ban'}
              onSelect={() => run(action)}
            >
              {labels[action]}
            </MenuItem>
          ))}
        </Menu>
      )}
      {asked && (
        <MemberDialog
          asked={asked}
          member={member}
          info={info}
          list={list}
          onClose={() => setAsked(undefined)}
        />
      )}
    </li>
  );
}

const labels: Record<MemberAction, string> = {
  message: 'Message directly',
  makeModerator: 'Make moderator',
  makeMember: 'Make member',
  handOver: 'Hand over the room…',
  mute: 'Mute…',
  unmute: 'End the mute',
  remove: 'Remove from the room…',
  ban: 'Ban…',
};

const icons: Record<MemberAction, ReactElement> = {
  message: <MessageCircle />,
  makeModerator: <Shield />,
  makeMember: <ShieldOff />,
  handOver: <Crown />,
  mute: <MicOff />,
  unmute: <Mic />,
  remove: <UserMinus />,
  ban: <Ban />,
};

/** What goes wrong with a click in a menu is told in passing. */
function tried(action: Promise<unknown>): void {
  action.catch((error: unknown) => toast(reasonOf(error), { kind: 'bad' }));
}
