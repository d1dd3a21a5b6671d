'use client';

import { useState } from 'react';
import { Button } from '#src/ui/button.tsx';
import { ErrorNotice } from '#src/ui/notices.tsx';
import { useAuthClient } from './auth-client.ts';
import { useAuthForm } from './use-auth-form.ts';

/** Says whether an address is confirmed, and sends another mail when it is not. */
export function AddressSettings({ email, isVerified }: Readonly<{ email: string; isVerified: boolean }>) {
  const auth = useAuthClient();
  const [isSent, setIsSent] = useState(false);
  const { onSubmit, isBusy, failure } = useAuthForm<object>({
    send: () => auth.sendVerificationEmail({ email }),
    onDone: () => {
      setIsSent(true);
      return false;
    },
  });
  if (isVerified) return <p className="text-muted">{email} is confirmed.</p>;
  return (
    <form onSubmit={onSubmit} method="post" className="grid gap-4">
      <p className="text-muted">{email} is not confirmed yet.</p>
      {failure !== null && <ErrorNotice title="Could not send the mail" message={failure} />}
      {isSent ? (
        <p role="status">A mail with a link is on its way.</p>
      ) : (
        <Button type="submit" isBusy={isBusy} className="h-9 w-full">
          Send the mail again
        </Button>
      )}
    </form>
  );
}
