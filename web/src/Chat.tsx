import type { UserManager } from 'oidc-client-ts';
import { Avatar } from './Avatar.tsx';
import { ConnectionBanner } from './ConnectionBanner.tsx';
import type { Config } from './config.ts';
import { Logo } from './Logo.tsx';
import { Notice } from './Notice.tsx';
import { RoomView } from './RoomView.tsx';
import { useClient, useJoined, useStatus } from './use-client.ts';

/** The person at this page. */
export interface Me {
  id: string;
  name: string;
}

interface ChatProps {
  me: Me;
  config: Config;
  manager: UserManager;
  onSignIn: () => void;
  onSignOut: () => void;
}

/** The room that everybody joins by signing in. */
const roomId = 'general';

export function Chat({ me, config, manager, onSignIn, onSignOut }: ChatProps) {
  const { client, ended } = useClient(config.webSocketUrl, manager);
  const status = useStatus(client);
  const { room, error, again } = useJoined(client, roomId);

  if (ended) {
    const text = 'It could not be renewed. Sign in again to go on where you were.';
    return <Notice title="Your session has ended" text={text} action={{ label: 'Sign in', run: onSignIn }} />;
  }
  return (
    <div className="chat">
      <header className="side">
        <div className="brand">
          <Logo />
          <span>Fanfare</span>
        </div>
        <nav aria-label="Rooms">
          <h2>Rooms</h2>
          <a href={`#${roomId}`} aria-current="page">
            <span aria-hidden="true">#</span> {roomId}
          </a>
        </nav>
        <div className="me">
          <Avatar id={me.id} name={me.name} />
          <div className="who">
            <b dir="auto">{me.name}</b>
            <span className={`state ${status.state}`}>{stateNames[status.state]}</span>
          </div>
          <button type="button" className="quiet" onClick={onSignOut}>
            Sign out
          </button>
        </div>
      </header>
      <main>
        <h1>
          <span aria-hidden="true">#</span> {roomId}
        </h1>
        <ConnectionBanner status={status} />
        {room && <RoomView key={room.id} room={room} me={me} error={error} onAgain={again} />}
      </main>
    </div>
  );
}

const stateNames = { connecting: 'Connecting', online: 'Online', offline: 'Offline', closed: 'Offline' };
