import { LoaderCircle } from 'lucide-react';
import type { ComponentProps } from 'react';
import { classNames } from './class-names.ts';

const LOOKS = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover shadow-card',
  secondary: 'border border-line bg-raised text-text hover:bg-hover shadow-card',
  ghost: 'text-muted hover:bg-hover hover:text-text',
  danger: 'border border-line bg-raised text-failed hover:bg-failed-soft shadow-card',
} as const;

const BASE =
  'inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-md px-3 text-ui font-medium whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:opacity-60';

export type ButtonLook = keyof typeof LOOKS;

/** The classes of a button, for links that look like one. */
export const buttonClasses = (look: ButtonLook, className?: string): string => classNames(BASE, LOOKS[look], className);

type ButtonProps = ComponentProps<'button'> & Readonly<{ look?: ButtonLook; isBusy?: boolean }>;

export function Button({ look = 'secondary', isBusy = false, className, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={buttonClasses(look, className)}
      disabled={disabled === true || isBusy}
      aria-busy={isBusy || undefined}
      {...rest}
    >
      {isBusy && <LoaderCircle className="size-3.5 animate-spin" aria-hidden />}
      {children}
    </button>
  );
}

/** A square button that shows only an icon; `label` is its accessible name. */
export function IconButton({
  label,
  className,
  ...rest
}: Omit<ButtonProps, 'aria-label'> & Readonly<{ label: string }>) {
  return (
    <Button look="ghost" aria-label={label} title={label} className={classNames('size-8 px-0', className)} {...rest} />
  );
}
