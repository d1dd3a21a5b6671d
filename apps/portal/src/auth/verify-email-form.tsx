'use client';

import Link from 'next/link';
import { useState } from 'react';
import { Button, buttonClasses } from '#src/ui/button.tsx';
import { ErrorNotice } from '#src/ui/notices.tsx';
import { useAuthClient } from './auth-client.ts';
import { useFragmentToken } from './fragment-token.ts';
import { signInPath } from './next-path.ts';
import { useAuthForm } from './use-auth-form.ts';

/** Confirms an address with the token of a mail: by a click, as some mail programs open links by themselves. */
export function VerifyEmailForm() {
  const auth = useAuthClient();
  const token = useFragmentToken();
  const [isDone, setIsDone] = useState(false);
  const { onSubmit, isBusy, failure } = useAuthForm<object>({
    send: () => auth.verifyEmail({ query: { token: token ?? '' } }),
    onDone: () => {
      setIsDone(true);
      return false;
    },
  });
  return (
    <form onSubmit={onSubmit} method="post" className="grid gap-4">
      <h1 className="text-base font-semibold">Confirm your address</h1>
      {token === '' && (
        <ErrorNotice title="The link is not complete" message="Open it from the mail as it is, or ask for a new one." />
      )}
      {failure !== null && (
        <>
          <ErrorNotice title="Could not confirm the address" message={failure} />
          <Link
            href={`${signInPath('/verify-email')}#token=${encodeURIComponent(token ?? '')}`}
            className="text-center text-muted hover:text-text"
          >
            Sign in and try again
          </Link>
        </>
      )}
      {isDone ? (
        <>
          <p role="status" className="text-muted">
            Thank you, your address is confirmed.
          </p>
          <Link href="/" className={buttonClasses('primary', 'h-9 w-full')}>
            Continue
          </Link>
        </>
      ) : (
        <Button type="submit" look="primary" isBusy={isBusy} disabled={!token} className="mt-1 h-9 w-full">
          Confirm
        </Button>
      )}
    </form>
  );
}
