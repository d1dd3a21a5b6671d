'use client';

import Link from 'next/link';
import { Button } from '#src/ui/button.tsx';
import { TextField } from '#src/ui/field.tsx';
import { ErrorNotice } from '#src/ui/notices.tsx';
import { useAuthClient } from './auth-client.ts';
import { readText, useAuthForm } from './use-auth-form.ts';
import { useLeave } from './use-leave.ts';

const asksForSecondFactor = (data: object | null): boolean => data !== null && 'twoFactorRedirect' in data;

export function PasswordForm({ onSecondFactor }: Readonly<{ onSecondFactor: () => void }>) {
  const auth = useAuthClient();
  const leave = useLeave();
  const { onSubmit, isBusy, failure } = useAuthForm<object>({
    send: (form) => auth.signIn.email({ email: readText(form, 'email'), password: readText(form, 'password') }),
    onDone: (data) => {
      if (!asksForSecondFactor(data)) return leave();
      onSecondFactor();
      return false;
    },
  });
  return (
    <form onSubmit={onSubmit} method="post" className="grid gap-4">
      <h1 className="text-base font-semibold">Sign in</h1>
      {failure !== null && <ErrorNotice title="Could not sign in" message={failure} />}
      <TextField label="Email" name="email" type="email" autoComplete="username" required />
      <TextField label="Password" name="password" type="password" autoComplete="current-password" required />
      <Button type="submit" look="primary" isBusy={isBusy} className="mt-1 h-9 w-full">
        Sign in
      </Button>
      <Link href="/forgot-password" className="text-center text-muted hover:text-text">
        Forgot your password?
      </Link>
    </form>
  );
}
