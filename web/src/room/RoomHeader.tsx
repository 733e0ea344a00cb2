import { EllipsisVertical, Hash, Link, Lock, Search, Settings2, Users } from 'lucide-react';
import type { Room } from '#client';
import { Avatar } from '../kit/Avatar.tsx';
import { IconButton } from '../kit/IconButton.tsx';
import { Menu, MenuItem } from '../kit/Menu.tsx';
import { BackToRooms } from '../shell/BackToRooms.tsx';
import { useChat } from '../state/chat.ts';
import type { ListedRoom } from '../state/listed-room.ts';
import { roomTitle } from '../state/rooms.ts';
import { roomHref } from '../state/route.ts';
import { copyToClipboard } from './clipboard.ts';
import type { PanelName } from './use-panel.ts';

interface RoomHeaderProps {
  info: ListedRoom | undefined;
  room: Room | undefined;
  panel: PanelName | undefined;
  onPanel: (panel: PanelName) => void;
  onSettings: () => void;
}

/** What the room is called and about, and the ways to its people, its search and its settings. */
export function RoomHeader({ info, room, panel, onPanel, onSettings }: RoomHeaderProps) {
  const { me } = useChat();
  return (
    <header className="room-header">
      <BackToRooms />
      {info && <RoomSign info={info} />}
      <div className="room-title">
        <h1 dir="auto">{info ? roomTitle(info, me) : '\u00a0'}</h1>
        {info && <Subtitle info={info} />}
      </div>
      {info && room && (
        <div className="room-buttons">
          <button
            type="button"
            className="count-button"
            aria-pressed={panel === 'members'}
            aria-label={`Members, ${info.memberCount}`}
            title="Members"
            onClick={() => onPanel('members')}
          >
            <Users aria-hidden="true" />
            {info.memberCount}
          </button>
          <IconButton
            label="Search in this room"
            shortcut="Ctrl F"
            icon={<Search />}
            aria-pressed={panel === 'search'}
            onClick={() => onPanel('search')}
          />
          <Menu trigger={<IconButton label="More" icon={<EllipsisVertical />} />}>
            <MenuItem icon={<Settings2 />} onSelect={onSettings}>
              Room details and settings
            </MenuItem>
            <MenuItem icon={<Link />} onSelect={() => void copyLink(info.room)}>
              Copy link to this room
            </MenuItem>
          </Menu>
        </div>
      )}
    </header>
  );
}

function RoomSign({ info }: { info: ListedRoom }) {
  const { me } = useChat();
  const others = (info.people ?? []).filter(({ userId }) => userId !== me.id);
  const [other] = others;
  if (info.kind === 'direct' && other) {
    return (
      <Avatar
        id={other.userId}
        name={other.name}
        {...(others.length === 1 && info.online !== undefined && { online: info.online })}
      />
    );
  }
  return <span className="room-sign">{info.visibility === 'private' ? <Lock /> : <Hash />}</span>;
}

function Subtitle({ info }: { info: ListedRoom }) {
  if (info.archivedAt !== undefined) return <p>Archived: it can be read, and not written to</p>;
  if (info.kind === 'direct' && info.memberCount === 2) return <p>{info.online ? 'Online' : 'Offline'}</p>;
  if (!info.description) return null;
  return (
    <p dir="auto" title={info.description}>
      {info.description}
    </p>
  );
}

async function copyLink(room: string): Promise<void> {
  await copyToClipboard(new URL(roomHref(room), location.href).href, 'The link is copied.');
}
