import { type InputHTMLAttributes, type ReactNode, type TextareaHTMLAttributes, useId } from 'react';

interface Labelled {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  /** The label is for screen readers alone. */
  hideLabel?: boolean;
}

type TextFieldProps = Labelled & InputHTMLAttributes<HTMLInputElement> & { icon?: ReactNode };

export function TextField({ label, hint, error, hideLabel, icon, ...rest }: TextFieldProps) {
  const id = useId();
  return (
    <Field id={id} {...{ label, hint, error, hideLabel }}>
      <div className={icon ? 'input with-icon' : 'input'} data-invalid={error !== undefined}>
        {icon}
        <input type="text" dir="auto" autoComplete="off" {...rest} {...aria(id, hint, error)} />
      </div>
    </Field>
  );
}

export function TextArea({
  label,
  hint,
  error,
  hideLabel,
  ...rest
}: Labelled & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  return (
    <Field id={id} {...{ label, hint, error, hideLabel }}>
      <div className="input" data-invalid={error !== undefined}>
        <textarea dir="auto" rows={3} {...rest} {...aria(id, hint, error)} />
      </div>
    </Field>
  );
}

function aria(id: string, hint: ReactNode, error: string | undefined) {
  const described = error !== undefined || hint !== undefined;
  return {
    id,
    'aria-invalid': error !== undefined,
    ...(described && { 'aria-describedby': `${id}-note` }),
  };
}

interface FieldProps extends Labelled {
  id: string;
  children: ReactNode;
}

function Field({ id, label, hint, error, hideLabel, children }: FieldProps) {
  return (
    <div className="field-row">
      <label htmlFor={id} className={hideLabel ? 'unseen' : ''}>
        {label}
      </label>
      {children}
      {(error !== undefined || hint !== undefined) && (
        <p
          id={`${id}-note`}
          className={error !== undefined ? 'hint-text error' : 'hint-text'}
          role={error !== undefined ? 'alert' : undefined}
        >
          {error ?? hint}
        </p>
      )}
    </div>
  );
}
