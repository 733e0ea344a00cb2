import { type FormEvent, useState } from 'react';
import type { LatestMessage, Story as MessageStory } from '../story.ts';
import { usePoll } from './api.ts';
import { clock, formatValue, preciseClock } from './format.ts';
import { linkTo } from './route.ts';
import { Empty, Loaded } from './states.tsx';

/** One message's way through the stages, by room and seq. */
export function Story({ room, seq }: { room: string | undefined; seq: string | undefined }) {
  const [wanted, setWanted] = useState({ room: room ?? 'general', seq: seq ?? '' });
  const find = (event: FormEvent) => {
    event.preventDefault();
    location.hash = linkTo('story', wanted.room.trim(), wanted.seq.trim());
  };
  return (
    <section className="page">
      <h1>The story of a message</h1>
      <form className="bar" onSubmit={find}>
        <label>
          Room{' '}
          <input
            required
            value={wanted.room}
            onChange={({ target }) => setWanted({ ...wanted, room: target.value })}
          />
        </label>
        <label>
          Seq{' '}
          <input
            required
            size={8}
            inputMode="numeric"
            pattern="[0-9]+"
            value={wanted.seq}
            onChange={({ target }) => setWanted({ ...wanted, seq: target.value })}
          />
        </label>
        <button type="submit" className="button primary">
          Tell
        </button>
      </form>
      {room !== undefined && seq !== undefined && <Told room={room} seq={seq} />}
      <Latest />
    </section>
  );
}

function Told({ room, seq }: { room: string; seq: string }) {
  const search = new URLSearchParams({ room, seq }).toString();
  return (
    <Loaded polled={usePoll<MessageStory>(`story?${search}`, 5_000)}>
      {({ message, steps, spent, missing }) => {
        const all = Math.max(...steps.map(({ atMs }) => atMs), spent?.totalMs ?? 0, 1);
        return (
          <article className="story" aria-label={`The story of ${room} ${seq}`}>
            <header>
              <b>{message.senderName}</b> <time>{preciseClock(message.sentAt)}</time>{' '}
              <small>
                client id <code>{message.id}</code>, version {message.version}
              </small>
              <blockquote>{message.text}</blockquote>
            </header>
            {spent && <Spent spent={spent} />}
            <ol className="timeline">
              {steps.map(({ atMs, stage, what, detail }) => (
                <li key={`${atMs} ${stage} ${what} ${detail}`}>
                  <b className="number">+{Math.round(atMs)} ms</b>
                  <span className="track">
                    <i style={{ insetInlineStart: `${(Math.max(0, atMs) / all) * 100}%` }} />
                  </span>
                  <span>
                    <b>{what}</b> <small>{stage}</small> {detail && <span className="muted">{detail}</span>}
                  </span>
                </li>
              ))}
            </ol>
            {missing.map((line) => (
              <p key={line} className="warning">
                {line}
              </p>
            ))}
          </article>
        );
      }}
    </Loaded>
  );
}

function Spent({ spent }: { spent: NonNullable<MessageStory['spent']> }) {
  const parts = [
    { label: 'stream', ms: spent.streamMs },
    { label: 'queue', ms: spent.queueMs },
    { label: 'posts', ms: spent.postsMs },
  ];
  return (
    <figure className="split">
      <figcaption>
        <b>{formatValue(spent.totalMs, 'ms')}</b> from the write until every connection had answered
      </figcaption>
      <div>
        {parts.map(({ label, ms }, index) => (
          <span
            key={label}
            className="part"
            style={{
              flexGrow: Math.max(ms, 0) / Math.max(spent.totalMs, 1),
              background: `var(--series-${index + 2})`,
            }}
          >
            <span className="part-name">
              <b>{ms} ms</b> {label}
            </span>
          </span>
        ))}
      </div>
    </figure>
  );
}

function Latest() {
  const polled = usePoll<LatestMessage[]>('messages', 3_000);
  return (
    <>
      <h2>Latest messages</h2>
      <Loaded polled={polled}>
        {(messages) =>
          messages.length === 0 ? (
            <Empty title="Nothing was written yet" />
          ) : (
            <ul className="chips">
              {messages.map(({ room, seq, at }) => (
                <li key={`${room} ${seq}`}>
                  <a href={linkTo('story', room, seq)}>
                    {room} <b>{seq}</b> <time>{clock(at, true)}</time>
                  </a>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}
