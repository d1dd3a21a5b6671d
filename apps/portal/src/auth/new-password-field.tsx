import { TextField } from '#src/ui/field.tsx';

/** What the API asks for at least. */
const MIN_PASSWORD_LENGTH = 10;

export function NewPasswordField({ label }: Readonly<{ label: string }>) {
  return (
    <TextField
      label={label}
      name="password"
      type="password"
      autoComplete="new-password"
      minLength={MIN_PASSWORD_LENGTH}
      hint={`At least ${MIN_PASSWORD_LENGTH} characters.`}
      required
    />
  );
}
