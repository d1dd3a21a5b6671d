'use client';

import { useSearchParams } from 'next/navigation';
import { Button } from '#src/ui/button.tsx';
import { TextField } from '#src/ui/field.tsx';
import { ErrorNotice } from '#src/ui/notices.tsx';
import { useAuthClient } from './auth-client.ts';
import { nextPath } from './next-path.ts';
import { readText, useAuthForm } from './use-auth-form.ts';

type Provider = Readonly<{ url: string }>;

/** Leads to the identity provider of the organization that an address belongs to. */
export function SingleSignOnForm() {
  const auth = useAuthClient();
  const next = nextPath(useSearchParams().get('next'));
  const { onSubmit, isBusy, failure } = useAuthForm<Provider>({
    send: (form) =>
      auth.$fetch<Provider>('/sign-in/sso', {
        method: 'POST',
        body: { email: readText(form, 'email'), callbackURL: new URL(next, window.location.origin).href },
      }),
    onDone: (provider) => {
      if (provider === null) return false;
      window.location.assign(provider.url);
      return true;
    },
  });
  return (
    <form onSubmit={onSubmit} method="post" className="grid gap-4">
      <h1 className="text-base font-semibold">Single sign-on</h1>
      {failure !== null && <ErrorNotice title="Could not sign in" message={failure} />}
      <TextField
        label="Email"
        name="email"
        type="email"
        autoComplete="username"
        hint="Your address at the organization."
        required
      />
      <Button type="submit" look="primary" isBusy={isBusy} className="mt-1 h-9 w-full">
        Continue
      </Button>
    </form>
  );
}
