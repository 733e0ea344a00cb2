import { memo } from 'react';
import type { Room } from '#client';
import { linkify } from './linkify.ts';
import { exactTimeOf } from './times.ts';
import type { Line } from './transcript.ts';

/** One message. Its text reaches the page as text nodes alone. */
export const MessageLine = memo(function MessageLine({ line, room }: { line: Line; room: Room }) {
  return (
    <div className={`line ${line.state}`} title={exactTimeOf(line.at)}>
      {line.deletedAt !== undefined && <p className="deleted">This message was deleted.</p>}
      <p dir="auto">
        {linkify(line.text).map((piece, i) =>
          typeof piece === 'string' ? (
            piece
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text never move
            <a key={i} href={piece.href} target="_blank" rel="noreferrer noopener nofollow">
              {piece.href}
            </a>
          ),
        )}
        {line.editedAt !== undefined && <small className="edited"> (edited)</small>}
      </p>
      {line.reactions.length > 0 && <Reactions line={line} room={room} />}
      {line.state === 'sending' && <span className="progress">Sending…</span>}
      {line.state === 'failed' && (
        <div className="failure" role="alert">
          <span>Not sent: {reasonOf(line)}</span>
          <button type="button" onClick={() => void room.retry(line.id).catch(() => undefined)}>
            Retry
          </button>
          <button type="button" onClick={() => room.discard(line.id)}>
            Discard
          </button>
        </div>
      )}
    </div>
  );
}, sameLine);

/** Who sees a reaction joins in, or takes theirs back, by a click on it. */
function Reactions({ line: { seq, reactions }, room }: { line: Line; room: Room }) {
  return (
    <ul className="reactions" aria-label="Reactions">
      {reactions.map(({ emoji, count, mine }) => (
        <li key={emoji}>
          <button
            type="button"
            aria-pressed={mine}
            aria-label={`${emoji} ${count}`}
            onClick={() => seq !== undefined && void room.react(seq, emoji, !mine).catch(() => undefined)}
          >
            {emoji} {count}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** A transcript is made of new objects each time. */
function sameLine(a: { line: Line; room: Room }, b: { line: Line; room: Room }): boolean {
  return (
    a.room === b.room &&
    a.line.state === b.line.state &&
    a.line.text === b.line.text &&
    a.line.at === b.line.at &&
    a.line.version === b.line.version
  );
}

function reasonOf({ error }: Line): string {
  if (error?.code === 'muted') return 'you are muted here for now.';
  if (error?.code === 'not_member') return 'you are not a member of this room.';
  return error?.message ?? 'something went wrong.';
}
