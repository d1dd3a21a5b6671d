import { type ComponentProps, type ReactNode, useId } from 'react';
import { classNames } from './class-names.ts';

export const INPUT_CLASSES =
  'w-full rounded-md border border-line-strong/60 bg-surface px-2.5 py-1.5 text-ui text-text placeholder:text-faint hover:border-line-strong focus-visible:outline-offset-0 aria-invalid:border-failed max-sm:text-base';

type FieldFrameProps = Readonly<{
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  isRequired?: boolean;
  children: (ids: FieldIds) => ReactNode;
}>;
export type FieldIds = Readonly<{
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}>;

/** A labelled form control with its hint and its error. */
export function Field({ label, hint, error, isRequired = false, children }: FieldFrameProps) {
  const id = useId();
  const hasNote = error !== undefined || hint !== undefined;
  const noteId = `${id}-note`;
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-ui font-medium text-text">
        {label}
        {isRequired && (
          <span aria-hidden className="ml-0.5 text-failed">
            *
          </span>
        )}
      </label>
      {children({ id, 'aria-describedby': hasNote ? noteId : undefined, 'aria-invalid': error ? true : undefined })}
      {hasNote && (
        <p id={noteId} className={classNames('text-xs', error ? 'text-failed' : 'text-muted')}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}

type TextFieldProps = Omit<ComponentProps<'input'>, 'id'> &
  Readonly<{ label: string; hint?: ReactNode; error?: string | undefined }>;

export function TextField({ label, hint, error, className, required, ...rest }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => <input {...ids} required={required} className={classNames(INPUT_CLASSES, className)} {...rest} />}
    </Field>
  );
}
