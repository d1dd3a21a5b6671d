'use client';

import Link from 'next/link';
import { buttonClasses } from '#src/ui/button.tsx';
import { useFragmentToken } from './fragment-token.ts';

/** Leads an invited person who is not signed in to the sign-in and back, with what the mail brought. */
export function InvitationSignIn({ path }: Readonly<{ path: string }>) {
  const token = useFragmentToken();
  const query = `?next=${encodeURIComponent(path)}${token === null || token === '' ? '' : `#token=${encodeURIComponent(token)}`}`;
  return (
    <div className="grid gap-4">
      <div>
        <h1 className="text-base font-semibold">You are invited</h1>
        <p className="mt-1 text-muted">Sign in with the address that the mail came to, or create an account for it.</p>
      </div>
      <Link href={`/sign-in${query}`} className={buttonClasses('primary', 'h-9 w-full')}>
        Sign in
      </Link>
      <Link href={`/sign-up${query}`} className={buttonClasses('secondary', 'h-9 w-full')}>
        Create an account
      </Link>
    </div>
  );
}
