import { useEffect, useState } from 'react';
import { ApiError } from '#client';
import { reasonOf } from '../kit/reason.ts';
import { Switch } from '../kit/Switch.tsx';
import { disablePush, enablePush, type PushState, pushState } from '../notifications.ts';
import { useChat } from '../state/chat.ts';

/** Whether this browser calls one while the page is closed. */
export function NotificationSettings() {
  const { client } = useChat();
  const [state, setState] = useState<PushState>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();

  useEffect(() => {
    pushState().then(setState, (error: unknown) => setFailure(reasonOf(error)));
  }, []);

  const change = async (wanted: boolean) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await (wanted ? enablePush : disablePush)(client.api);
    } catch (error) {
      setFailure(isNotSetUp(error) ? 'This server sends no notifications.' : reasonOf(error));
    } finally {
      setState(await pushState());
      setBusy(false);
    }
  };

  return (
    <>
      <Switch
        label="Notify this device"
        hint={hints[state ?? 'off']}
        checked={state === 'on'}
        disabled={busy || state === undefined || state === 'unsupported' || state === 'denied'}
        onCheckedChange={(wanted) => void change(wanted)}
      />
      {failure && (
        <p className="form-error" role="alert">
          {failure}
        </p>
      )}
    </>
  );
}

const hints: Record<PushState, string> = {
  on: 'Of mentions and direct messages, while Fanfare is not open anywhere.',
  off: 'Of mentions and direct messages, while Fanfare is not open anywhere.',
  denied: 'Your browser keeps notifications of this page off. Allow them in its site settings first.',
  unsupported:
    'This browser has no push notifications. On an iPhone or iPad, put Fanfare on the home screen first.',
};

function isNotSetUp(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
