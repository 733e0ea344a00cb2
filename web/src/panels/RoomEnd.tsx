import { Archive, ArchiveRestore, LogOut } from 'lucide-react';
import { useState } from 'react';
import type { MyRoom } from '#client';
import { Button } from '../kit/Button.tsx';
import { ConfirmDialog } from '../kit/ConfirmDialog.tsx';
import { useChat } from '../state/chat.ts';
import { goToList } from '../state/route.ts';

type Question = 'archive' | 'restore' | 'leave';

/** Archiving a room, taking it up again, and leaving it. */
export function RoomEnd({ info, onDone }: { info: MyRoom; onDone: () => void }) {
  const { client, rooms } = useChat();
  const [question, setQuestion] = useState<Question>();
  const owner = info.role === 'owner';
  const archived = info.archivedAt !== undefined;
  const others = info.memberCount - 1;
  if (info.kind === 'direct') return null;

  const archive = async (wanted: boolean) =>
    rooms.put(await client.api.changeRoom(info.room, { archived: wanted }));
  const leave = async () => {
    await rooms.leave(info.room);
    onDone();
    goToList();
  };
  const ask = {
    open: true,
    onOpenChange: (open: boolean) => !open && setQuestion(undefined),
  };

  return (
    <section className="room-end" aria-label="Archive and leave">
      {(owner || archived) && (
        <div>
          <p>
            <b>{archived ? 'This room is archived' : 'Archive this room'}</b>
            <span className="hint-text">
              {archived
                ? `It can be read, and not written to.${owner ? '' : ' The owner can take it up again.'}`
                : 'It can be read then, and not written to. It is found no more.'}
            </span>
          </p>
          {owner && (
            <Button
              icon={archived ? <ArchiveRestore /> : <Archive />}
              onClick={() => setQuestion(archived ? 'restore' : 'archive')}
            >
              {archived ? 'Take up again' : 'Archive'}
            </Button>
          )}
        </div>
      )}
      <div>
        <p>
          <b>Leave this room</b>
          <span className="hint-text">
            {!owner
              ? 'It goes from your list, and nobody sends you its messages any more.'
              : others > 0
                ? 'You own it: first hand it over to somebody, in the list of members.'
                : 'You are the last one: the room is archived by it.'}
          </span>
        </p>
        <Button icon={<LogOut />} disabled={owner && others > 0} onClick={() => setQuestion('leave')}>
          Leave
        </Button>
      </div>
      {question === 'archive' && (
        <ConfirmDialog
          {...ask}
          danger
          title="Archive this room?"
          text={<p>Nobody can write to it any more. You can take it up again.</p>}
          action="Archive"
          onConfirm={() => archive(true)}
        />
      )}
      {question === 'restore' && (
        <ConfirmDialog
          {...ask}
          title="Take up this room again?"
          text={<p>Its members can write to it again.</p>}
          action="Take up again"
          onConfirm={() => archive(false)}
        />
      )}
      {question === 'leave' && (
        <ConfirmDialog
          {...ask}
          danger
          title="Leave this room?"
          text={
            <p>
              {info.visibility === 'public' && info.mode === 'open'
                ? 'You can join it again.'
                : 'To come back, somebody has to add you.'}
            </p>
          }
          action="Leave"
          onConfirm={leave}
        />
      )}
    </section>
  );
}
