import { Keyboard, LogOut, Search, Settings } from 'lucide-react';
import { Avatar } from '../kit/Avatar.tsx';
import { IconButton } from '../kit/IconButton.tsx';
import { Logo } from '../kit/Logo.tsx';
import { Menu, MenuItem, MenuSeparator } from '../kit/Menu.tsx';
import { useChat } from '../state/chat.ts';
import { useStatus } from '../use-client.ts';
import type { OpenDialog } from './dialog-names.ts';
import { controlKey } from './keys.ts';
import { RoomList } from './RoomList.tsx';

interface SidebarProps {
  onOpen: OpenDialog;
  onSignOut: () => void;
}

/** The rooms, the ways to more of them, and oneself. On a phone, a screen of its own. */
export function Sidebar({ onOpen, onSignOut }: SidebarProps) {
  return (
    <header className="side">
      <div className="brand">
        <Logo />
        <span>Fanfare</span>
      </div>
      <button type="button" className="finder" onClick={() => onOpen('switcher')}>
        <Search />
        <span>Find rooms and people</span>
        <kbd>{controlKey} K</kbd>
      </button>
      <RoomList onOpen={onOpen} />
      <Self onOpen={onOpen} onSignOut={onSignOut} />
    </header>
  );
}

function Self({ onOpen, onSignOut }: SidebarProps) {
  const { me, client } = useChat();
  const status = useStatus(client);
  return (
    <div className="me">
      <Menu
        align="start"
        side="top"
        trigger={
          <button type="button" className="self">
            <Avatar id={me.id} name={me.name} />
            <span className="who">
              <bdi>{me.name}</bdi>
              <span className={`state ${status.state}`}>{stateNames[status.state]}</span>
            </span>
          </button>
        }
      >
        <MenuItem icon={<Settings />} onSelect={() => onOpen('settings')}>
          Settings
        </MenuItem>
        <MenuItem icon={<Keyboard />} shortcut="?" onSelect={() => onOpen('shortcuts')}>
          Keyboard shortcuts
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={<LogOut />} onSelect={onSignOut}>
          Sign out
        </MenuItem>
      </Menu>
      <IconButton label="Settings" icon={<Settings />} onClick={() => onOpen('settings')} />
    </div>
  );
}

const stateNames = { connecting: 'Connecting', online: 'Online', offline: 'Offline', closed: 'Offline' };
