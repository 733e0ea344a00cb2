import type { Room } from '#client';
import { Composer } from '../composer/Composer.tsx';
import { ErrorState } from '../kit/ErrorState.tsx';
import { Messages } from '../messages/Messages.tsx';
import { BackToRooms } from '../shell/BackToRooms.tsx';
import { useChat } from '../state/chat.ts';
import { roomTitle, useMyRoom } from '../state/rooms.ts';
import { useJoined, useRoom } from '../use-client.ts';

/** A room that one is a member of. `seq` is a message to go to. */
export function RoomScreen({ id }: { id: string; seq?: number }) {
  const { me } = useChat();
  const info = useMyRoom(id);
  const { room, error, again } = useJoined(id);
  return (
    <>
      <h1>
        <BackToRooms />
        <span aria-hidden="true">#</span> {info ? roomTitle(info, me) : id}
      </h1>
      {error && <ErrorState title="This room cannot be shown" error={error} onRetry={again} />}
      {room && !error && <RoomView key={id} room={room} />}
    </>
  );
}

function RoomView({ room }: { room: Room }) {
  const { me } = useChat();
  const info = useMyRoom(room.id);
  const { messages, pending, state } = useRoom(room);
  // Counts our sends: one's own message is always scrolled to.
  const sends = pending.length;
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
      {info && <Composer room={room} info={info} onReplyDone={() => undefined} onEditLast={() => undefined} />}
    </>
  );
}
