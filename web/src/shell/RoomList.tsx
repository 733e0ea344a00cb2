import { Compass, Plus } from 'lucide-react';
import { type KeyboardEvent, memo, type ReactNode } from 'react';
import { Badge } from '../kit/Badge.tsx';
import { ErrorState } from '../kit/ErrorState.tsx';
import { IconButton } from '../kit/IconButton.tsx';
import { Menu, MenuItem } from '../kit/Menu.tsx';
import { useChat } from '../state/chat.ts';
import type { ListedRoom } from '../state/listed-room.ts';
import { roomTitle, useRooms } from '../state/rooms.ts';
import { roomHref, useRoute } from '../state/route.ts';
import type { OpenDialog } from './dialog-names.ts';
import { Preview } from './Preview.tsx';
import { RoomIcon } from './RoomIcon.tsx';
import { callsForMe } from './sections.ts';
import { useSections } from './use-sections.ts';

/** One's rooms, with what is unread. */
export function RoomList({ onOpen }: { onOpen: OpenDialog }) {
  const { rooms: all, state, error, retry } = useRooms();
  const { rooms, directs, archived } = useSections();
  const { room: current } = useRoute();
  const links = (list: readonly ListedRoom[]) =>
    list.map((info) => <RoomLink key={info.room} info={info} isCurrent={info.room === current} />);

  return (
    <nav aria-label="Rooms" aria-busy={state === 'loading'} onKeyDown={moveFocus}>
      {state === 'failed' && (
        <ErrorState title="Your rooms could not be read" error={error} onRetry={retry} />
      )}
      {state === 'loading' && all.length === 0 && <Loading />}
      {state === 'ready' && (
        <>
          <Section title="Rooms" add={<AddRooms onOpen={onOpen} />} empty="You are in no room yet.">
            {links(rooms)}
          </Section>
          <Section
            title="Direct messages"
            add={
              <IconButton
                label="New direct message"
                icon={<Plus />}
                size="s"
                onClick={() => onOpen('direct')}
              />
            }
            empty="Write to somebody in person."
          >
            {links(directs)}
          </Section>
          {archived.length > 0 && (
            <details className="archived" open={archived.some(({ room }) => room === current) || undefined}>
              <summary>Archived ({archived.length})</summary>
              <ul>{links(archived)}</ul>
            </details>
          )}
        </>
      )}
    </nav>
  );
}

function AddRooms({ onOpen }: { onOpen: OpenDialog }) {
  return (
    <Menu trigger={<IconButton label="Add rooms" icon={<Plus />} size="s" />}>
      <MenuItem icon={<Compass />} onSelect={() => onOpen('browse')}>
        Browse rooms
      </MenuItem>
      <MenuItem icon={<Plus />} onSelect={() => onOpen('create')}>
        Create a room
      </MenuItem>
    </Menu>
  );
}

interface SectionProps {
  title: string;
  add: ReactNode;
  empty: string;
  children: readonly ReactNode[];
}

function Section({ title, add, empty, children }: SectionProps) {
  return (
    <section aria-label={title}>
      <div className="section-head">
        <h2>{title}</h2>
        {add}
      </div>
      {children.length > 0 ? <ul>{children}</ul> : <p className="section-empty">{empty}</p>}
    </section>
  );
}

const RoomLink = memo(function RoomLink({ info, isCurrent }: { info: ListedRoom; isCurrent: boolean }) {
  const { me } = useChat();
  return (
    <li>
      <a
        className="room-link"
        href={roomHref(info.room)}
        data-unread={info.unread > 0}
        {...(isCurrent && { 'aria-current': 'page' as const })}
      >
        <RoomIcon info={info} />
        <span className="room-lines">
          <bdi className="room-title">{roomTitle(info, me)}</bdi>
          <Preview info={info} />
        </span>
        {info.mentioned > 0 && info.kind === 'room' && (
          <span className="mentioned">
            <span aria-hidden="true">@</span>
            <span className="unseen">you are mentioned</span>
          </span>
        )}
        <Badge
          count={info.unread}
          of={info.unread === 1 ? 'unread message' : 'unread messages'}
          strong={callsForMe(info)}
        />
      </a>
    </li>
  );
});

function Loading() {
  return (
    <div className="room-skeleton" role="status" aria-label="Loading rooms">
      {[62, 45, 70, 52].map((width) => (
        <i key={width} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

/** Arrow keys go from room to room, as in any list. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('.room-link')];
  const next = links[links.findIndex((link) => link.matches(':focus')) + step];
  if (!next || !(document.activeElement instanceof HTMLAnchorElement)) return;
  event.preventDefault();
  next.focus();
}
