import type { UserManager } from 'oidc-client-ts';
import type { FanfareClient } from '#client';
import type { Config } from './config.ts';
import { Tooltips } from './kit/Tooltip.tsx';
import { Toaster } from './kit/toast.tsx';
import { disablePush } from './notifications.ts';
import { Frame } from './shell/Frame.tsx';
import { Notice } from './shell/Notice.tsx';
import { ChatContext, type Me } from './state/chat.ts';
import { useSessionChat } from './state/use-session-chat.ts';

interface ChatProps {
  me: Me;
  config: Config;
  manager: UserManager;
  onSignIn: () => void;
  onSignOut: () => void;
}

/** Everything that a signed-in person sees. */
export function Chat({ me, config, manager, onSignIn, onSignOut }: ChatProps) {
  const { chat, ended } = useSessionChat(me, config, manager);
  if (ended) {
    const text = 'It could not be renewed. Sign in again to go on where you were.';
    return <Notice title="Your session has ended" text={text} action={{ label: 'Sign in', run: onSignIn }} />;
  }
  if (!chat) return <div className="splash" role="status" aria-label="Loading" />;
  return (
    <ChatContext value={chat}>
      <Tooltips delayDuration={500}>
        <Frame onSignOut={() => void quietly(chat.client).then(onSignOut)} />
        <Toaster />
      </Tooltips>
    </ChatContext>
  );
}

/** Who signs in next at this browser is somebody else, and none of their business is told to them. */
async function quietly({ api }: FanfareClient): Promise<void> {
  try {
    await disablePush(api);
  } catch (error) {
    // One is to get out also without a network. The server drops the subscription when it no longer answers.
    console.warn('Notifications could not be ended', error);
  }
}
