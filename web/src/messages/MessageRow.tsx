import { memo } from 'react';
import { Avatar } from '../kit/Avatar.tsx';
import { reasonOf } from '../kit/reason.ts';
import { Tooltip } from '../kit/Tooltip.tsx';
import { useName } from '../state/names.ts';
import { Attachments } from './Attachments.tsx';
import { useMessageList } from './list-context.ts';
import { MessageEditor } from './MessageEditor.tsx';
import { Quote } from './Quote.tsx';
import { Reactions } from './Reactions.tsx';
import { ReadMarks } from './ReadMarks.tsx';
import { RichText } from './RichText.tsx';
import { isSent, type Row, type Shown } from './rows.ts';
import { Toolbar } from './Toolbar.tsx';
import { dateOf, exactTimeOf, timeOf } from './times.ts';

interface MessageRowProps {
  row: Row;
  /** Its place among those that are loaded, from 1, and how many there are; -1 where there are more. */
  place: number;
  of: number;
  /** The Tab key stops here. */
  stop: boolean;
  /** Its buttons are in sight. */
  tools: boolean;
  picking: boolean;
  editing: boolean;
  /** It was just jumped to. */
  marked: boolean;
  /** User ids, separated by spaces, of those who have read up to here. */
  readers: string | undefined;
  onMenu: (open: boolean) => void;
}

/** One message, and what stands above it. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { row, place, of, stop, tools, picking, editing, marked, readers, onMenu } = props;
  const { message, key } = row;
  const { me } = useMessageList();
  const name = useName(message.sender) ?? message.senderName;
  const sent = isSent(message) ? message : undefined;
  const own = sent?.mentions?.includes(me.id) ?? false;
  return (
    <>
      {row.day && (
        <div className="day">
          <span>{dateOf(message.at)}</span>
        </div>
      )}
      {row.unread && (
        <div className="new-mark">
          <span>New messages</span>
        </div>
      )}
      <article
        className="message"
        data-first={row.first || undefined}
        data-state={sent ? undefined : 'state' in message ? message.state : undefined}
        data-marked={marked || undefined}
        data-mentions={own || undefined}
        data-tools={tools || undefined}
        data-seq={sent?.seq}
        tabIndex={stop ? 0 : -1}
        aria-posinset={place}
        aria-setsize={of}
        aria-label={`${name}, ${timeOf(message.at)}`}
        aria-describedby={`m-${key}`}
      >
        {row.first ? (
          <>
            <Avatar id={message.sender} name={name} />
            <header>
              <bdi className="sender">{name}</bdi>
              {message.sender === me.id && <span className="you">you</span>}
              <Time at={message.at} />
            </header>
          </>
        ) : (
          <Time at={message.at} />
        )}
        <div className="content">
          {message.replyTo !== undefined && sent?.deletedAt === undefined && <Quote seq={message.replyTo} />}
          <div id={`m-${key}`} className="rich">
            {sent && editing ? <MessageEditor message={sent} /> : <Body message={message} />}
          </div>
          {message.attachments && message.attachments.length > 0 && (
            <Attachments files={message.attachments} seq={sent?.seq} />
          )}
          {sent && <Reactions message={sent} rowKey={key} />}
          <Delivery message={message} />
        </div>
        {readers !== undefined && <ReadMarks ids={readers} />}
        {tools && sent && !editing && (
          <Toolbar message={sent} rowKey={key} picking={picking} onMenu={onMenu} />
        )}
      </article>
    </>
  );
});

function Body({ message }: { message: Shown }) {
  if (!isSent(message)) return <RichText text={message.text} />;
  if (message.deletedAt !== undefined) {
    const by = message.deletedBy !== undefined && message.deletedBy !== message.sender;
    return (
      <p className="tombstone">{by ? 'A moderator deleted this message.' : 'This message was deleted.'}</p>
    );
  }
  if (message.editedAt === undefined) return <RichText text={message.text} />;
  return <RichText text={message.text} end={<Edited at={message.editedAt} />} />;
}

function Edited({ at }: { at: number }) {
  return (
    <Tooltip text={`Edited ${exactTimeOf(at)}`} side="top">
      <span className="edited">(edited)</span>
    </Tooltip>
  );
}

function Time({ at }: { at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTimeOf(at)}>
      {timeOf(at)}
    </time>
  );
}

/** What has become of one's own message until the room has it. */
function Delivery({ message }: { message: Shown }) {
  const { room } = useMessageList();
  if (isSent(message)) return null;
  if (message.state === 'sending') return <span className="progress">Sending…</span>;
  if (message.state !== 'failed') return null;
  return (
    <div className="failure" role="alert">
      <span>Not sent. {reasonOf(message.error)}</span>
      <button type="button" onClick={() => void room.retry(message.id).catch(() => undefined)}>
        Try again
      </button>
      <button type="button" onClick={() => room.discard(message.id)}>
        Discard
      </button>
    </div>
  );
}
