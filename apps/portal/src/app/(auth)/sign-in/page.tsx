import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { nextPath } from '#src/auth/next-path.ts';
import { SignInForm } from '#src/auth/sign-in-form.tsx';
import { readViewer } from '#src/auth/viewer.ts';

export const metadata: Metadata = { title: 'Sign in' };

type Props = Readonly<{ searchParams: Promise<Readonly<{ next?: string | string[] }>> }>;

export default async function SignInPage({ searchParams }: Props) {
  const { next } = await searchParams;
  if ((await readViewer()) !== null) redirect(nextPath(typeof next === 'string' ? next : null));
  return <SignInForm />;
}
