import { ArrowDown, ArrowUp, X } from 'lucide-react';
import {
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { Message, Room } from '#client';
import { Composer } from '../composer/Composer.tsx';
import { IconButton } from '../kit/IconButton.tsx';
import { reasonOf } from '../kit/reason.ts';
import { toast } from '../kit/toast.tsx';
import { Announcer } from '../messages/Announcer.tsx';
import { ListEnd, ListStart, Skeleton } from '../messages/ListEnds.tsx';
import { MessageListContext } from '../messages/list-context.ts';
import { MessageList, type Sight, type Target } from '../messages/MessageList.tsx';
import { Quotes } from '../messages/quotes.ts';
import { rowsOf } from '../messages/rows.ts';
import { TypingLine } from '../messages/TypingLine.tsx';
import { Timeline } from '../messages/timeline.ts';
import { useChat } from '../state/chat.ts';
import type { ListedRoom } from '../state/listed-room.ts';
import { replaceRoute } from '../state/route.ts';
import { useRoom } from '../use-client.ts';
import { useMessageCommands } from './use-message-commands.ts';
import { useReaders } from './use-readers.ts';
import { isLookedAt, useUnread } from './use-unread.ts';

const DeleteDialog = lazy(() => import('../messages/DeleteDialog.tsx'));

interface RoomViewProps {
  room: Room;
  info: ListedRoom | undefined;
  /** A message to go to. */
  seq: number | undefined;
}

/** A room's messages, and where one writes. */
export function RoomView(props: RoomViewProps) {
  const stores = useStores(props.room);
  return stores ? <OpenRoom {...props} {...stores} /> : null;
}

function OpenRoom({ room, info, seq, timeline, quotes }: RoomViewProps & Stores) {
  const { me, names } = useChat();
  const { messages: newest, pending, state, receipts, typists } = useRoom(room);
  const loaded = state !== 'loading';
  const view = useSyncExternalStore(timeline.subscribe, () => timeline.view);
  const { unread, clear } = useUnread(room, me.id, loaded);
  const [target, setTarget] = useState<Target>();
  const [jumping, setJumping] = useState(false);
  const [sight, setSight] = useState<Sight>();
  const [seenSeq, setSeenSeq] = useState(0);
  /** The mark whose place was seen, or whose bar was dismissed. */
  const [barDone, setBarDone] = useState<number>();
  const place = useRef<HTMLDivElement>(null);

  const rows = useMemo(
    () =>
      rowsOf({ messages: view.messages, pending: view.live ? pending : [], me, unreadAfter: unread.after }),
    [view.messages, view.live, pending, me, unread.after],
  );
  const readers = useReaders(room, info?.memberCount, view.messages, receipts);

  useEffect(() => {
    for (let i = view.messages.length - 1; i >= 0; i--) {
      const message = view.messages[i];
      if (message) names.heard(message.sender, message.senderName);
    }
  }, [names, view.messages]);

  const jumpTo = useCallback(
    async (wanted: number) => {
      setJumping(true);
      try {
        const found = await timeline.goTo(wanted);
        if (found !== undefined) setTarget({ to: found });
      } catch (error) {
        toast(`That message could not be shown. ${reasonOf(error)}`, { kind: 'bad' });
      } finally {
        setJumping(false);
      }
    },
    [timeline],
  );
  const toPresent = useCallback(() => {
    timeline.toPresent();
    setTarget({ to: 'end' });
    if (location.hash.split('/').length > 3) replaceRoute(room.id);
  }, [timeline, room]);
  const toComposer = useCallback(
    () => place.current?.querySelector<HTMLElement>('.composer textarea')?.focus(),
    [],
  );

  const commands = useMessageCommands({ room, info, quotes, jumpTo, toComposer });

  useEffect(() => {
    if (loaded && seq !== undefined) void jumpTo(seq);
  }, [loaded, seq, jumpTo]);

  // What one sends is seen, wherever one was.
  const lastPending = pending.at(-1)?.id;
  const sentBefore = useRef(lastPending);
  useEffect(() => {
    if (lastPending === undefined || lastPending === sentBefore.current) return;
    sentBefore.current = lastPending;
    clear();
    toPresent();
  }, [lastPending, clear, toPresent]);

  const onSight = useCallback(
    (now: Sight) =>
      setSight((before) =>
        before?.first === now.first &&
        before.last === now.last &&
        before.atEnd === now.atEnd &&
        before.far === now.far
          ? before
          : now,
      ),
    [],
  );
  useMarksRead(room, sight, rows);
  const lastSeq = newest.at(-1)?.seq ?? 0;
  const following = view.live && (sight?.atEnd ?? true);
  if (following && lastSeq > seenSeq) setSeenSeq(lastSeq);
  const news = following ? 0 : countNews(newest, seenSeq, me.id);

  const markIndex = useMemo(() => rows.findIndex((row) => row.unread), [rows]);
  const markSeen = sight !== undefined && markIndex >= sight.first && markIndex <= sight.last;
  if (markSeen && barDone !== unread.after) setBarDone(unread.after);
  const showsBar = unread.after !== undefined && barDone !== unread.after && sight !== undefined;

  const editLast = () => {
    const last = newest.findLast((message) => message.sender === me.id && message.deletedAt === undefined);
    if (last && commands.list.may.write) {
      timeline.toPresent();
      commands.list.edit(last);
    }
  };

  return (
    <MessageListContext value={commands.list}>
      <div className="room-view" ref={place}>
        <div className="messages">
          {loaded ? (
            <MessageList
              rows={rows}
              view={view}
              readers={readers}
              target={target}
              jumping={jumping}
              editing={commands.editing}
              picking={commands.picking}
              start={<ListStart view={view} info={info} onRetry={() => void timeline.loadOlder()} />}
              end={<ListEnd view={view} onRetry={() => void timeline.loadNewer()} />}
              onSight={onSight}
              onMore={(end) => void (end === 'older' ? timeline.loadOlder() : timeline.loadNewer())}
              onJumpToEnds={(end) => (end === 'oldest' ? void jumpTo(1) : toPresent())}
              onLeave={toComposer}
            />
          ) : (
            <Skeleton />
          )}
          {showsBar && (
            <div className="unread-bar">
              <button type="button" onClick={() => void jumpTo((unread.after ?? 0) + 1)}>
                <ArrowUp aria-hidden="true" />
                {unread.count === 1 ? '1 new message' : `${unread.count.toLocaleString()} new messages`}
                <span className="unread-jump">Jump to the first</span>
              </button>
              <IconButton size="s" label="Dismiss" icon={<X />} onClick={() => setBarDone(unread.after)} />
            </div>
          )}
          <PresentPill news={news} live={view.live} far={sight?.far ?? false} onClick={toPresent} />
        </div>
        <Announcer room={room} meId={me.id} />
        <TypingLine typists={typists} />
        {info && (
          <Composer
            room={room}
            info={info}
            replyTo={commands.replyTo}
            onReplyDone={commands.endReply}
            onEditLast={editLast}
          />
        )}
      </div>
      {commands.deleting && (
        <Suspense fallback={null}>
          <DeleteDialog message={commands.deleting} onClose={commands.endDelete} />
        </Suspense>
      )}
    </MessageListContext>
  );
}

interface Stores {
  timeline: Timeline;
  quotes: Quotes;
}

/** What belongs to a room that is looked at, for as long as it is. */
function useStores(room: Room): Stores | undefined {
  const { client } = useChat();
  const [stores, setStores] = useState<Stores>();
  // Before anything is painted.
  useLayoutEffect(() => {
    const timeline = new Timeline(room, client.api);
    const quotes = new Quotes(room, client.api);
    setStores({ timeline, quotes });
    return () => {
      timeline.close();
      quotes.close();
    };
  }, [room, client]);
  return stores;
}

interface PillProps {
  news: number;
  live: boolean;
  far: boolean;
  onClick: () => void;
}

/** The way back to the newest messages, from wherever one is. */
function PresentPill({ news, live, far, onClick }: PillProps) {
  if (news === 0 && live && !far) return null;
  const label = news === 0 ? 'Jump to present' : news === 1 ? '1 new message' : `${news} new messages`;
  return (
    <button type="button" className={news > 0 ? 'pill new' : 'pill'} onClick={onClick}>
      {label} <ArrowDown aria-hidden="true" />
    </button>
  );
}

/** What is in sight of somebody who looks at this page is read. */
function useMarksRead(room: Room, sight: Sight | undefined, rows: readonly { message: object }[]): void {
  const latest = useRef({ sight, rows });
  latest.current = { sight, rows };
  const mark = useCallback(() => {
    const { sight, rows } = latest.current;
    if (!sight || !isLookedAt()) return;
    for (let i = Math.min(sight.last, rows.length - 1); i >= sight.first; i--) {
      const message = rows[i]?.message;
      if (!message || !('version' in message) || !('seq' in message) || typeof message.seq !== 'number')
        continue;
      room.markRead(message.seq);
      return;
    }
  }, [room]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever is in sight now
  useEffect(mark, [mark, sight, rows]);
  useEffect(() => {
    addEventListener('focus', mark);
    document.addEventListener('visibilitychange', mark);
    return () => {
      removeEventListener('focus', mark);
      document.removeEventListener('visibilitychange', mark);
    };
  }, [mark]);
}

function countNews(messages: readonly Message[], seenSeq: number, meId: string): number {
  let count = 0;
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i];
    if (!message || message.seq <= seenSeq) break;
    if (message.sender !== meId) count++;
  }
  return count;
}
