import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import type { FanfareClient, FanfareError, Room, Status } from '#client';
import { useChat } from './state/chat.ts';

export function useStatus(client: FanfareClient): Status {
  const subscribe = useCallback((changed: () => void) => client.on('status', changed), [client]);
  return useSyncExternalStore(subscribe, () => client.status);
}

/** A room's live handle, and why it may not be read; `again` tries anew after that. */
export function useJoined(id: string): {
  room: Room | undefined;
  error: FanfareError | undefined;
  again(): void;
} {
  const { client, rooms } = useChat();
  const [room, setRoom] = useState<Room>();
  const [error, setError] = useState<FanfareError>();
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try joins anew
  useEffect(() => {
    if (client.status.state === 'closed') return;
    setError(undefined);
    const joined = rooms.join(id);
    setRoom(joined);
    return joined.on('error', setError);
  }, [client, rooms, id, tries]);
  return { room: room?.id === id ? room : undefined, error, again: () => setTries(tries + 1) };
}

/** What a room shows now. */
export function useRoom(room: Room) {
  const subscribe = useCallback((changed: () => void) => room.on('change', changed), [room]);
  return {
    messages: useSyncExternalStore(subscribe, () => room.messages),
    pending: useSyncExternalStore(subscribe, () => room.pending),
    state: useSyncExternalStore(subscribe, () => room.state),
    readSeq: useSyncExternalStore(subscribe, () => room.readSeq),
    receipts: useSyncExternalStore(subscribe, () => room.receipts),
    online: useSyncExternalStore(subscribe, () => room.online),
    typists: useSyncExternalStore(subscribe, () => room.typists),
  };
}
