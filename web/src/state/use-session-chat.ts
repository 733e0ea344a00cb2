import type { UserManager } from 'oidc-client-ts';
import { useEffect, useMemo, useState } from 'react';
import { FanfareClient } from '#client';
import type { Config } from '../config.ts';
import { accessToken, SessionEndedError } from '../session.ts';
import type { Chat, Me } from './chat.ts';
import { NamesStore } from './names.ts';
import { RoomsStore } from './rooms.ts';

/**
 * The chat of a signed-in person, for as long as the component is shown; `ended` once it can get no more tokens. The
 * name is the token's at first, then what the profile says.
 */
export function useSessionChat(
  signedIn: Me,
  config: Config,
  manager: UserManager,
): { chat: Chat | undefined; ended: boolean } {
  const [stores, setStores] = useState<Pick<Chat, 'client' | 'rooms' | 'names'>>();
  const [ended, setEnded] = useState(false);
  const [name, setName] = useState(signedIn.name);
  const { id } = signedIn;

  useEffect(() => {
    const client = new FanfareClient({
      url: config.webSocketUrl,
      apiUrl: `${location.origin}/api`,
      token: () => accessToken(manager),
    });
    client.on('error', (error) => {
      if (!(error instanceof SessionEndedError)) return;
      client.close();
      setEnded(true);
    });
    const names = new NamesStore(client.api);
    const rooms = new RoomsStore(client, id, names);
    setStores({ client, rooms, names });
    let shown = true;
    client.api.me().then(
      (me) => shown && setName(me.name),
      (error: unknown) => console.warn('The profile could not be read', error),
    );
    return () => {
      shown = false;
      rooms.close();
      client.close();
    };
  }, [config, manager, id]);

  const chat = useMemo(() => {
    if (!stores) return undefined;
    stores.names.learn(id, name);
    const rename = async (wanted: string) => setName((await stores.client.api.rename(wanted)).name);
    return { ...stores, me: { id, name }, rename };
  }, [stores, id, name]);
  return { chat, ended };
}
