'use client';

import { useState } from 'react';
import { Button } from '#src/ui/button.tsx';
import { TextField } from '#src/ui/field.tsx';
import { ErrorNotice } from '#src/ui/notices.tsx';
import { useAuthClient } from './auth-client.ts';
import { readText, useAuthForm } from './use-auth-form.ts';
import { useLeave } from './use-leave.ts';

/** Asks for the code of an authenticator, or for one of the codes that were kept for the day when it is lost. */
export function SecondFactorForm({ onBack }: Readonly<{ onBack: () => void }>) {
  const auth = useAuthClient();
  const leave = useLeave();
  const [isBackup, setIsBackup] = useState(false);
  const { onSubmit, isBusy, failure } = useAuthForm<object>({
    send: (form) => {
      const code = readText(form, 'code').trim();
      return isBackup ? auth.twoFactor.verifyBackupCode({ code }) : auth.twoFactor.verifyTotp({ code });
    },
    onDone: leave,
  });
  return (
    <form onSubmit={onSubmit} method="post" className="grid gap-4">
      <h1 className="text-base font-semibold">Second factor</h1>
      {failure !== null && <ErrorNotice title="Could not sign in" message={failure} />}
      <TextField
        key={isBackup ? 'backup' : 'code'}
        label={isBackup ? 'Backup code' : 'Code'}
        name="code"
        inputMode={isBackup ? 'text' : 'numeric'}
        autoComplete="one-time-code"
        hint={isBackup ? 'Each of them works once.' : 'Six digits, from your authenticator.'}
        className="font-mono"
        required
        autoFocus
      />
      <Button type="submit" look="primary" isBusy={isBusy} className="mt-1 h-9 w-full">
        Sign in
      </Button>
      <div className="flex justify-between">
        <Button look="ghost" onClick={onBack}>
          Back
        </Button>
        <Button look="ghost" onClick={() => setIsBackup(!isBackup)}>
          {isBackup ? 'Use the authenticator' : 'Use a backup code'}
        </Button>
      </div>
    </form>
  );
}
