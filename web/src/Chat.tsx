import type { UserManager } from 'oidc-client-ts';
import { useEffect } from 'react';
import type { Config } from './config.ts';
import { Tooltips } from './kit/Tooltip.tsx';
import { Toaster } from './kit/toast.tsx';
import { RoomScreen } from './room/RoomScreen.tsx';
import { ConnectionBanner } from './shell/ConnectionBanner.tsx';
import { Notice } from './shell/Notice.tsx';
import { Sidebar } from './shell/Sidebar.tsx';
import { ChatContext, type Me, useChat } from './state/chat.ts';
import { useRooms } from './state/rooms.ts';
import { replaceRoute, useRoute } from './state/route.ts';
import { useSessionChat } from './state/use-session-chat.ts';
import { useStatus } from './use-client.ts';

interface ChatProps {
  me: Me;
  config: Config;
  manager: UserManager;
  onSignIn: () => void;
  onSignOut: () => void;
}

/** Everything that a signed-in person sees. */
export function Chat({ me, config, manager, onSignIn, onSignOut }: ChatProps) {
  const { chat, ended } = useSessionChat(me, config, manager);
  if (ended) {
    const text = 'It could not be renewed. Sign in again to go on where you were.';
    return <Notice title="Your session has ended" text={text} action={{ label: 'Sign in', run: onSignIn }} />;
  }
  if (!chat) return <div className="splash" role="status" aria-label="Loading" />;
  return (
    <ChatContext value={chat}>
      <Tooltips delayDuration={500}>
        <Frame onSignOut={onSignOut} />
        <Toaster />
      </Tooltips>
    </ChatContext>
  );
}

function Frame({ onSignOut }: { onSignOut: () => void }) {
  const { client } = useChat();
  const status = useStatus(client);
  const { room, seq } = useRoute();
  const { rooms } = useRooms();

  useEffect(() => {
    if (room === undefined && rooms[0]) replaceRoute(rooms[0].room);
  }, [room, rooms]);

  return (
    <div className="chat" data-screen={room === undefined ? 'list' : 'room'}>
      <Sidebar onSignOut={onSignOut} />
      <main>
        <ConnectionBanner status={status} />
        {room !== undefined && <RoomScreen key={room} id={room} {...(seq !== undefined && { seq })} />}
      </main>
    </div>
  );
}
