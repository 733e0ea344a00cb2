import { useEffect, useState } from 'react';
import type { Status } from '#client';

/** Says what is wrong with the connection, and nothing while it is well. */
export function ConnectionBanner({ status }: { status: Status }) {
  const seconds = useSecondsUntil(status.state === 'offline' ? status.retryAt : undefined);
  const shown = useLasting(status.state !== 'online', 600);
  return (
    <div className="banner" role="status" data-state={status.state} hidden={!shown}>
      {status.state === 'connecting' && 'Connecting…'}
      {status.state === 'offline' && (
        <>
          You are offline. <span aria-hidden="true">{retrying(seconds)}</span> What you write now is sent once
          you are back.
        </>
      )}
    </div>
  );
}

function retrying(seconds: number): string {
  return seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again…';
}

/** True once `on` has lasted: what passes within a moment is not worth a flicker. */
function useLasting(on: boolean, forMs: number): boolean {
  const [lasted, setLasted] = useState(false);
  useEffect(() => {
    if (!on) return setLasted(false);
    const timer = setTimeout(() => setLasted(true), forMs);
    return () => clearTimeout(timer);
  }, [on, forMs]);
  return on && lasted;
}

function useSecondsUntil(time: number | undefined): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (time === undefined) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [time]);
  return Math.max(0, Math.ceil(((time ?? now) - now) / 1000));
}
