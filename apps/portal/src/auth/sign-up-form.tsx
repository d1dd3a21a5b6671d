'use client';

import Link from 'next/link';
import { Button } from '#src/ui/button.tsx';
import { TextField } from '#src/ui/field.tsx';
import { ErrorNotice } from '#src/ui/notices.tsx';
import { useAuthClient } from './auth-client.ts';
import { NewPasswordField } from './new-password-field.tsx';
import { readText, useAuthForm } from './use-auth-form.ts';
import { useLeave } from './use-leave.ts';

export function SignUpForm() {
  const auth = useAuthClient();
  const { onSubmit, isBusy, failure } = useAuthForm<object>({
    send: (form) =>
      auth.signUp.email({
        name: readText(form, 'name'),
        email: readText(form, 'email'),
        password: readText(form, 'password'),
      }),
    onDone: useLeave(),
  });
  return (
    <form onSubmit={onSubmit} method="post" className="grid gap-4">
      <h1 className="text-base font-semibold">Create an account</h1>
      {failure !== null && <ErrorNotice title="Could not create the account" message={failure} />}
      <TextField label="Name" name="name" autoComplete="name" required />
      <TextField label="Email" name="email" type="email" autoComplete="username" required />
      <NewPasswordField label="Password" />
      <Button type="submit" look="primary" isBusy={isBusy} className="mt-1 h-9 w-full">
        Create account
      </Button>
      <p className="text-center text-muted">
        Have an account?{' '}
        <Link href="/sign-in" className="font-medium text-accent-text hover:underline">
          Sign in
        </Link>
      </p>
    </form>
  );
}
