import { useState } from 'react';
import type { FanfareError, Room } from '#client';
import type { Me } from './Chat.tsx';
import { Composer } from './Composer.tsx';
import { Messages } from './Messages.tsx';
import { useRoom } from './use-client.ts';

interface RoomViewProps {
  room: Room;
  me: Me;
  error: FanfareError | undefined;
  onAgain: () => void;
}

export function RoomView({ room, me, error, onAgain }: RoomViewProps) {
  const { messages, pending, state } = useRoom(room);
  // Counts our sends: one's own message is always scrolled to.
  const [sends, setSends] = useState(0);

  if (error) {
    return (
      <div className="empty" role="alert">
        <h2>This room cannot be shown</h2>
        <p>{error.code === 'not_member' ? 'You are not a member of it.' : error.message}</p>
        <button type="button" className="primary" onClick={onAgain}>
          Try again
        </button>
      </div>
    );
  }
  return (
    <>
      <Messages
        room={room}
        messages={messages}
        pending={pending}
        me={me}
        loading={state === 'loading'}
        sends={sends}
      />
      <Composer
        room={room.id}
        onSend={(text) => {
          setSends(sends + 1);
          // A refusal shows at the message itself.
          room.send(text).catch(() => undefined);
        }}
      />
    </>
  );
}
