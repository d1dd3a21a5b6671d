'use client';

import Link from 'next/link';
import { Skeleton } from '#src/ui/skeleton.tsx';
import { AddressSettings } from './address-settings.tsx';
import { useAuthClient } from './auth-client.ts';
import { TwoFactorSettings } from './two-factor-settings.tsx';

/** What a person can change about the own account. */
export function AccountSettings({ email }: Readonly<{ email: string }>) {
  const auth = useAuthClient();
  const { data: session, refetch } = auth.useSession();
  return (
    <div className="grid gap-6">
      <h1 className="text-base font-semibold">Your account</h1>
      <section className="grid gap-2" aria-label="Address">
        <h2 className="font-medium">Address</h2>
        {session === null ? (
          <Skeleton className="h-9" />
        ) : (
          <AddressSettings email={email} isVerified={session.user.emailVerified} />
        )}
      </section>
      <section className="grid gap-2" aria-label="Second factor">
        <h2 className="font-medium">Second factor</h2>
        {session === null ? (
          <Skeleton className="h-24" />
        ) : (
          <TwoFactorSettings isOn={session.user.twoFactorEnabled === true} onChange={() => void refetch()} />
        )}
      </section>
      <Link href="/" className="text-center text-muted hover:text-text">
        Back
      </Link>
    </div>
  );
}
