import { Compass, Hash, Search, Users } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import type { PublicRoom } from '#client';
import { limits } from '#shared/contract/limits.ts';
import { Button } from '../kit/Button.tsx';
import { Dialog } from '../kit/Dialog.tsx';
import { EmptyState } from '../kit/EmptyState.tsx';
import { ErrorState } from '../kit/ErrorState.tsx';
import { TextField } from '../kit/fields.tsx';
import { reasonOf } from '../kit/reason.ts';
import { Spinner } from '../kit/Spinner.tsx';
import { toast } from '../kit/toast.tsx';
import { useChat } from '../state/chat.ts';
import { useMyRoom } from '../state/rooms.ts';
import { goTo } from '../state/route.ts';
import type { OpenDialog } from './dialog-names.ts';
import { peopleCount } from './people-count.ts';
import { useSearch } from './use-search.ts';

interface BrowseDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onOpen: OpenDialog;
}

interface Page {
  rooms: readonly PublicRoom[];
  next?: string | undefined;
}

/** The public rooms, to look for and to join. */
export default function BrowseDialog({ open, onOpenChange, onOpen }: BrowseDialogProps) {
  const { client } = useChat();
  const [text, setText] = useState('');
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try is another search
  const browse = useCallback(
    async (search: string, signal: AbortSignal): Promise<Page[]> => [
      await client.api.publicRooms({ search }, signal),
    ],
    [client, tries],
  );
  const { results, state, error } = useSearch(text, browse, { withEmpty: true });
  const { rooms, next, more, busy } = useFurther(results[0], text.trim());

  return (
    <Dialog
      title="Browse rooms"
      description="Public rooms, which everybody here can find."
      size="l"
      open={open}
      onOpenChange={onOpenChange}
      footer={<Button onClick={() => onOpen('create')}>Create a room</Button>}
    >
      <TextField
        label="Find rooms by name"
        hideLabel
        icon={<Search />}
        placeholder="Find rooms by name"
        value={text}
        maxLength={limits.roomNameLength}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="browse" aria-busy={state === 'searching'}>
        {state === 'failed' && <ErrorState error={error} onRetry={() => setTries(tries + 1)} />}
        {state === 'searching' && rooms.length === 0 && <Spinner />}
        {state === 'done' && rooms.length === 0 && (
          <EmptyState
            icon={<Compass />}
            title={text.trim() === '' ? 'No public rooms yet' : 'No room begins with that'}
            text="Create it, and others find it here."
          />
        )}
        {rooms.length > 0 && (
          <ul className="public-rooms">
            {rooms.map((room) => (
              <Row key={room.room} room={room} onDone={() => onOpenChange(false)} />
            ))}
          </ul>
        )}
        {next && (
          <Button busy={busy} onClick={() => void more()}>
            Show more
          </Button>
        )}
      </div>
    </Dialog>
  );
}

/** The first page of a search, and those that were asked for after it. */
function useFurther(first: Page | undefined, search: string) {
  const { client } = useChat();
  const [further, setFurther] = useState<readonly Page[]>([]);
  const [busy, setBusy] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another search has pages of its own
  useEffect(() => setFurther([]), [first]);
  const pages = first ? [first, ...further] : [];
  const next = pages.at(-1)?.next;
  const more = async () => {
    setBusy(true);
    try {
      const page = await client.api.publicRooms({ search, cursor: next });
      setFurther([...further, page]);
    } catch (error) {
      toast(reasonOf(error), { kind: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  return { rooms: pages.flatMap(({ rooms }) => rooms), next, more, busy };
}

function Row({ room, onDone }: { room: PublicRoom; onDone: () => void }) {
  const { rooms } = useChat();
  const isMine = useMyRoom(room.room) !== undefined || room.joined;
  const [busy, setBusy] = useState(false);
  const open = () => {
    onDone();
    goTo(room.room);
  };
  const join = async () => {
    setBusy(true);
    try {
      await rooms.enter(room.room);
      open();
    } catch (error) {
      toast(`${room.name}: ${reasonOf(error)}`, { kind: 'bad' });
      setBusy(false);
    }
  };
  return (
    <li>
      <span className="room-icon" aria-hidden="true">
        <Hash />
      </span>
      <div className="room-lines">
        <b>
          <bdi>{room.name}</bdi>
        </b>
        {room.description && (
          <p className="room-description" dir="auto">
            {room.description}
          </p>
        )}
        <span className="room-facts">
          <Users /> {peopleCount(room.memberCount)}
          {isMine ? ' · you are in it' : room.mode === 'restricted' ? ' · by invitation' : ''}
        </span>
      </div>
      {isMine ? (
        <Button size="s" aria-label={`Open ${room.name}`} onClick={open}>
          Open
        </Button>
      ) : (
        <Button
          size="s"
          variant="primary"
          aria-label={`Join ${room.name}`}
          disabled={room.mode === 'restricted'}
          busy={busy}
          onClick={() => void join()}
        >
          Join
        </Button>
      )}
    </li>
  );
}
