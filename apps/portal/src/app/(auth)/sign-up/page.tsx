import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { SignUpForm } from '#src/auth/sign-up-form.tsx';
import { readViewer } from '#src/auth/viewer.ts';

export const metadata: Metadata = { title: 'Sign up' };

export default async function SignUpPage() {
  if ((await readViewer()) !== null) redirect('/');
  return <SignUpForm />;
}
