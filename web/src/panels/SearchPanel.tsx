import { Search, SearchX } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Message, MyRoom, Room } from '#client';
import { limits } from '#shared/contract/limits.ts';
import { usePlainText } from '../composer/use-plain-text.ts';
import { Avatar } from '../kit/Avatar.tsx';
import { Button } from '../kit/Button.tsx';
import { EmptyState } from '../kit/EmptyState.tsx';
import { ErrorState } from '../kit/ErrorState.tsx';
import { TextField } from '../kit/fields.tsx';
import { Spinner } from '../kit/Spinner.tsx';
import { dateOf, exactTimeOf, timeOf } from '../messages/times.ts';
import { useName } from '../state/names.ts';
import { goTo, roomHref } from '../state/route.ts';
import { excerpt } from './excerpt.ts';
import { Panel } from './Panel.tsx';
import { useMessageSearch } from './use-message-search.ts';

interface SearchPanelProps {
  room: Room;
  info: MyRoom;
  onClose: () => void;
}

/** Finds messages of the room by what they say. */
export function SearchPanel({ room, onClose }: SearchPanelProps) {
  const [text, setText] = useState('');
  const { state, more, again } = useMessageSearch(room.id, text);
  const field = useRef<HTMLElement>(null);
  const results = useRef<HTMLDivElement>(null);
  useEffect(() => {
    field.current?.querySelector('input')?.focus();
  }, []);

  const step = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const hits = [...(results.current?.querySelectorAll('a') ?? [])];
    const at = hits.findIndex((hit) => hit.matches(':focus'));
    const next = at + (event.key === 'ArrowDown' ? 1 : -1);
    event.preventDefault();
    if (next < 0) field.current?.querySelector('input')?.focus();
    else hits[Math.min(next, hits.length - 1)]?.focus();
  };

  return (
    <Panel title="Search" onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move between what has the focus */}
      <div className="panel-rest" onKeyDown={step}>
        <search className="panel-tools" ref={field}>
          <TextField
            label="Search this room"
            hideLabel
            type="search"
            placeholder="What was said"
            icon={<Search />}
            maxLength={limits.searchLength}
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
        </search>
        <div className="panel-body" aria-busy={state.busy} ref={results}>
          <p className="unseen" role="status">
            {state.busy
              ? 'Searching'
              : state.asked === undefined
                ? ''
                : `${state.hits.length} messages found`}
          </p>
          {state.asked === undefined && !state.busy && !state.error && (
            <EmptyState
              icon={<Search />}
              title="Search what was said here"
              text="Any part of a message finds it, in whatever case. Names of people are not searched."
            />
          )}
          {state.hits.length > 0 && (
            <ol className="hits">
              {state.hits.map((hit) => (
                <li key={hit.seq}>
                  <Hit message={hit} room={room.id} wanted={state.asked ?? ''} onClose={onClose} />
                </li>
              ))}
            </ol>
          )}
          {state.error !== undefined && (
            <ErrorState title="The search failed" error={state.error} onRetry={again} />
          )}
          {state.busy && (
            <p className="panel-note">
              <Spinner /> Searching…
            </p>
          )}
          {!state.busy && state.error === undefined && state.asked !== undefined && (
            <End found={state.hits.length} calls={state.calls} complete={state.complete} onMore={more} />
          )}
        </div>
      </div>
    </Panel>
  );
}

interface EndProps {
  found: number;
  calls: number;
  complete: boolean;
  onMore: () => void;
}

/** How far the search has looked. */
function End({ found, calls, complete, onMore }: EndProps) {
  if (complete && found === 0) {
    return <EmptyState icon={<SearchX />} title="Nothing found" text="No message of this room says that." />;
  }
  if (complete) return <p className="panel-note">That is all: the whole room was looked through.</p>;
  const looked = (calls * limits.searchedMessages).toLocaleString();
  return (
    <p className="panel-note">
      {found === 0
        ? `Nothing in the newest ${looked} messages. Older ones were not looked through yet.`
        : 'Older messages were not looked through yet.'}
      <Button size="s" onClick={onMore}>
        Look further back
      </Button>
    </p>
  );
}

interface HitProps {
  message: Message;
  room: string;
  wanted: string;
  onClose: () => void;
}

function Hit({ message, room, wanted, onClose }: HitProps) {
  const name = useName(message.sender) ?? message.senderName;
  const text = usePlainText(message.text);
  return (
    <a
      className="hit"
      href={roomHref(room, message.seq)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        goTo(room, message.seq);
        // On a phone the panel lies over the messages.
        if (matchMedia('(max-width: 720px)').matches) onClose();
      }}
    >
      <Avatar id={message.sender} name={name} size="s" />
      <span className="hit-text">
        <span className="hit-head">
          <bdi>{name}</bdi>
          <time dateTime={new Date(message.at).toISOString()} title={exactTimeOf(message.at)}>
            {dateOf(message.at)}, {timeOf(message.at)}
          </time>
        </span>
        <span className="hit-excerpt" dir="auto">
          {excerpt(text, wanted).map((piece, i) =>
            // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text never move
            piece.hit ? <mark key={i}>{piece.text}</mark> : piece.text,
          )}
        </span>
      </span>
    </a>
  );
}
