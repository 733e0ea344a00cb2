import { Copy, Webhook as WebhookIcon } from 'lucide-react';
import { type FormEvent, useCallback, useEffect, useState } from 'react';
import type { Webhook } from '#client';
import { limits } from '#shared/contract/limits.ts';
import { momentOf } from '../composer/writing.ts';
import { Button } from '../kit/Button.tsx';
import { ConfirmDialog } from '../kit/ConfirmDialog.tsx';
import { EmptyState } from '../kit/EmptyState.tsx';
import { ErrorState } from '../kit/ErrorState.tsx';
import { TextField } from '../kit/fields.tsx';
import { reasonOf } from '../kit/reason.ts';
import { Spinner } from '../kit/Spinner.tsx';
import { toast } from '../kit/toast.tsx';
import { useChat } from '../state/chat.ts';

/** Addresses that each new message of the room is posted to. */
export function Webhooks({ room }: { room: string }) {
  const { api } = useChat().client;
  const [webhooks, setWebhooks] = useState<readonly Webhook[]>();
  const [error, setError] = useState<unknown>();
  const [removing, setRemoving] = useState<Webhook>();
  const [secret, setSecret] = useState<string>();

  const read = useCallback(async () => {
    setError(undefined);
    try {
      setWebhooks((await api.webhooks(room)).webhooks);
    } catch (failure) {
      setError(failure);
    }
  }, [api, room]);
  useEffect(() => void read(), [read]);

  const enable = async ({ id }: Webhook) => {
    try {
      const enabled = await api.enableWebhook(room, id);
      setWebhooks((before) => before?.map((one) => (one.id === id ? enabled : one)));
    } catch (failure) {
      toast(reasonOf(failure), { kind: 'bad' });
    }
  };

  if (error !== undefined) {
    return <ErrorState title="The webhooks could not be read" error={error} onRetry={() => void read()} />;
  }
  if (!webhooks) {
    return (
      <p className="panel-note" role="status">
        <Spinner /> Reading the list…
      </p>
    );
  }
  return (
    <>
      {webhooks.length === 0 && (
        <EmptyState
          icon={<WebhookIcon />}
          title="No webhooks"
          text="Each new message of this room can be posted to an address, signed with a secret."
        />
      )}
      {webhooks.length > 0 && (
        <ul className="settings-list">
          {webhooks.map((webhook) => (
            <li key={webhook.id}>
              <span className="member-text">
                <span className="webhook-url">{webhook.url}</span>
                <span className={webhook.disabledAt === undefined ? 'member-note' : 'member-note error'}>
                  {stateOf(webhook)}
                </span>
              </span>
              {webhook.disabledAt !== undefined && (
                <Button size="s" aria-label={`Enable ${webhook.url}`} onClick={() => void enable(webhook)}>
                  Enable
                </Button>
              )}
              <Button size="s" aria-label={`Remove ${webhook.url}`} onClick={() => setRemoving(webhook)}>
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
      {secret !== undefined && <Secret secret={secret} />}
      {webhooks.length < limits.webhooks ? (
        <AddWebhook
          room={room}
          onAdded={({ secret: given, ...webhook }) => {
            setWebhooks([...webhooks, webhook]);
            setSecret(given);
          }}
        />
      ) : (
        <p className="hint-text">A room has up to {limits.webhooks} webhooks.</p>
      )}
      {removing && (
        <ConfirmDialog
          open
          danger
          title="Remove this webhook?"
          text={<p>Messages are not posted to {removing.url} any more, and its secret is lost.</p>}
          action="Remove"
          onOpenChange={(open) => !open && setRemoving(undefined)}
          onConfirm={async () => {
            await api.removeWebhook(room, removing.id);
            setWebhooks(webhooks.filter(({ id }) => id !== removing.id));
          }}
        />
      )}
    </>
  );
}

function stateOf({ failures, disabledAt }: Webhook): string {
  if (disabledAt !== undefined) return `Disabled at ${momentOf(disabledAt)}, after ${failures} failures`;
  return failures > 0 ? `The last ${failures} posts failed` : 'Enabled';
}

function Secret({ secret }: { secret: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(secret).then(
      () => setCopied(true),
      () => toast('The browser did not allow it: select the secret, and copy it.', { kind: 'bad' }),
    );
  return (
    <div className="secret" role="status">
      <p>Its secret. Keep it now: it is not shown again.</p>
      <div>
        <code>{secret}</code>
        <Button size="s" icon={<Copy />} onClick={() => void copy()}>
          {copied ? 'Copied' : 'Copy'}
        </Button>
      </div>
    </div>
  );
}

interface AddWebhookProps {
  room: string;
  onAdded: (webhook: Webhook & { secret: string }) => void;
}

function AddWebhook({ room, onAdded }: AddWebhookProps) {
  const { api } = useChat().client;
  const [url, setUrl] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();

  const add = async (event: FormEvent) => {
    event.preventDefault();
    if (!/^https:\/\/./.test(url.trim())) return setFailure('The address must begin with https://.');
    setBusy(true);
    setFailure(undefined);
    try {
      onAdded(await api.addWebhook(room, url.trim()));
      setUrl('');
    } catch (error) {
      setFailure(reasonOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form className="add-webhook" onSubmit={(event) => void add(event)}>
      <TextField
        label="New webhook"
        inputMode="url"
        placeholder="https://example.com/hook"
        dir="ltr"
        value={url}
        error={failure}
        onChange={({ target }) => setUrl(target.value)}
      />
      <Button type="submit" busy={busy} disabled={url.trim() === ''}>
        Add
      </Button>
    </form>
  );
}
