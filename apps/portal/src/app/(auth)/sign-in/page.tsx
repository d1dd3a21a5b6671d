import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { SignInForm } from '#src/auth/sign-in-form.tsx';
import { readViewer } from '#src/auth/viewer.ts';

export const metadata: Metadata = { title: 'Sign in' };

export default async function SignInPage() {
  if ((await readViewer()) !== null) redirect('/');
  return <SignInForm />;
}
