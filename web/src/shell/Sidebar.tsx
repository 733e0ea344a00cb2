import { Avatar } from '../kit/Avatar.tsx';
import { Button } from '../kit/Button.tsx';
import { Logo } from '../kit/Logo.tsx';
import { useChat } from '../state/chat.ts';
import { roomTitle, useRooms } from '../state/rooms.ts';
import { roomHref, useRoute } from '../state/route.ts';
import { useStatus } from '../use-client.ts';

export function Sidebar({ onSignOut }: { onSignOut: () => void }) {
  const { me, client } = useChat();
  const status = useStatus(client);
  const { rooms } = useRooms();
  const { room } = useRoute();
  return (
    <header className="side">
      <div className="brand">
        <Logo />
        <span>Fanfare</span>
      </div>
      <nav aria-label="Rooms">
        <h2>Rooms</h2>
        {rooms.map((info) => (
          <a
            key={info.room}
            href={roomHref(info.room)}
            {...(info.room === room && { 'aria-current': 'page' as const })}
          >
            <span aria-hidden="true">#</span> {roomTitle(info, me)}
          </a>
        ))}
      </nav>
      <div className="me">
        <Avatar id={me.id} name={me.name} online={status.state === 'online'} />
        <div className="who">
          <b dir="auto">{me.name}</b>
        </div>
        <Button size="s" onClick={onSignOut}>
          Sign out
        </Button>
      </div>
    </header>
  );
}
