import { Hash, Lock } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { ApiError } from '#client';
import { Button } from '../kit/Button.tsx';
import { EmptyState } from '../kit/EmptyState.tsx';
import { ErrorState } from '../kit/ErrorState.tsx';
import { reasonOf } from '../kit/reason.ts';
import { toast } from '../kit/toast.tsx';
import { useChat } from '../state/chat.ts';
import { BackToRooms } from './BackToRooms.tsx';
import type { OpenDialog } from './dialog-names.ts';
import { peopleCount } from './people-count.ts';

type RoomForOthers = Awaited<ReturnType<ReturnType<typeof useChat>['client']['api']['room']>>;

/** A room that one is not a member of: a public one may be joined, of any other nothing is told. */
export function Door({ id, onOpen }: { id: string; onOpen: OpenDialog }) {
  const { client, rooms } = useChat();
  const [info, setInfo] = useState<RoomForOthers>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);

  const read = useCallback(async () => {
    setError(undefined);
    try {
      const found = await client.api.room(id);
      // A member after all: the list did not know it yet.
      if ('role' in found) rooms.put(found);
      setInfo(found);
    } catch (failure) {
      setError(failure);
    }
  }, [client, rooms, id]);
  useEffect(() => void read(), [read]);

  const join = async () => {
    setBusy(true);
    try {
      await rooms.enter(id);
    } catch (failure) {
      toast(reasonOf(failure), { kind: 'bad' });
      setBusy(false);
    }
  };
  const browse = <Button onClick={() => onOpen('browse')}>Browse rooms</Button>;

  return (
    <div className="door">
      <div className="door-head">
        <BackToRooms />
      </div>
      {info && (
        <EmptyState
          icon={<Hash />}
          title={info.name}
          text={
            <>
              {info.description && <span dir="auto">{info.description}</span>}
              <small>
                {peopleCount(info.memberCount)}.{' '}
                {info.archivedAt
                  ? 'The room is archived.'
                  : info.mode === 'restricted'
                    ? 'You are not a member. Its moderators let people in.'
                    : 'You are not a member yet.'}
              </small>
            </>
          }
          action={
            <>
              {info.mode === 'open' && !info.archivedAt && (
                <Button variant="primary" busy={busy} onClick={() => void join()}>
                  Join the room
                </Button>
              )}
              {browse}
            </>
          }
        />
      )}
      {error !== undefined &&
        (isRefusal(error) ? (
          <EmptyState
            icon={<Lock />}
            title="You cannot see this room"
            text="It is private, or it does not exist. If somebody sent you its address, ask them to add you."
            action={browse}
          />
        ) : (
          <ErrorState title="This room could not be read" error={error} onRetry={() => void read()} />
        ))}
    </div>
  );
}

function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 403 || error.status === 404 || error.status === 400);
}
