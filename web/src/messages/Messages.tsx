import { useMemo, useRef } from 'react';
import type { Message, PendingMessage, Room } from '#client';
import { Avatar } from '../kit/Avatar.tsx';
import type { Me } from '../state/chat.ts';
import { MessageLine } from './MessageLine.tsx';
import { dateOf, timeOf } from './times.ts';
import { type Turn, transcript } from './transcript.ts';
import { useStickToBottom } from './use-stick-to-bottom.ts';

interface MessagesProps {
  room: Room;
  messages: readonly Message[];
  pending: readonly PendingMessage[];
  me: Me;
  loading: boolean;
  sends: number;
}

export function Messages({ room, messages, pending, me, loading, sends }: MessagesProps) {
  const days = useMemo(() => transcript(messages, pending, me), [messages, pending, me]);
  const list = useRef<HTMLDivElement>(null);
  const { unseen, toBottom } = useStickToBottom(list, messages, sends);

  return (
    <div className="messages">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <div className="log" ref={list} role="log" aria-label="Messages" aria-busy={loading} tabIndex={0}>
        <div>
          {loading ? <Skeleton /> : <Start room={room.id} first={messages[0]} />}
          {days.map((day) => (
            <section key={day.key} aria-label={dateOf(day.at)}>
              <div className="day">
                <span>{dateOf(day.at)}</span>
              </div>
              {day.turns.map((turn) => (
                <TurnView key={turn.key} turn={turn} room={room} mine={turn.sender === me.id} />
              ))}
            </section>
          ))}
        </div>
      </div>
      {unseen > 0 && (
        <button type="button" className="pill" onClick={toBottom}>
          {unseen === 1 ? '1 new message' : `${unseen} new messages`} <span aria-hidden="true">↓</span>
        </button>
      )}
    </div>
  );
}

function TurnView({ turn, room, mine }: { turn: Turn; room: Room; mine: boolean }) {
  const { at } = turn.lines[0];
  return (
    <article className="turn">
      <Avatar id={turn.sender} name={turn.senderName} />
      <header>
        <b dir="auto">{turn.senderName}</b>
        {mine && <span className="you">you</span>}
        <time dateTime={new Date(at).toISOString()}>{timeOf(at)}</time>
      </header>
      {turn.lines.map((line) => (
        <MessageLine key={line.key} line={line} room={room} />
      ))}
    </article>
  );
}

/** What stands above the oldest message that is shown. */
function Start({ room, first }: { room: string; first: Message | undefined }) {
  if (first && first.seq > 1) return <p className="start earlier">These are the newest messages.</p>;
  return (
    <div className="start">
      <h2>This is where #{room} begins</h2>
      <p>
        {first
          ? 'Everything said here is in one order, for everybody.'
          : 'Nobody has said anything yet. Say hello.'}
      </p>
    </div>
  );
}

function Skeleton() {
  return (
    <div className="skeleton" aria-hidden="true">
      {[70, 45, 85, 30, 60].map((width) => (
        <div key={width}>
          <i />
          <i style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  );
}
