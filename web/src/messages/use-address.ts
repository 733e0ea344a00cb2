import { useCallback, useEffect, useRef, useState } from 'react';
import { useChat } from '../state/chat.ts';
import { addressOf } from './downloads.ts';
import { useMessageList } from './list-context.ts';

/**
 * Where an image is, once it is known. An address that does not work (`broken`) is asked for anew once, since it may
 * have ended; then the image has `failed`, until `load` tries again.
 */
export function useAddress(id: string, seq: number | undefined) {
  const { client } = useChat();
  const { room } = useMessageList();
  const [url, setUrl] = useState<string>();
  const [failed, setFailed] = useState(false);
  const tries = useRef(0);
  const roomId = room.id;

  const ask = useCallback(
    async (anew: boolean) => {
      if (seq === undefined) return;
      setFailed(false);
      try {
        setUrl(await addressOf(client.api, { room: roomId, seq, id }, anew));
      } catch {
        // Whatever the reason, the image says that it is not there, and offers another try.
        setFailed(true);
      }
    },
    [client, roomId, seq, id],
  );
  useEffect(() => void ask(false), [ask]);

  const broken = () => {
    setUrl(undefined);
    if (tries.current++ > 0) setFailed(true);
    else void ask(true);
  };
  const load = () => {
    tries.current = 0;
    void ask(true);
  };
  return { url, failed, load, broken };
}
