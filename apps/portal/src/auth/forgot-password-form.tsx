'use client';

import Link from 'next/link';
import { useState } from 'react';
import { Button } from '#src/ui/button.tsx';
import { TextField } from '#src/ui/field.tsx';
import { ErrorNotice } from '#src/ui/notices.tsx';
import { useAuthClient } from './auth-client.ts';
import { readText, useAuthForm } from './use-auth-form.ts';

/** Asks for a mail with a link. The answer is the same whether there is such an account or not. */
export function ForgotPasswordForm() {
  const auth = useAuthClient();
  const [isSent, setIsSent] = useState(false);
  const { onSubmit, isBusy, failure } = useAuthForm<object>({
    send: (form) => auth.requestPasswordReset({ email: readText(form, 'email') }),
    onDone: () => {
      setIsSent(true);
      return false;
    },
  });
  return (
    <form onSubmit={onSubmit} method="post" className="grid gap-4">
      <h1 className="text-base font-semibold">Forgot your password?</h1>
      {failure !== null && <ErrorNotice title="Could not send the mail" message={failure} />}
      {isSent ? (
        <p role="status" className="text-muted">
          If there is an account with this address, a mail with a link is on its way. The link works for an hour.
        </p>
      ) : (
        <>
          <TextField label="Email" name="email" type="email" autoComplete="username" required />
          <Button type="submit" look="primary" isBusy={isBusy} className="mt-1 h-9 w-full">
            Send a link
          </Button>
        </>
      )}
      <Link href="/sign-in" className="text-center text-muted hover:text-text">
        Back to the sign-in
      </Link>
    </form>
  );
}
