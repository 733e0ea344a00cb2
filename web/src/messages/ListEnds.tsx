import { Hash, Lock, MessagesSquare } from 'lucide-react';
import { Button } from '../kit/Button.tsx';
import { Spinner } from '../kit/Spinner.tsx';
import { useChat } from '../state/chat.ts';
import type { ListedRoom } from '../state/listed-room.ts';
import { roomTitle } from '../state/rooms.ts';
import type { More, TimelineView } from './timeline.ts';

/** What stands above the oldest message that is there: more to come, or the beginning. */
export function ListStart({
  view,
  info,
  onRetry,
}: {
  view: TimelineView;
  info: ListedRoom | undefined;
  onRetry: () => void;
}) {
  const { me } = useChat();
  if (view.older !== 'none') return <Loading more={view.older} onRetry={onRetry} />;
  const title = info ? roomTitle(info, me) : 'this room';
  const direct = info?.kind === 'direct';
  const Icon = direct ? MessagesSquare : info?.visibility === 'private' ? Lock : Hash;
  return (
    <div className="list-start">
      <span className="list-start-icon">
        <Icon aria-hidden="true" />
      </span>
      <div>
        <p className="list-start-title" dir="auto">
          {title}
        </p>
        <p>
          {view.messages.length === 0
            ? 'Nobody has said anything yet. Say hello.'
            : direct
              ? 'This is where your conversation begins.'
              : 'This is where the room begins.'}
        </p>
      </div>
    </div>
  );
}

/** What stands below the newest message that is there, where that is not the newest of all. */
export function ListEnd({ view, onRetry }: { view: TimelineView; onRetry: () => void }) {
  return view.newer === 'none' ? null : <Loading more={view.newer} onRetry={onRetry} />;
}

function Loading({ more, onRetry }: { more: More; onRetry: () => void }) {
  if (more === 'failed') {
    return (
      <p className="list-more" role="alert">
        More messages could not be loaded.{' '}
        <Button size="s" onClick={onRetry}>
          Try again
        </Button>
      </p>
    );
  }
  return (
    <p className="list-more">
      <Spinner /> Loading messages…
    </p>
  );
}

/** Messages that are on their way. */
export function Skeleton() {
  return (
    <div className="skeleton" role="status" aria-label="Loading messages">
      {[70, 45, 85, 30, 60, 75, 40].map((width) => (
        <div key={width}>
          <i />
          <i style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  );
}
