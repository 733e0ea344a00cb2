import { useState } from 'react';
import { Button } from '../kit/Button.tsx';
import { Dialog } from '../kit/Dialog.tsx';
import { TextField } from '../kit/fields.tsx';
import { reasonOf } from '../kit/reason.ts';
import { SegmentedControl } from '../kit/SegmentedControl.tsx';

interface UntilDialogProps {
  title: string;
  text: string;
  /** The action's own verb: `Mute`. */
  action: string;
  /** How long it may be for; without `ms`, for ever. */
  choices: readonly { value: string; ms: number | undefined }[];
  onClose: () => void;
  /** Until when, in ms since the epoch. The dialog stays until it resolves, and shows why it rejected. */
  onConfirm: (until: number | undefined) => Promise<void>;
}

const other = 'Until…';

/** Asks until when something shall hold. */
export function UntilDialog({ title, text, action, choices, onClose, onConfirm }: UntilDialogProps) {
  const [choice, setChoice] = useState(choices[0]?.value ?? other);
  const [moment, setMoment] = useState(() => forField(Date.now() + 3_600_000));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const late = choice === other && !(new Date(moment).getTime() > Date.now());

  const confirm = async () => {
    if (late) return setFailure('Choose a time that is still to come.');
    const ms = choices.find(({ value }) => value === choice)?.ms;
    const until = choice === other ? new Date(moment).getTime() : ms && Date.now() + ms;
    setBusy(true);
    try {
      await onConfirm(until);
      onClose();
    } catch (error) {
      setFailure(reasonOf(error));
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      size="s"
      title={title}
      description={text}
      onOpenChange={(open) => !open && onClose()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="danger" busy={busy} onClick={() => void confirm()}>
            {action}
          </Button>
        </>
      }
    >
      <SegmentedControl
        label="For how long"
        value={choice}
        options={[...choices.map(({ value }) => value), other].map((value) => ({ value, label: value }))}
        onChange={setChoice}
      />
      {choice === other && (
        <TextField
          label="Until"
          type="datetime-local"
          min={forField(Date.now())}
          value={moment}
          onChange={({ target }) => setMoment(target.value)}
        />
      )}
      {failure && (
        <p className="form-error" role="alert">
          {failure}
        </p>
      )}
    </Dialog>
  );
}

/** As a field of date and time has it: by the clock of this place. */
function forField(at: number): string {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
