import { type ReactNode, useId } from 'react';

interface SegmentedControlProps<Value extends string> {
  label: string;
  hideLabel?: boolean;
  value: Value;
  options: readonly { value: Value; label: string; icon?: ReactNode; hint?: string }[];
  disabled?: boolean;
  onChange: (value: Value) => void;
}

/** One of a few, all of them in sight. Arrow keys move between them, as in every group of radio buttons. */
export function SegmentedControl<Value extends string>({
  label,
  hideLabel,
  value,
  options,
  disabled,
  onChange,
}: SegmentedControlProps<Value>) {
  const name = useId();
  const hint = options.find((option) => option.value === value)?.hint;
  return (
    <fieldset className="segmented" disabled={disabled}>
      <legend className={hideLabel ? 'unseen' : ''}>{label}</legend>
      <div className="segments">
        {options.map((option) => (
          <label key={option.value} className="segment">
            <input
              type="radio"
              name={name}
              className="unseen"
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            {option.icon}
            <span>{option.label}</span>
          </label>
        ))}
      </div>
      {hint && <p className="hint-text">{hint}</p>}
    </fieldset>
  );
}
