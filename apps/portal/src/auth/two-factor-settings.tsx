'use client';

import { useState } from 'react';
import { Button } from '#src/ui/button.tsx';
import { CopyButton } from '#src/ui/copy-button.tsx';
import { TextField } from '#src/ui/field.tsx';
import { ErrorNotice } from '#src/ui/notices.tsx';
import { useAuthClient } from './auth-client.ts';
import { readText, useAuthForm } from './use-auth-form.ts';

type Enrolment = Readonly<{ totpURI: string; backupCodes: readonly string[] }>;
type Begun = Enrolment | Readonly<{ method: 'otp' }>;

/** Switches a second factor on, in two steps, or off. Each needs the password. */
export function TwoFactorSettings({ isOn, onChange }: Readonly<{ isOn: boolean; onChange: () => void }>) {
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  if (isOn) return <SwitchOff onDone={onChange} />;
  if (enrolment === null) return <Begin onBegun={setEnrolment} />;
  return <Confirm enrolment={enrolment} onDone={onChange} />;
}

function PasswordField() {
  return <TextField label="Your password" name="password" type="password" autoComplete="current-password" required />;
}

function Begin({ onBegun }: Readonly<{ onBegun: (enrolment: Enrolment) => void }>) {
  const auth = useAuthClient();
  const { onSubmit, isBusy, failure } = useAuthForm<Begun>({
    send: (form) => auth.twoFactor.enable({ password: readText(form, 'password') }),
    onDone: (enrolment) => {
      if (enrolment !== null && 'totpURI' in enrolment) onBegun(enrolment);
      return false;
    },
  });
  return (
    <form onSubmit={onSubmit} method="post" className="grid gap-4">
      <p className="text-muted">After your password, the sign-in asks for a code of an authenticator app.</p>
      {failure !== null && <ErrorNotice title="Could not begin" message={failure} />}
      <PasswordField />
      <Button type="submit" isBusy={isBusy} className="h-9 w-full">
        Set up a second factor
      </Button>
    </form>
  );
}

function Confirm({ enrolment, onDone }: Readonly<{ enrolment: Enrolment; onDone: () => void }>) {
  const auth = useAuthClient();
  const { onSubmit, isBusy, failure } = useAuthForm<object>({
    send: (form) => auth.twoFactor.verifyTotp({ code: readText(form, 'code').trim() }),
    onDone: () => {
      onDone();
      return false;
    },
  });
  const key = new URL(enrolment.totpURI).searchParams.get('secret') ?? '';
  const codes = enrolment.backupCodes.join('\n');
  return (
    <form onSubmit={onSubmit} method="post" className="grid gap-4">
      <div>
        <p className="text-muted">
          Add this key to your authenticator, or{' '}
          <a href={enrolment.totpURI} className="font-medium text-accent-text hover:underline">
            open it there
          </a>
          .
        </p>
        <div className="mt-2 flex items-center gap-2 rounded-md border border-line bg-sunken px-2.5 py-1.5">
          <code className="min-w-0 flex-1 font-mono text-xs wrap-anywhere">{key}</code>
          <CopyButton text={key} label="Copy the key" />
        </div>
      </div>
      <div>
        <p className="text-muted">Keep these codes for the day when the authenticator is lost. Each works once.</p>
        <div className="mt-2 flex items-start gap-2 rounded-md border border-line bg-sunken px-2.5 py-1.5">
          <code className="min-w-0 flex-1 font-mono text-xs whitespace-pre-wrap">{codes}</code>
          <CopyButton text={codes} label="Copy the codes" />
        </div>
      </div>
      {failure !== null && <ErrorNotice title="The code is not right" message={failure} />}
      <TextField
        label="Code"
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        hint="What the authenticator shows now."
        className="font-mono"
        required
      />
      <Button type="submit" look="primary" isBusy={isBusy} className="h-9 w-full">
        Switch it on
      </Button>
    </form>
  );
}

function SwitchOff({ onDone }: Readonly<{ onDone: () => void }>) {
  const auth = useAuthClient();
  const { onSubmit, isBusy, failure } = useAuthForm<object>({
    send: (form) => auth.twoFactor.disable({ password: readText(form, 'password') }),
    onDone: () => {
      onDone();
      return false;
    },
  });
  return (
    <form onSubmit={onSubmit} method="post" className="grid gap-4">
      <p className="text-muted">A second factor is on.</p>
      {failure !== null && <ErrorNotice title="Could not switch it off" message={failure} />}
      <PasswordField />
      <Button type="submit" look="danger" isBusy={isBusy} className="h-9 w-full">
        Switch it off
      </Button>
    </form>
  );
}
