import { type InputHTMLAttributes, type ReactNode, useId } from 'react';

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  readonly hint?: string | undefined;
  /** Announced at once, and tied to the input. */
  readonly error?: string | undefined;
  /** Stands beside the input. */
  readonly action?: ReactNode;
}

/** A labelled input with its hint and its error. */
export function Field({ label, hint, error, action, ...input }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-row">
        <input
          id={id}
          aria-describedby={described === '' ? undefined : described}
          aria-invalid={error ? true : undefined}
          {...input}
        />
        {action}
      </div>
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <div role="alert">
        {error && (
          <p className="error" id={`${id}-error`}>
            {error}
          </p>
        )}
      </div>
    </div>
  );
}
