import { Ban as BanIcon } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import type { Ban } from '#client';
import { momentOf } from '../composer/writing.ts';
import { Avatar } from '../kit/Avatar.tsx';
import { Button } from '../kit/Button.tsx';
import { EmptyState } from '../kit/EmptyState.tsx';
import { ErrorState } from '../kit/ErrorState.tsx';
import { reasonOf } from '../kit/reason.ts';
import { Spinner } from '../kit/Spinner.tsx';
import { toast } from '../kit/toast.tsx';
import { useChat } from '../state/chat.ts';
import { useName } from '../state/names.ts';

/** Who may not come back, and until when. */
export function Bans({ room }: { room: string }) {
  const { api } = useChat().client;
  const [bans, setBans] = useState<readonly Ban[]>([]);
  const [next, setNext] = useState<string>();
  const [state, setState] = useState<{ busy: boolean; error?: unknown }>({ busy: true });

  const read = useCallback(
    async (cursor?: string) => {
      setState({ busy: true });
      try {
        const page = await api.bans(room, cursor);
        setBans((before) => (cursor === undefined ? page.bans : [...before, ...page.bans]));
        setNext(page.next);
        setState({ busy: false });
      } catch (error) {
        setState({ busy: false, error });
      }
    },
    [api, room],
  );
  useEffect(() => void read(), [read]);

  const lift = async ({ userId, name }: Ban) => {
    try {
      await api.unban(room, userId);
      setBans((before) => before.filter((ban) => ban.userId !== userId));
      toast(`${name} may come back.`);
    } catch (error) {
      toast(reasonOf(error), { kind: 'bad' });
    }
  };

  if (state.error !== undefined) {
    return <ErrorState title="The bans could not be read" error={state.error} onRetry={() => void read()} />;
  }
  if (bans.length === 0) {
    return state.busy ? (
      <p className="panel-note" role="status">
        <Spinner /> Reading the list…
      </p>
    ) : (
      <EmptyState
        icon={<BanIcon />}
        title="Nobody is banned"
        text="Who is banned from this room shows here."
      />
    );
  }
  return (
    <>
      <ul className="settings-list">
        {bans.map((ban) => (
          <BanRow key={ban.userId} ban={ban} onLift={() => lift(ban)} />
        ))}
      </ul>
      {next !== undefined && (
        <p className="panel-note">
          <Button size="s" busy={state.busy} onClick={() => void read(next)}>
            Show more
          </Button>
        </p>
      )}
    </>
  );
}

function BanRow({ ban: { userId, name, by, until }, onLift }: { ban: Ban; onLift: () => Promise<void> }) {
  const banner = useName(by);
  const [busy, setBusy] = useState(false);
  return (
    <li>
      <Avatar id={userId} name={name} />
      <span className="member-text">
        <bdi>{name}</bdi>
        <span className="member-note">
          {until === undefined ? 'for ever' : `until ${momentOf(until)}`}
          {banner && (
            <>
              , by <bdi>{banner}</bdi>
            </>
          )}
        </span>
      </span>
      <Button
        size="s"
        busy={busy}
        aria-label={`Lift the ban of ${name}`}
        onClick={async () => {
          setBusy(true);
          await onLift();
          setBusy(false);
        }}
      >
        Lift
      </Button>
    </li>
  );
}
