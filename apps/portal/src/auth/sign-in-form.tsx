'use client';

import Link from 'next/link';
import { useState } from 'react';
import { PasswordForm } from './password-form.tsx';
import { SecondFactorForm } from './second-factor-form.tsx';
import { SingleSignOnForm } from './single-sign-on-form.tsx';

type Way = 'password' | 'second-factor' | 'single-sign-on';

const LINK = 'font-medium text-accent-text hover:underline';

/** Signs in by password, with a second factor where the account has one, or through an organization's own provider. */
export function SignInForm() {
  const [way, setWay] = useState<Way>('password');
  if (way === 'second-factor') return <SecondFactorForm onBack={() => setWay('password')} />;
  return (
    <div className="grid gap-4">
      {way === 'password' ? <PasswordForm onSecondFactor={() => setWay('second-factor')} /> : <SingleSignOnForm />}
      <p className="text-center text-muted">
        <button
          type="button"
          className={LINK}
          onClick={() => setWay(way === 'password' ? 'single-sign-on' : 'password')}
        >
          {way === 'password' ? 'Use single sign-on' : 'Use a password'}
        </button>
      </p>
      <p className="text-center text-muted">
        New here?{' '}
        <Link href="/sign-up" className={LINK}>
          Create an account
        </Link>
      </p>
    </div>
  );
}
