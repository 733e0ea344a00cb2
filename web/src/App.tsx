import type { UserManager } from 'oidc-client-ts';
import { useEffect } from 'react';
import { useAuth } from 'react-oidc-context';
import { Chat } from './Chat.tsx';
import type { Config } from './config.ts';
import { cleanAddress, displayName, signOut } from './session.ts';
import { Notice } from './shell/Notice.tsx';

/** Who is here, and so what is shown: the chat, or the way in. */
export function App({ config, manager }: { config: Config; manager: UserManager }) {
  const auth = useAuth();
  const failed = auth.error?.source === 'signinCallback' || auth.error?.source === 'signinRedirect';
  // Where one wanted to go is gone to once one has signed in.
  const signIn = { label: 'Sign in', run: () => void auth.signinRedirect({ state: location.hash }) };

  useEffect(() => {
    if (failed) cleanAddress(undefined);
  }, [failed]);

  // An expired session stays in the chat: the client renews it, or the chat asks to sign in again.
  if (auth.user) {
    return (
      <Chat
        key={auth.user.profile.sub}
        me={{ id: auth.user.profile.sub, name: displayName(auth.user) }}
        config={config}
        manager={manager}
        onSignIn={signIn.run}
        onSignOut={() => void signOut(manager, config)}
      />
    );
  }
  if (auth.isLoading) return <div className="splash" role="status" aria-label="Loading" />;
  if (failed) {
    return (
      <Notice
        title="Signing in failed"
        text={`You are not signed in. The reason given: ${auth.error?.message}`}
        action={{ ...signIn, label: 'Try again' }}
      />
    );
  }
  return <Notice title="Fanfare" text="Say it once, and everybody hears it." action={signIn} />;
}
