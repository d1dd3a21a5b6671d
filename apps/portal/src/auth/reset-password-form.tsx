'use client';

import Link from 'next/link';
import { useState } from 'react';
import { Button } from '#src/ui/button.tsx';
import { ErrorNotice } from '#src/ui/notices.tsx';
import { useAuthClient } from './auth-client.ts';
import { useFragmentToken } from './fragment-token.ts';
import { NewPasswordField } from './new-password-field.tsx';
import { readText, useAuthForm } from './use-auth-form.ts';

/** Sets a new password with the token of a mail. */
export function ResetPasswordForm() {
  const auth = useAuthClient();
  const token = useFragmentToken();
  const [isDone, setIsDone] = useState(false);
  const { onSubmit, isBusy, failure } = useAuthForm<object>({
    send: (form) => auth.resetPassword({ newPassword: readText(form, 'password'), token: token ?? '' }),
    onDone: () => {
      setIsDone(true);
      return false;
    },
  });
  return (
    <form onSubmit={onSubmit} method="post" className="grid gap-4">
      <h1 className="text-base font-semibold">New password</h1>
      {token === '' && (
        <ErrorNotice title="The link is not complete" message="Open it from the mail as it is, or ask for a new one." />
      )}
      {failure !== null && <ErrorNotice title="Could not set the password" message={failure} />}
      {isDone ? (
        <p role="status" className="text-muted">
          Your password is changed, and you are signed out everywhere.
        </p>
      ) : (
        <>
          <NewPasswordField label="New password" />
          <Button type="submit" look="primary" isBusy={isBusy} disabled={!token} className="mt-1 h-9 w-full">
            Set the password
          </Button>
        </>
      )}
      <Link href={isDone ? '/sign-in' : '/forgot-password'} className="text-center text-muted hover:text-text">
        {isDone ? 'Sign in' : 'Ask for a new link'}
      </Link>
    </form>
  );
}
