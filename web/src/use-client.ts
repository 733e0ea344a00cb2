import type { UserManager } from 'oidc-client-ts';
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { FanfareClient, type FanfareError, type Room, type Status } from '#client';
import { accessToken, SessionEndedError } from './session.ts';

/** A client for as long as the component is shown; `ended` once it can get no more tokens. */
export function useClient(url: string, manager: UserManager): { client?: FanfareClient; ended: boolean } {
  const [client, setClient] = useState<FanfareClient>();
  const [ended, setEnded] = useState(false);
  useEffect(() => {
    const opened = new FanfareClient({ url, token: () => accessToken(manager) });
    opened.on('error', (error) => {
      if (!(error instanceof SessionEndedError)) return;
      opened.close();
      setEnded(true);
    });
    setClient(opened);
    return () => opened.close();
  }, [url, manager]);
  return { ...(client && { client }), ended };
}

export function useStatus(client: FanfareClient | undefined): Status {
  const subscribe = useCallback((changed: () => void) => client?.on('status', changed) ?? noop, [client]);
  return useSyncExternalStore(subscribe, () => client?.status ?? connecting);
}

/** A room's handle, left when the component goes; `again` joins anew after an error. */
export function useJoined(client: FanfareClient | undefined, id: string) {
  const [room, setRoom] = useState<Room>();
  const [error, setError] = useState<FanfareError>();
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try joins anew
  useEffect(() => {
    if (!client || client.status.state === 'closed') return;
    setError(undefined);
    const joined = client.join(id);
    joined.on('error', setError);
    setRoom(joined);
    return () => joined.leave();
  }, [client, id, tries]);
  return { room, error, again: () => setTries(tries + 1) };
}

/** What a room shows now. */
export function useRoom(room: Room) {
  const subscribe = useCallback((changed: () => void) => room.on('change', changed), [room]);
  return {
    messages: useSyncExternalStore(subscribe, () => room.messages),
    pending: useSyncExternalStore(subscribe, () => room.pending),
    state: useSyncExternalStore(subscribe, () => room.state),
  };
}

const connecting: Status = { state: 'connecting' };
const noop = () => undefined;
