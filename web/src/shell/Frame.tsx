import { MessagesSquare } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '../kit/Button.tsx';
import { EmptyState } from '../kit/EmptyState.tsx';
import { ErrorState } from '../kit/ErrorState.tsx';
import { toast } from '../kit/toast.tsx';
import { RoomScreen } from '../room/RoomScreen.tsx';
import { useChat } from '../state/chat.ts';
import { keepRoom, keptRoom } from '../state/last-room.ts';
import { roomTitle, useMyRoom, useRooms } from '../state/rooms.ts';
import { replaceRoute, useRoute } from '../state/route.ts';
import { useStatus } from '../use-client.ts';
import { ConnectionBanner } from './ConnectionBanner.tsx';
import { Dialogs } from './Dialogs.tsx';
import { Door } from './Door.tsx';
import type { DialogName, OpenDialog } from './dialog-names.ts';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { Sidebar } from './Sidebar.tsx';
import { inOrder } from './sections.ts';
import { useMedia } from './use-media.ts';
import { useSections } from './use-sections.ts';
import { useShortcuts } from './use-shortcuts.ts';
import { useTitle } from './use-title.ts';

/** The page's frame: the list of rooms, and the room that the address names. */
export function Frame({ onSignOut }: { onSignOut: () => void }) {
  const { client } = useChat();
  const status = useStatus(client);
  const { room } = useRoute();
  const [dialog, setDialog] = useState<DialogName>();

  useShortcuts(setDialog);
  useTitle(room);
  useLostRooms();
  useARoom();

  return (
    <div className="chat" data-screen={room === undefined ? 'list' : 'room'}>
      <ConnectionBanner status={status} />
      <Sidebar onOpen={setDialog} onSignOut={onSignOut} />
      <main>
        <ErrorBoundary key={room}>
          <Stage onOpen={setDialog} />
        </ErrorBoundary>
      </main>
      <ErrorBoundary key={dialog}>
        <Dialogs
          open={dialog}
          onOpen={setDialog}
          onClose={() => setDialog(undefined)}
          onSignOut={onSignOut}
        />
      </ErrorBoundary>
    </div>
  );
}

/** What stands beside the list. */
function Stage({ onOpen }: { onOpen: OpenDialog }) {
  const { room, seq } = useRoute();
  const { rooms, state, error, retry } = useRooms();
  const info = useMyRoom(room ?? '');

  if (room !== undefined) {
    // While the list is read, the room itself says whether it may be seen.
    if (!info && state === 'ready') return <Door key={room} id={room} onOpen={onOpen} />;
    return <RoomScreen key={room} id={room} {...(seq !== undefined && { seq })} />;
  }
  if (state === 'failed') {
    return <ErrorState title="Your rooms could not be read" error={error} onRetry={retry} />;
  }
  if (state === 'ready' && rooms.length === 0) return <NoRooms onOpen={onOpen} />;
  return null;
}

function NoRooms({ onOpen }: { onOpen: OpenDialog }) {
  return (
    <EmptyState
      icon={<MessagesSquare />}
      title="You are in no room yet"
      text="Join one that is there, make one of your own, or write to somebody in person."
      action={
        <>
          <Button variant="primary" onClick={() => onOpen('browse')}>
            Browse rooms
          </Button>
          <Button onClick={() => onOpen('create')}>Create a room</Button>
          <Button onClick={() => onOpen('direct')}>New direct message</Button>
        </>
      }
    />
  );
}

/** Where the list leaves room for it, some room is always shown: the one that was shown last, or the first. */
function useARoom(): void {
  const { me } = useChat();
  const { room } = useRoute();
  const sections = useSections();
  const isWide = useMedia('(min-width: 721px)');

  useEffect(() => {
    if (room !== undefined) return keepRoom(me.id, room);
    if (!isWide) return;
    const rooms = inOrder(sections);
    const kept = keptRoom(me.id);
    const next = rooms.find((one) => one.room === kept) ?? rooms[0];
    if (next) replaceRoute(next.room);
  }, [room, sections, isWide, me.id]);
}

/** Says that a room is gone, and goes on from it if it was shown. */
function useLostRooms(): void {
  const { me, rooms } = useChat();
  const { room } = useRoute();
  useEffect(
    () =>
      rooms.onLost((lost, byOneself) => {
        if (!byOneself) toast(`You are no longer in ${roomTitle(lost, me)}.`, { kind: 'bad' });
        if (lost.room === room) replaceRoute(undefined);
      }),
    [rooms, room, me],
  );
}
